"""What is inferred of real descriptions, compared with what their text says, and with what must never be inferred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.importing.truth import SETS, scored
from tests.importing.yields import counted, inferred, table
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.tools.checking import check
from unabridged.tools.importing.description import Description, Operation
from unabridged.tools.importing.inference import Inferred
from unabridged.tools.importing.inference_facts import facts
from unabridged.tools.importing.inference_parts import size_input
from unabridged.tools.importing.inference_readings import cursor_inputs, offset_inputs, page_inputs

PRECISION = 0.95
_CONTRACT = TypeAdapter(Contract)


@pytest.fixture(scope="module")
def sample() -> list[tuple[Description, Operation, Inferred]]:
    return list(inferred())


@pytest.mark.parametrize("name", SETS)
def test_what_is_claimed_is_what_the_description_says(name: str) -> None:
    score = scored(name)
    print(score)
    assert score.precision >= PRECISION, str(score)
    assert score.claimed.total() > len(SETS[name]), "a precision of few claims says nothing"


@pytest.mark.requirement("L9")
def test_no_end_is_an_absence_and_no_proof_is_asked_to_be_weaker(
    sample: list[tuple[Description, Operation, Inferred]],
) -> None:
    print(table(counted(sample)))
    assert len(sample) > 1000
    for _, operation, found in sample:
        where = (operation.path, found)
        assert not {"absence", "end_on_empty", "repeat"} & found.walk.keys(), where
        assert not _states(found.walk) & {"absent", "null", "empty"}, where
        assert found.complete.keys() <= {"total"}, where
        ambiguous = "ambiguous" in found.provenance.get("complete.total", {})
        assert ambiguous == (found.complete.get("total", {}).get("exact") is False), where
        assert not {"absent", "null", "null_item"} & (found.items or {}).keys(), where


def test_nothing_that_may_come_in_pages_is_believed_to_be_one_thing(
    sample: list[tuple[Description, Operation, Inferred]],
) -> None:
    for _, operation, found in sample:
        if found.claim == "one" and not found.provenance and operation.method == "GET":
            known = facts(operation, {})
            ways = (*cursor_inputs(known), *page_inputs(known), *offset_inputs(known))
            assert (ways, size_input(known)) == ((), None), operation.path
            assert "array" not in known.answer[0].types if known.answer else True, operation.path


def _states(walk: Mapping[str, Any]) -> set[str]:
    return {state for end in walk.get("end", {}).values() for state in end}


@pytest.mark.requirement("L9")
def test_every_line_that_is_inferred_says_where_it_comes_from(
    sample: list[tuple[Description, Operation, Inferred]],
) -> None:
    for _, operation, found in sample:
        if found.claim != "all":
            continue
        assert found.items is not None
        places = {"walk", *(f"walk.{name}" for name in found.walk.keys() - {"kind", "end"})}
        places |= {f"walk.end.{name}" for name in found.walk.get("end", {})}
        places |= {f"complete.{name}" for name in found.complete}
        places |= {"response.items", *(["response.items.id"] if "id" in found.items else [])}
        assert found.provenance.keys() == places, (operation.path, found)
        assert {said["status"] for said in found.provenance.values()} == {"unproven"}


def test_whatever_is_inferred_passes_the_check(sample: list[tuple[Description, Operation, Inferred]]) -> None:
    shapes = {_shape(found): (operation, found) for _, operation, found in sample}
    assert len(shapes) > 20
    for operation, found in shapes.values():
        contract = _contract(found)
        errors = [mistake for mistake in check(contract) if mistake.severity == "error"]
        assert errors == [], (operation.path, found)
        assert contract.complete.require == Grade.TERMINATED


def _shape(found: Inferred) -> str:
    """What is the same for tools that differ in names only."""
    send = str(found.walk.get("send")).partition(":")[0]
    scope = found.complete.get("total", {}).get("scope")
    return repr((found.claim, sorted(found.walk), found.walk["kind"], send, scope, sorted(found.items or {})))


def _contract(found: Inferred) -> Contract:
    """A tool with nothing but what was inferred."""
    items = {} if found.items is None else {"items": found.items}
    return _CONTRACT.validate_python(
        {
            "name": "tool",
            "description": "A tool.",
            "claim": found.claim,
            "input": {"type": "object", "properties": {}, "additionalProperties": False},
            "request": {"url": "https://desk.test/x", "method": "POST", "body": {}},
            "response": {**items, "data": found.data},
            "walk": found.walk,
            "complete": found.complete,
            "provenance": found.provenance,
            "provider": {"name": "desk", "base_url": "https://desk.test"},
        }
    )
