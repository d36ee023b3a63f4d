"""The JSON Schema of the tool language, made from the dataclasses, for editors and programs that write tool files.

Run it to write schemas/tool-file.schema.json anew.  It is looser than `check`: meaning is not a matter of shape.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ..schemas import (
    approving,
    completeness,
    condition,
    contract,
    expectation,
    generation,
    location,
    operation,
    policy,
    proof,
    provenance,
    provider,
    secret,
    walk,
)
from ..schemas.condition import Unset
from ..schemas.contract import Contract
from .assembling import ALONE, GROUPED, NO_CREDENTIAL, PROVIDER, SECTIONS
from .macros import MACROS, Macro
from .shapes import is_list, is_object

__all__ = ["IDENTIFIER", "PARTS", "file_schema"]

IDENTIFIER = "https://raw.githubusercontent.com/unabridged/unabridged/main/schemas/tool-file.schema.json"
PARTS = (
    contract,
    operation,
    expectation,
    generation,
    condition,
    completeness,
    policy,
    provider,
    approving,
    provenance,
    walk,
    secret,
    location,
)
"""Where the words of the language are declared."""


class _Generator(GenerateJsonSchema):
    """Leaves out defaults that JSON cannot say (a condition that was not written)."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if isinstance(schema.get("default"), Unset):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def file_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a tool file."""
    made = TypeAdapter(Contract).json_schema(schema_generator=_Generator, ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = {name: _described(name, _plain(part)) for name, part in made["$defs"].items()}
    parts: dict[str, Any] = _plain(made["properties"])
    for name in (_kind["$ref"].rpartition("/")[2] for _kind in (parts["request"], *parts["walk"]["oneOf"])):
        definitions[name].pop("required", None)  # the block may say what the tool does not
    definitions |= {
        "Tool": _tool(parts, definitions["Provider"]),
        "Api": _api(definitions["Provider"], parts),
        "Macro": _macros(definitions),
    }
    definitions["Defaults"] = _sections(parts)
    del definitions["Provider"]
    for name in vars(proof):  # what is proven stands in the lock file, not here
        definitions.pop(name, None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": IDENTIFIER,
        "title": "A tool file of Unabridged",
        "description": "One API: how to ask it, how to walk its pages, and what would prove that an answer is whole.",
        "type": "object",
        "properties": {
            "unabridged": {"const": 1, "description": "The version of the language"},
            "api": {"$ref": "#/$defs/Api"},
            "tools": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Tool"}},
        },
        "required": ["unabridged", "api", "tools"],
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def _plain(part: Any) -> Any:
    """Leave out the titles that pydantic makes of names: they say nothing that the names do not."""
    if is_list(part):
        return [_plain(element) for element in part]
    if is_object(part):
        titled = isinstance(part.get("title"), str)
        return {name: _plain(member) for name, member in part.items() if name != "title" or not titled}
    return part


def _classes() -> Mapping[str, type]:
    return {name: found for part in PARTS for name, found in vars(part).items() if inspect.isclass(found)}


def _described(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """Give *definition* its class's docstring, which pydantic leaves out for dataclasses."""
    text = inspect.getdoc(_classes().get(name, object)) if name in _classes() else None
    return {"description": " ".join(text.split()), **definition} if text else definition


def _tool(parts: Mapping[str, Any], provider: Mapping[str, Any]) -> dict[str, Any]:
    head = {name: parts[name] for name in GROUPED}
    group = {"type": "object", "description": "Name, claim and input, gathered", "properties": head}
    return {
        "type": "object",
        "description": "One tool: what it is called, what it claims, how to ask, how to walk, and what proves the claim.",
        "properties": {
            **head,
            "tool": {**group, "additionalProperties": False},
            **_sections(parts)["properties"],
            **{name: parts[name] for name in ALONE},
            "auth": _own_auth(provider["properties"]["auth"]),
        },
        "additionalProperties": False,
    }


def _own_auth(auth: Mapping[str, Any]) -> dict[str, Any]:
    """The credential of one tool: that of the block by another word, or none."""
    kinds = [kind for kind in auth["anyOf"] if kind != {"type": "null"}]
    return {
        "description": "The credential of this tool, in place of that of the block; `none` where it needs none",
        "anyOf": [{"const": NO_CREDENTIAL}, *kinds],
    }


def _sections(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that a tool and an `api:` block share; nothing in them is required, because one fills the other."""
    return {
        "type": "object",
        "description": "What an `api:` block says for all of its tools; a tool's own words stand above it.",
        "properties": {name: parts[name] if name != "walk" else _walk(parts["walk"]) for name in SECTIONS},
        "additionalProperties": False,
    }


def _walk(walk: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [mapped.rpartition("/")[2] for mapped in walk["discriminator"]["mapping"].values()]
    words = {
        "enum": [*walk["discriminator"]["mapping"], *MACROS],
        "description": "A kind or a macro, by its word alone",
    }
    return {"anyOf": [words, *({"$ref": f"#/$defs/{kind}"} for kind in kinds), {"$ref": "#/$defs/Macro"}]}


def _api(provider: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    described = {name: provider["properties"][name] for name in PROVIDER}
    headers = {"type": "object", "description": "Sent by every tool", "additionalProperties": {"type": "string"}}
    return {
        "type": "object",
        "description": "The API behind the tools, and what all of them share.",
        "properties": {
            **described,
            "headers": headers,
            "defaults": {"$ref": "#/$defs/Defaults"},
            **_sections(parts)["properties"],
        },
        "required": ["name", "base_url"],
        "additionalProperties": False,
    }


def _macros(definitions: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "description": "A walk by the word of a macro, which expands to one of the kinds.",
        "oneOf": [_macro(name, macro, definitions) for name, macro in MACROS.items()],
    }


def _macro(name: str, macro: Macro, definitions: Mapping[str, Any]) -> dict[str, Any]:
    kind = _class_of(macro.kind, definitions)
    fields = {field: {"$ref": f"#/$defs/{kind}/properties/{field}"} for field in definitions[kind]["properties"]}
    own = {
        parameter.name: {"description": parameter.description}
        | ({"default": parameter.default} if parameter.default is not None else {})
        for parameter in macro.parameters
    }
    return {
        "type": "object",
        "description": macro.description,
        "properties": {**fields, **own, "kind": {"const": name}},
        "required": ["kind", *(parameter.name for parameter in macro.parameters if parameter.required)],
        "additionalProperties": False,
    }


def _class_of(kind: str, definitions: Mapping[str, Any]) -> str:
    """The definition of the primitive *kind*, whose fields may be written beside a macro's own words."""
    return next(
        name
        for name, definition in definitions.items()
        if definition.get("properties", {}).get("kind", {}).get("const") == kind
    )


def written() -> str:
    """Return the schema as it stands in its file."""
    return json.dumps(file_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path("schemas/tool-file.schema.json").write_text(written(), "utf-8")
