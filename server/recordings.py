"""Recordings on disk: what of a tape goes into a file, and what a command is told about one that it cannot read.

Nothing is written before it is redacted, and nothing at all where a secret would still be in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio

from ..schemas.contract import Contract
from ..schemas.location import location
from ..schemas.recording import Recording
from ..tools.recordings.file import RecordingError, load, save
from ..tools.recordings.hiding import Hiding, places
from ..tools.recordings.recording import Tape
from ..tools.recordings.redacting import hidden_still, redacted
from ..tools.recordings.replayed import differs
from ..tools.recordings.surveying import is_done
from .counted import count
from .usage import UsageError

__all__ = [
    "Record",
    "StillHiddenError",
    "check_target",
    "checked_places",
    "doubts",
    "opened",
    "stands",
    "taken_out",
    "without_secrets",
    "written",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Where recordings go, a file or a directory, and what is taken out of them beside secrets."""

    path: Path
    places: tuple[str, ...] = ()


class StillHiddenError(ValueError):
    """A recording that may not be written, because a secret would be in the file."""


def checked_places(words: Sequence[str]) -> tuple[str, ...]:
    """Return *words* if each names a place; raise `UsageError` otherwise."""
    for word in words:
        try:
            places([word])
        except ValueError as wrong:
            raise UsageError(f"--redact {word!r}: expected {wrong}") from None
    return tuple(words)


def check_target(path: Path) -> None:
    """Raise `UsageError` where *path* is something else than a recording: it would be written over."""
    if path.is_dir():
        raise UsageError(f"--record: expected the name of a file, found the directory {path}")
    if path.exists():
        try:
            load(path)
        except RecordingError:
            raise UsageError(f"--record: {path} is there and is no recording, so it is not written over") from None


def opened(word: str) -> Recording:
    """Read the recording in the file *word*; raise `UsageError` where there is none."""
    try:
        return load(Path(word).expanduser())
    except RecordingError as wrong:
        raise UsageError(str(wrong)) from None


def taken_out(recording: Recording, words: Sequence[str]) -> Recording:
    """Return *recording* without what stands at the places *words*, and every trace of it."""
    return redacted(recording, Hiding(key=secrets.token_bytes(32), places=tuple(words))) if words else recording


def without_secrets(recording: Recording, tape: Tape, words: Sequence[str]) -> Recording:
    """Return what may be written of *recording*, with the places *words* taken out; raise `StillHiddenError` where nothing may."""
    hiding = Hiding(
        key=secrets.token_bytes(32),
        secrets=frozenset(tape.secrets),
        settings=tape.settings,
        places=tuple(sorted({*words, *tape.places})),
    )
    kept = redacted(recording, hiding)
    if hidden_still(kept, hiding):
        raise StillHiddenError("a secret would still be in the recording, so it was not written")
    return kept


def written(
    record: Record, tape: Tape, recording: Recording, contract: Contract, tools: Mapping[str, Contract]
) -> list[str]:
    """Write the *recording* of a call, and return what its caller should know: sentences.  Raises nothing."""
    try:
        kept = without_secrets(recording, tape, record.places)
        save(record.path, kept)
    except (StillHiddenError, RecordingError) as refused:
        return [str(refused)]
    except (OSError, ValueError) as trouble:
        return [f"the recording could not be written: {trouble}"]
    exchanges = count(len(kept.exchanges), "exchange")
    told = f"recorded {exchanges} in {record.path}; look through it with `unabridged review`"
    return [told, *doubts(kept, contract, tools, record.places)]


def doubts(recording: Recording, contract: Contract, tools: Mapping[str, Contract], words: Sequence[str]) -> list[str]:
    """Say what whoever made *recording* should know of it: sentences, none where there is nothing."""
    said: list[str] = []
    if recording.left_out:
        said.append(f"{recording.left_out:,} exchanges were left out, for want of room")
    said += [
        f"nothing stands at {word}, so nothing was taken out there" for word in words if not stands(word, recording)
    ]
    if told := anyio.run(lambda: differs(recording, contract, tools=tools)):
        said.append(f"the recording does not give the same answer again: {told}")
    return said


def stands(word: str, recording: Recording) -> bool:
    """Say whether something was replaced at the place *word*, in any way of writing it."""
    if word.startswith("input:"):
        return is_done("input:" + location(word.removeprefix("input:")).path, recording.redacted)
    place = location(word)
    if place.source == "body":
        return is_done(str(place), recording.redacted)
    return str(place).lower() in [mark.lower() for mark in recording.redacted]
