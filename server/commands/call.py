"""`unabridged call`: one tool, once, from a terminal; or once more, from a recording."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from importlib.metadata import version

import anyio

from ...schemas.answer import Answer, Delivered, Withheld
from ...schemas.contract import Contract
from ...schemas.recording import Recording
from ...schemas.wire import Json
from ...tools.call import call as ask
from ...tools.catalog import read
from ...tools.keeping import MemoryStore
from ...tools.people import Caller
from ...tools.recording import Tape
from ...tools.recording_file import save
from ...tools.replayed import call_again
from ...tools.surroundings import Surroundings, surroundings
from ..arguments import arguments
from ..choosing import chosen
from ..kept import FileStore, open_store
from ..logs import log_nothing
from ..principal import user
from ..readable import readable
from ..receipts import open_receipts
from ..recordings import Record, StillHiddenError, doubts, opened, without_secrets
from ..rendering import console, count, moment, proof, refusal, show
from ..result import reply
from ..settings import SettingError
from ..sources import find, served
from ..state import open_shelf
from ..terminal import people_at
from ..usage import UsageError
from ..watching import Bar, watching

__all__ = ["call", "replay", "show_answer"]


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
        status = show_answer(contract, answer, as_json=as_json)
        if record is not None:
            _write(record, tape, tape.recording(contract, given, answer, at=at), contract, tools)
        return status


def replay(
    recorded: str, tool: str | None, words: Sequence[str], text: str | None, paths: Sequence[str], *, as_json: bool
) -> int:
    """Make the call in the file *recorded* again, without network, by the tool of *paths*, and return the exit status."""
    log_nothing()
    recording = opened(recorded)
    catalog = read(find(paths, os.environ).paths)
    contract = chosen(tool or recording.tool, catalog)
    given = arguments(words, text, contract.input) if words or text else recording.arguments
    tools = {known.name: known for known in catalog.contracts}
    answer = anyio.run(lambda: call_again(recording, contract, arguments=given, tools=tools))
    if recording.digest not in ("", contract.digest):
        _say(f"the definition of {contract.name} was changed since {moment(recording.at)}, when this was recorded")
    return show_answer(contract, answer, as_json=as_json)


def _write(record: Record, tape: Tape, recording: Recording, contract: Contract, tools: Mapping[str, Contract]) -> None:
    """Write the recording of a call; whatever becomes of it, the answer was given."""
    try:
        kept = without_secrets(recording, tape, record.places)
        save(record.path, kept)
    except StillHiddenError as refused:
        _say(str(refused))
        return
    except (OSError, ValueError) as trouble:
        _say(f"the recording could not be written: {trouble}")
        return
    _say(
        f"recorded {count(len(kept.exchanges), 'exchange')} in {record.path}; look through it with `unabridged review`"
    )
    for doubt in doubts(kept, contract, tools, record.places):
        _say(doubt)


def _say(message: str) -> None:
    sys.stderr.write(f"unabridged: {message}\n")


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


def show_answer(contract: Contract, answer: Answer, *, as_json: bool) -> int:
    """Print *answer*, and return the exit status."""
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
                _print(reply(contract, answer).envelope.decode())
            else:
                show(console(), refusal(answer, contract))
            return 3


def _print(text: str) -> None:
    """Write *text* as UTF-8, which JSON is, whatever the locale says."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()
