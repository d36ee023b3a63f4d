"""Recordings of a server's calls: one file a call, written beside the calls and never in their way.

What cannot be written is said on standard error and lost; no call waits for it, and none fails.  There are never more files
than a bound; the oldest that nobody reviewed go first, and what is not a recording of a server is left alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Final

from ..schemas.answer import Answer
from ..schemas.contract import Contract
from ..schemas.recording import Recording
from ..schemas.wire import Json
from ..tools.recordings.file import RecordingError, save
from ..tools.recordings.recording import Opener, Tape
from .recordings import StillHiddenError, without_secrets

__all__ = ["MOST_FILES", "Recorder"]

MOST_FILES: Final = 1_000
_MOST_BYTES: Final = 8 * 1024 * 1024
_WAITING: Final = 16
_PRUNE_EVERY: Final = 32
_DRAIN: Final = 10.0
_SWITCH: Final = 0.0002  # seconds that a call waits for this thread to let it go on; Python's own 5 ms would be felt
_OURS = re.compile(r"[0-9a-f]{20}\.json\Z")
_UNREVIEWED = re.compile(rb'\s*\{\s*"unabridged_recording"\s*:\s*1\s*,\s*"reviewed"\s*:\s*false\b')


@dataclass(frozen=True, slots=True)
class _Job:
    recording: Recording
    tape: Tape


class Recorder:
    """Writes recordings into *directory*, without what stands at *places*; *warn* is told what goes wrong, each thing once."""

    def __init__(
        self,
        directory: Path,
        *,
        warn: Callable[[str], None],
        places: tuple[str, ...] = (),
        most: int = MOST_FILES,
    ) -> None:
        self._directory = directory
        self._places = places
        self._most = most
        self._warn = warn
        self._warned: set[str] = set()
        self._jobs: Queue[_Job] = Queue(_WAITING)
        self._closing = Event()
        self._written = 0
        self._thread = Thread(target=self._work, name="recorder", daemon=True)

    def open(self) -> None:
        """Begin to write.  Raises OSError where the directory cannot be made."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        sys.setswitchinterval(_SWITCH)
        self._thread.start()

    def tape(self, opener: Opener) -> Tape:
        """Return what takes down one call that uses *opener*."""
        return Tape(opener, most_bytes=_MOST_BYTES)

    def keep(self, tape: Tape, contract: Contract, arguments: Mapping[str, Json], answer: Answer, *, at: float) -> None:
        """Let the recording of a call be written, if the service was asked anything; returns at once."""
        if not tape.exchanges:
            return
        try:
            self._jobs.put_nowait(_Job(tape.recording(contract, arguments, answer, at=at), tape))
        except Full:
            self._say("calls come faster than they can be written; some are not recorded")

    def close(self) -> None:
        """Write what waits, for some seconds at most."""
        self._closing.set()
        self._thread.join(_DRAIN)

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=0.2)
            except Empty:
                if self._closing.is_set():
                    return
                continue
            self._write(job)

    def _write(self, job: _Job) -> None:
        try:
            kept = without_secrets(job.recording, job.tape, self._places)
            if self._written % _PRUNE_EVERY == 0:
                self._prune()
            save(self._directory / f"{job.recording.receipt}.json", kept)
            self._written += 1
        except (StillHiddenError, RecordingError) as refused:
            self._say(str(refused))
        except OSError as trouble:
            self._say(f"recordings cannot be written to {self._directory}: {trouble.strerror or trouble}")
        except Exception as mistake:  # a mistake of ours; the next recording may go well
            self._say(f"a recording could not be written: {type(mistake).__name__}")

    def _prune(self) -> None:
        """Make room for those that will be written until the next look."""
        files = [path for path in self._directory.iterdir() if _OURS.match(path.name)]
        files.sort(key=_age)
        surplus = len(files) + _PRUNE_EVERY - self._most
        unreviewed = [path for path in files if _is_unreviewed(path)] if surplus > 0 else []
        for path in unreviewed[: max(0, surplus)]:
            path.unlink(missing_ok=True)

    def _say(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            with suppress(OSError, ValueError):  # nobody reads it any more, and no call may fail of that
                self._warn(message)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # it went meanwhile
        return 0.0


def _is_unreviewed(path: Path) -> bool:
    """Whether it says that no person looked at it, by the first word of the document beside its version; not known is no."""
    with suppress(OSError), path.open("rb") as file:
        return _UNREVIEWED.match(file.read(200)) is not None
    return False
