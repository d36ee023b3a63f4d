"""An experiment as the command line makes it: the real surroundings or a recording, and the lock that remembers it.

It prints nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import anyio

from ..schemas.contract import Contract
from ..schemas.proof import Lock
from ..schemas.recording import Recording
from ..schemas.wire import Json
from ..tools.catalog import read
from ..tools.proof import Damaged, Unread, holds, lock_of, newer, read_lock, write_lock
from ..tools.proving.prove import Proven, prove
from ..tools.proving.tapping import Open
from ..tools.recordings.file import RecordingError, load
from ..tools.recordings.replaying import Replay
from ..tools.shelf import MemoryShelf
from ..tools.surroundings import Surroundings, Transport, surroundings
from .sources import Sources, served
from .state import open_shelf
from .usage import UsageError

if sys.platform != "win32":
    import fcntl

__all__ = ["Effort", "experiment", "file_of", "keep", "outdated", "recorded_for", "sound_lock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much an experiment may cost, and how long its proof holds: *seconds* and *valid_for* in seconds."""

    requests: int
    seconds: float
    valid_for: float


def recorded_for(path: str, contract: Contract) -> Recording:
    """Read the recording at *path*, which must be one of *contract*."""
    try:
        recording = load(Path(path))
    except RecordingError as wrong:
        raise UsageError(str(wrong)) from None
    if recording.tool != contract.name:
        raise UsageError(f"{path} is a recording of {recording.tool}, and not of {contract.name}")
    return recording


def experiment(
    contract: Contract,
    given: Mapping[str, Json],
    sources: Sources,
    *,
    effort: Effort,
    recording: Recording | None,
    tools: Mapping[str, Contract],
) -> Proven:
    """Make the experiment with *contract*, or with a *recording* of it."""
    with served(sources, os.environ) as environment, closing(open_shelf(os.environ)) as kept:
        around: Surroundings = replace(
            surroundings(environment, version=version("unabridged")), shelf=kept, tools=tools
        )
        if recording is not None:  # its requests were redacted together with its variables
            told = {**environment, **recording.environment}
            then = recording.at  # what it shows was so on that day, and says nothing of how the provider is today
            shelf = MemoryShelf(clock=lambda: then)
            around = replace(
                around, open_transport=_replaying(recording), environment=told, now=lambda: then, shelf=shelf
            )
        trying = partial(
            prove,
            contract,
            given,
            surroundings=around,
            requests=effort.requests,
            seconds=effort.seconds,
            valid_for=effort.valid_for,
            source="service" if recording is None else "recording",
        )
        return anyio.run(trying)


def _replaying(recording: Recording) -> Open:
    """Answer each trial from the beginning of the recording."""

    def open_replay(contract: Contract, environment: Mapping[str, str]) -> AbstractAsyncContextManager[Transport]:
        return Replay.of(recording.exchanges, whole=not recording.left_out).open(contract, environment)

    return open_replay


# ------------------------------------------------------------------------------------------ the lock


def file_of(tool: str, sources: Sources) -> Path:
    """Find the file that defines *tool*: one of those that were read."""
    if len(sources.paths) == 1:
        return sources.paths[0]
    for path in sources.paths:
        if any(contract.name == tool for contract in read([path], locks=sound_lock).contracts):
            return path
    raise UsageError(f"no single file holds {tool!r}, so there is no lock file to write")


def sound_lock(path: Path, told: Callable[[Damaged], object] = lambda _: None) -> Lock:
    """Read the lock at *path* for a new proof, which replaces one that is damaged; the damage is *told*."""
    try:
        return read_lock(path)
    except Unread as wrong:
        raise UsageError(f"{path}: {wrong}, and a new proof would replace what it holds") from None
    except Damaged as wrong:
        told(wrong)
        return Lock()


def outdated(found: Proven, now: float) -> str | None:
    """Say why what was *found* in a recording is not to be kept at *now*, in Unix time; None where it is."""
    earlier, later = found.contract.proof, found.proof
    if later.source != "recording":
        return None
    if not holds(later, now):
        return f"what was so on {later.proven_at[:10]} has run out"
    if earlier is not None and earlier.subject == later.subject and newer(earlier, later):
        return f"the proof that is kept is newer than {later.proven_at[:10]}"
    return None


def keep(found: Proven, file: Path) -> Path:
    """Write what was *found* into the lock beside *file*, and return where that is."""
    path = lock_of(file)
    try:
        with _alone(path.parent):
            lock = sound_lock(path)
            write_lock(path, replace(lock, tools={**lock.tools, found.contract.name: found.proof}))
    except OSError as trouble:
        raise UsageError(f"{path} cannot be written: {trouble.strerror or trouble}; see --dry-run") from None
    return path


@contextmanager
def _alone(directory: Path) -> Generator[None]:
    """Let nobody else add to a lock in *directory* meanwhile, where the system knows how to."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems of a network cannot
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
