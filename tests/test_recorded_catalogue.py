"""Every bundled tool, recorded over a real connection and held again without one: the same bytes and the same grade."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.scripted import content
from tests.standins.cases import CASES, ENVIRONMENT, Case, pointed
from tests.standins.shape import Standin
from tests.standins.wire import serving
from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.recordings.file import load, save
from unabridged.tools.recordings.hiding import Hiding
from unabridged.tools.recordings.recording import Tape
from unabridged.tools.recordings.redacting import hidden_still, redacted
from unabridged.tools.recordings.replayed import call_again, differs
from unabridged.tools.surroundings import surroundings

pytestmark = pytest.mark.anyio


@cache
def _contracts() -> dict[str, Contract]:
    return {contract.name: contract for contract in read(tuple(bundled().values())).contracts}


async def _at_once(_seconds: float) -> None:
    """Wait for nothing."""


@pytest.mark.requirement("L16")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.tool)
async def test_a_recorded_call_of_a_bundled_tool_is_the_same_again(case: Case, tmp_path: Path) -> None:
    standin = Standin(shape=case.shape(), count=7)
    around = replace(surroundings(ENVIRONMENT), sleep=_at_once)
    tape = Tape(around.open_transport)
    async with serving(standin) as origin:
        tool = pointed(_contracts()[case.tool], origin)
        told = await call(tool, case.arguments, surroundings=replace(around, open_transport=tape.open))
    assert isinstance(told, Delivered)
    hiding = Hiding(key=b"k", secrets=frozenset(tape.secrets), settings=tape.settings)
    recording = redacted(tape.recording(tool, case.arguments, told, at=told.receipt.as_of), hiding)
    assert not hidden_still(recording, hiding)
    save(tmp_path / "a.json", recording)
    read_again = load(tmp_path / "a.json")
    assert read_again == recording
    assert await differs(read_again, tool) is None
    again = await call_again(read_again, tool)
    assert (content(again), again.receipt.grade) == (content(told), told.receipt.grade)
