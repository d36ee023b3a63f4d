"""Writing the arguments of another call: templates over the caller's arguments, and over what other tools said.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..schemas.contract import Contract
from ..schemas.wire import Json
from .shapes import is_list, is_object
from .template import Missing, Reference, Scope, Unfit, fill, references

__all__ = ["Unwritten", "known", "mentioned", "rewritten"]


@dataclass(frozen=True, slots=True)
class Unwritten:
    """The arguments cannot be written; *says* is why."""

    says: str


def rewritten(
    templates: Mapping[str, Any], arguments: Mapping[str, Json], told: Mapping[str, Json]
) -> Mapping[str, Json] | Unwritten:
    """Fill *templates* with the caller's *arguments* (`{input.name}`) and with what was *told* (`{name.path.to.it}`).

    >>> rewritten({"q": "{refined.text}", "k": 20}, {"q": "churn"}, {"refined": {"text": "lost accounts"}})
    {'q': 'lost accounts', 'k': 20}
    """
    found = {place: _within(told, place) for place in _heard(templates)}
    missing = [place for place, value in found.items() if isinstance(value, Missing)]
    if missing:
        return Unwritten(f"`{missing[0]}` was not told")
    scope = Scope(input={**arguments, **_values(found)}, variables={}, names=frozenset(found))
    written: dict[str, Json] = {}
    for name, template in templates.items():
        value = fill(template, scope, "query")
        if isinstance(value, Unfit):
            return Unwritten(value.says)
        if not isinstance(value, Missing):
            written[name] = value
    return written


def _heard(templates: object) -> tuple[str, ...]:
    """Name the places in what other tools said that *templates* use.

    >>> _heard({"q": "{refined.text} {input.q}"})
    ('refined.text',)
    """
    return tuple(dict.fromkeys(reference.name for reference in mentioned(templates) if reference.kind == "bare"))


def mentioned(templates: object) -> list[Reference]:
    """List every reference in *templates*, at any depth; a constant has none."""
    if isinstance(templates, str):
        return list(references(templates, "query"))
    inside = templates.values() if is_object(templates) else templates if is_list(templates) else ()
    return [reference for member in inside for reference in mentioned(member)]


def _within(told: Mapping[str, Json], place: str) -> Json | Missing:
    value: Json = dict(told)
    for step in place.split("."):
        match value:
            case dict() if step in value:
                value = value[step]
            case list() if step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            case _:
                return Missing.MISSING
    return value


def _values(found: Mapping[str, Json | Missing]) -> Mapping[str, Json]:
    return {place: value for place, value in found.items() if not isinstance(value, Missing)}


def known(contract: Contract, arguments: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return those of *arguments* that *contract* knows by the same names."""
    properties = contract.input.get("properties", {})
    return {name: value for name, value in arguments.items() if name in properties}
