"""The wire: messages that were cut or damaged under way, as the transport tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...schemas.wire import Fault, FaultKind
from .mutant import Mutant
from .sound import Sound

__all__ = ["wire"]

_FAULTS: Final[tuple[tuple[FaultKind, str, str], ...]] = (
    ("truncated", "truncated_body", "cut before its end"),
    ("unproven_end", "unproven_end", "ended by a closed connection"),
    ("protocol", "surplus_bytes", "bytes behind the end"),
    ("protocol", "framing_error", "two lengths"),
    ("coding", "truncated_coding", "cut inside its coding"),
    ("integrity", "digest_mismatch", "another digest"),
    ("timeout", "attempt_timeout", "no answer in time"),
    ("connect", "unreachable", "no connection"),
)


def wire(sound: Sound) -> Iterator[Mutant]:
    """Break every message in each way that the transport can tell."""
    for index, turn in sound.tried:
        for kind, code, detail in _FAULTS:
            fault = Fault(kind=kind, code=code, sent="never" if kind == "connect" else "maybe", detail=detail)
            yield Mutant(
                mutation="broken_message", place="wire", turn=turn.name, outcomes={index: fault}, detail=detail
            )
