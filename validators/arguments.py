"""Do the caller's arguments fit the tool's input schema?  The answer names every mistake, because the caller can mend them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

import jsonschema_rs

from ..schemas.verdict import Finding
from ..schemas.wire import Json
from .shape import spoken

__all__ = ["misfit"]

_MOST = 5


def misfit(schema: Mapping[str, Any], arguments: Mapping[str, Json]) -> Finding | None:
    """Check *arguments* against *schema*; the finding says what is wrong with each, in words.

    >>> misfit({"type": "object", "properties": {"n": {"type": "integer"}}}, {"n": "three"}).message
    'n: "three" is not of type "integer"'
    """
    validator = spoken(schema)
    given = dict(arguments)
    if (where := _infinite(given, "arguments:")) is not None:
        says = "a number is too large, or none (JSON has no Infinity and no NaN)"
        return Finding(code="invalid_arguments", message=says, where=where)
    try:
        if validator.is_valid(given):
            return None
    except UnicodeEncodeError:
        return Finding(
            code="invalid_arguments", message="a text holds half a character (a lone surrogate)", where="arguments:"
        )
    errors = list(islice(validator.iter_errors(given), _MOST))
    said = "; ".join(_said(schema, error) for error in errors)
    return Finding(code="invalid_arguments", message=said[:1000], where=_where(errors[0]))


def _infinite(value: Json, where: str) -> str | None:
    """Find a number that JSON cannot say; `1e400` is read as one."""
    match value:
        case float():
            return None if math.isfinite(value) else where
        case dict():
            found = (_infinite(member, f"{where}/{name}") for name, member in value.items())
        case list():
            found = (_infinite(element, f"{where}/{index}") for index, element in enumerate(value))
        case _:
            return None
    return next((one for one in found if one is not None), None)


def _where(error: jsonschema_rs.ValidationError) -> str:
    return "arguments:" + "".join(f"/{step}" for step in error.instance_path)


def _said(schema: Mapping[str, Any], error: jsonschema_rs.ValidationError) -> str:
    named = ".".join(str(step) for step in error.instance_path)
    said = _alternatives(error) or error.message[:200]
    known: list[str] = list(schema.get("properties", ()))
    unexpected: list[str] = getattr(error.kind, "unexpected", [])
    for name in unexpected:
        close = get_close_matches(name, known, n=1)
        said += f" (did you mean {close[0]}?)" if close else ""
    return f"{named}: {said}" if named else said


def _alternatives(error: jsonschema_rs.ValidationError) -> str:
    """Say of a value that fits no alternative what each of them expects; nothing where there are none."""
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.AnyOf(context) | jsonschema_rs.ValidationErrorKind.OneOfNotValid(
            context
        ):
            return ", and ".join(dict.fromkeys(branch[0].message[:200] for branch in context if branch))
        case _:
            return ""
