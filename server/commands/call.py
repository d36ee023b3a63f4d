"""`unabridged call`: one tool, once, from a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import anyio

from ...schemas.answer import Answer, Delivered, Withheld
from ...schemas.contract import Contract
from ...schemas.wire import Json
from ...tools.call import call as ask
from ...tools.catalog import read
from ...tools.keeping import MemoryStore
from ...tools.people import Caller
from ...tools.recordings.recording import Tape
from ...tools.surroundings import Surroundings, surroundings
from ..arguments import arguments
from ..choosing import chosen
from ..kept import FileStore, open_store
from ..logs import log_nothing
from ..principal import user
from ..readable import readable
from ..receipts import open_receipts
from ..rendering import console, proof, refusal, show
from ..result import reply
from ..settings import SettingError
from ..sources import find, served
from ..state import open_shelf
from ..terminal import people_at
from ..usage import UsageError
from ..watching import Bar, watching

if TYPE_CHECKING:
    from ...schemas.recording import Recording
    from ..recordings import Record

__all__ = ["call", "show_answer"]


def call(
    tool: str,
    words: Sequence[str],
    text: str | None,
    paths: Sequence[str],
    *,
    as_json: bool,
    yes: bool,
    record: Record | None = None,
) -> int:
    """Call *tool*, print its answer, and return the exit status; *yes* allows beforehand that it is sent."""
    log_nothing()
    sources = find(paths, os.environ)
    catalog = read(sources.paths)
    contract = chosen(tool, catalog)
    tools = {known.name: known for known in catalog.contracts}
    given = arguments(words, text, contract.input)
    with (
        served(sources, os.environ) as environment,
        closing(open_receipts(os.environ)) as receipts,
        closing(open_shelf(os.environ)) as shelf,
        closing(_store() if record is None else MemoryStore(now=time.time)) as store,
    ):
        real = surroundings(environment, version=version("unabridged"))
        around = replace(real, tools=tools, shelf=shelf, store=store, abandoned=receipts.keep)
        tape = Tape(around.open_transport)
        at = around.now()
        answer = anyio.run(_ask, contract, given, replace(around, open_transport=tape.open) if record else around, yes)
        receipts.keep(answer.receipt)
        status = show_answer(contract, answer, as_json=as_json, given=given)
        if record is not None:
            _write(record, tape, tape.recording(contract, given, answer, at=at), contract, tools)
        return status


def _write(record: Record, tape: Tape, recording: Recording, contract: Contract, tools: Mapping[str, Contract]) -> None:
    from ..recordings import written  # noqa: PLC0415 - most calls are not recorded, and begin without it

    for told in written(record, tape, recording, contract, tools):
        sys.stderr.write(f"unabridged: {told}\n")


def _store() -> FileStore | MemoryStore:
    try:
        return open_store(os.environ)
    except SettingError as wrong:
        raise UsageError(str(wrong)) from None


async def _ask(contract: Contract, given: Mapping[str, Json], around: Surroundings, yes: bool) -> Answer:
    with watching(console(), contract) as observer:
        pausing = observer.pausing if isinstance(observer, Bar) else nullcontext
        people = people_at(user(), around.shelf, yes=yes, pausing=pausing)
        here = replace(around, observer=observer)
        return await ask(contract, given, surroundings=here, caller=Caller(principal=user(), people=people))


def show_answer(contract: Contract, answer: Answer, *, as_json: bool, given: Mapping[str, Json] | None = None) -> int:
    """Print *answer* to what was *given*, and return the exit status."""
    match answer:
        case Delivered(payload=payload, receipt=receipt):
            with closing(payload):
                envelope = reply(contract, answer).envelope if as_json else b"".join(payload.chunks())
            _print(envelope.decode() if as_json else readable(envelope.decode()))
            if not as_json:
                show(console(), proof(receipt))
            return 0
        case Withheld():
            if as_json:
                _print(reply(contract, answer, given=given).envelope.decode())
            else:
                show(console(), refusal(answer, contract, given=given))
            return 3


def _print(text: str) -> None:
    """Write *text* as UTF-8, which JSON is, whatever the locale says."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()
