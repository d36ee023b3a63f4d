"""The closed end table: absent, null, empty, false and value each mean what is declared, and nothing else."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from pydantic import TypeAdapter

from unabridged.schemas.completeness import Total
from unabridged.schemas.evidence import Reading
from unabridged.schemas.walk import Walk, WalkKind
from unabridged.schemas.wire import State
from unabridged.validators.ending import Broken, Decision, Ends, GoesOn, Signals, decide

_WALK: TypeAdapter[WalkKind] = TypeAdapter(Walk)


def walk(**parts: Any) -> WalkKind:
    return _WALK.validate_python(parts)


def signals(more: Reading | None = None, cursor: Reading | None = None, **parts: Any) -> Signals:
    shown: dict[str, Any] = {"empty": False, "received": 3, "number": 1, "total": None, "more": more, "next": cursor}
    return Signals(**{**shown, **parts})


def said(decision: Decision) -> str:
    match decision:
        case GoesOn():
            return "continue"
        case Ends(grade):
            return f"end: {grade}"
        case Broken(code):
            return code


STATES = {
    "absent": Reading(State.ABSENT),
    "null": Reading(State.NULL),
    "empty": Reading(State.EMPTY, ""),
    "false": Reading(State.FALSE),
    "true": Reading(State.TRUE),
    "value": Reading(State.VALUE, "abc"),
}
CURSOR: dict[str, Any] = {"kind": "cursor", "next": "/next", "send": "query:after"}


@pytest.mark.requirement("G21")
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("absent", "cursor_missing"),
        ("null", "end: terminated"),
        ("empty", "cursor_missing"),
        ("false", "cursor_missing"),
        ("true", "cursor_missing"),
        ("value", "continue"),
    ],
)
def test_a_cursor_alone_ends_with_null_and_with_nothing_else(state: str, expected: str) -> None:
    assert said(decide(walk(**CURSOR), None, signals(cursor=STATES[state]))) == expected


@pytest.mark.requirement("G21")
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("absent", "end_marker_missing"),
        ("null", "end_marker_missing"),
        ("empty", "end_marker_missing"),
        ("false", "end: terminated"),
        ("true", "continue"),
        ("value", "end_marker_missing"),
    ],
)
def test_a_flag_ends_with_false_and_with_nothing_else(state: str, expected: str) -> None:
    cursor = STATES["value"] if state == "true" else STATES["null"]
    assert said(decide(walk(**CURSOR, more="/more"), None, signals(STATES[state], cursor))) == expected


@pytest.mark.parametrize("state", [state for state in STATES if state != "value"])
def test_more_without_a_cursor_is_broken(state: str) -> None:
    assert (
        said(decide(walk(**CURSOR, more="/more"), None, signals(STATES["true"], STATES[state])))
        == "more_without_cursor"
    )


@pytest.mark.parametrize(("trailing", "expected"), [(False, "cursor_after_end"), (True, "end: terminated")])
def test_a_cursor_beside_the_end_needs_a_licence(expected: str, *, trailing: bool) -> None:
    declared = walk(**CURSOR, more="/more", trailing_cursor=trailing)
    assert said(decide(declared, None, signals(STATES["false"], STATES["value"]))) == expected


@pytest.mark.parametrize(("declared", "state"), list(product(STATES, STATES)))
def test_a_table_with_one_end_ends_at_that_state_only(declared: str, state: str) -> None:
    table = {"value": "continue", declared: "end"}
    decision = decide(walk(**CURSOR, end={"next": table}), None, signals(cursor=STATES[state]))
    if state == declared:
        assert isinstance(decision, Ends)
    elif state == "value":
        assert isinstance(decision, GoesOn)
    else:
        assert isinstance(decision, Broken)


def test_a_literal_beats_a_state() -> None:
    declared = walk(**CURSOR, more="/pending", end={"more": {"0": "end", "value": "continue"}})
    assert said(decide(declared, None, signals(Reading(State.VALUE, "0"), STATES["null"]))) == "end: terminated"
    assert said(decide(declared, None, signals(Reading(State.VALUE, "7"), STATES["value"]))) == "continue"


@pytest.mark.requirement("G46")
def test_an_absent_cursor_that_is_documented_is_worth_less_than_a_marker() -> None:
    declared = walk(
        **CURSOR, end={"next": {"value": "continue", "absent": "end"}}, absence={"documented": "https://docs"}
    )
    assert said(decide(declared, None, signals(cursor=STATES["absent"]))) == "end: documented_absence"


def test_yaml_words_for_true_false_and_null_are_keys_too() -> None:
    declared = walk(
        **CURSOR,
        more="/more",
        end={"more": {True: "continue", False: "end"}, "next": {None: "end", "value": "continue"}},
    )
    assert said(decide(declared, None, signals(STATES["false"], STATES["null"]))) == "end: terminated"


TOTAL = Total(at="/total")  # type: ignore[arg-type]  # only `scope` and `exact` are read here
OFFSET: dict[str, Any] = {"kind": "offset", "send": "query:offset"}
LICENCE = {"documented": "https://docs"}


@pytest.mark.parametrize(
    ("declared", "total", "shown", "expected"),
    [
        (OFFSET, TOTAL, {"total": 3}, "end: terminated"),
        (OFFSET, TOTAL, {"total": 4}, "continue"),
        (OFFSET, None, {}, "continue"),
        (OFFSET, None, {"empty": True}, "unexpected_empty_page"),
        (OFFSET, TOTAL, {"total": 4, "empty": True}, "unexpected_empty_page"),
        ({**OFFSET, "end_on_empty": LICENCE}, None, {"empty": True}, "end: documented_absence"),
        ({**OFFSET, "end_on_empty": LICENCE}, TOTAL, {"total": 4, "empty": True}, "unexpected_empty_page"),
        ({"kind": "page", "send": "query:page"}, Total(at="/pages", scope="pages"), {"total": 1}, "end: terminated"),  # type: ignore[arg-type]
        ({"kind": "page", "send": "query:page"}, Total(at="/pages", scope="pages"), {"total": 2}, "continue"),  # type: ignore[arg-type]
        ({"kind": "single"}, None, {}, "end: none"),
        ({"kind": "single", "absence": LICENCE}, None, {}, "end: documented_absence"),
        ({"kind": "single"}, TOTAL, {"total": 3}, "end: terminated"),
        ({"kind": "single", "more": "/more"}, None, {"more": STATES["true"]}, "more_without_cursor"),
        ({"kind": "single", "more": "/more"}, None, {"more": STATES["false"]}, "end: terminated"),
    ],
)
def test_computed_positions_end_by_count_or_by_licence(
    declared: dict[str, Any], total: Total | None, shown: dict[str, Any], expected: str
) -> None:
    assert said(decide(walk(**declared), total, signals(**shown))) == expected


def test_an_empty_page_that_says_there_is_more_is_never_an_end() -> None:
    declared = walk(**OFFSET, more="/more", end_on_empty=LICENCE)
    assert said(decide(declared, None, signals(STATES["true"], empty=True))) == "more_without_cursor"
