"""Writing the arguments of another call: templates over the caller's arguments, and over what other tools said.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..schemas.contract import Contract
from ..schemas.wire import Json, State
from ..validators.reading import state_of
from .template import Missing, Scope, Unfit, fill, mentioned

__all__ = ["Unwritten", "passed_on", "rewritten"]


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
    found: dict[str, Json] = {}
    for place in _heard(templates):
        said = _within(told, place)
        if isinstance(said, Missing) or state_of(said) in (State.NULL, State.EMPTY):
            return Unwritten(f"`{place}` was not told")  # left out, it would make the question another, wider one
        found[place] = said
    scope = Scope(input={**arguments, **found}, variables={}, names=frozenset(found))
    written: dict[str, Json] = {}
    for name, template in templates.items():
        value = fill(template, scope, "query")
        if isinstance(value, Unfit):
            return Unwritten(value.says)
        if not isinstance(value, Missing):
            written[name] = value
        elif [reference.source for reference in mentioned(template)] != [template]:
            return Unwritten(f"a part of `{name}` was not given")
    return written


def _heard(templates: object) -> tuple[str, ...]:
    """Name the places in what other tools said that *templates* use.

    >>> _heard({"q": "{refined.text} {input.q}"})
    ('refined.text',)
    """
    return tuple(dict.fromkeys(reference.name for reference in mentioned(templates) if reference.kind == "bare"))


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


def passed_on(contract: Contract, arguments: Mapping[str, Json]) -> Mapping[str, Json] | Unwritten:
    """Hand *arguments* to *contract* as they are; it must know each of them, or it would answer another question."""
    properties = contract.input.get("properties", {})
    unknown = [name for name, value in arguments.items() if name not in properties and value is not None]
    if unknown:
        return Unwritten(f"`{contract.name}` does not know `{unknown[0]}`")
    return {name: value for name, value in arguments.items() if name in properties}
