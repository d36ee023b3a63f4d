"""JSON Schema 2020-12: is this the answer that was contracted for?

Schemas compile on first use, offline: no `$ref` is fetched.  jsonschema-rs decides, with values masked and patterns in
linear time; a finding names pointer and rule, never the value.  No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema_rs

from ..schemas.location import escaped
from ..schemas.verdict import Finding
from ..schemas.wire import Json

__all__ = ["SchemaError", "compiled", "spoken", "violation"]

SchemaError = jsonschema_rs.ValidationError
"""What `compiled` raises for a schema that is none."""


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A key that is a schema itself, not its content: hashing 28 KB of schema for every page would cost more than checking."""

    schema: Mapping[str, Any]

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema


@lru_cache(maxsize=1024)
def _compile(same: _Same, each: bool) -> jsonschema_rs.Draft202012Validator:
    schema = dict(same.schema)
    # with a name of its own, its references still lead into itself (JSON Schema 2020-12, 8.2.1)
    whole = {"type": "array", "items": {"$id": "urn:unabridged:item", **schema}} if each else schema
    return jsonschema_rs.Draft202012Validator(
        whole, validate_formats=False, mask="…", offline=True, pattern_options=jsonschema_rs.RegexOptions()
    )


def compiled(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Compile *schema*, once per object.  Raise `SchemaError` where it is no schema or asks for the network."""
    return _compile(_Same(schema), each=False)


@lru_cache(maxsize=1024)
def _speak(same: _Same) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        dict(same.schema), validate_formats=False, offline=True, pattern_options=jsonschema_rs.RegexOptions()
    )


def spoken(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Compile *schema* so that its errors quote values: for what the caller said, never for what a service said."""
    return _speak(_Same(schema))


def violation(
    schema: Mapping[str, Any], value: Json, *, code: str, base: str = "body:", each: bool = False
) -> Finding | None:
    """Check *value*, or *each* of its elements, against *schema*; the finding names the first violation under *base*.

    >>> violation({"required": ["meta"]}, {}, code="schema_violation").message
    'the rule `required` does not hold: "meta" is a required property'
    """
    validator = _compile(_Same(schema), each=each)
    if validator.is_valid(value):
        return None
    error = next(iter(validator.iter_errors(value)))
    where = base + "".join(f"/{escaped(step)}" for step in error.instance_path)
    rule = error.schema_path[-1] if error.schema_path else "schema"
    return Finding(code=code, message=f"the rule `{rule}` does not hold: {error.message[:300]}", where=where)
