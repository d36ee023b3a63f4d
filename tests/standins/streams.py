"""Streams of generated text as two model servers said them, head and chunks apart.

`python -m tests.model_servers.record` wrote the files; nothing in them is altered here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["RECORDINGS", "WHOLE", "Recording"]

WHOLE = "The harbour opens at six and closes at nine in the evening."
"""The text of every recording."""

_RECORDED = Path(__file__).parent / "recorded"


@dataclass(frozen=True, slots=True)
class Recording:
    """One response: who said it in which *family*, its head without the last blank line, and its chunks, which are events."""

    server: str
    family: str
    head: bytes
    chunks: tuple[bytes, ...]

    def __str__(self) -> str:
        return f"{self.server}-{self.family}"


def _chunks(marked: bytes) -> tuple[bytes, ...]:
    """Take the marks of the chunked coding away (RFC 9112, 7.1)."""
    chunks: list[bytes] = []
    size, _, rest = marked.partition(b"\r\n")
    while length := int(size, 16):
        chunks.append(rest[:length])
        size, _, rest = rest[length + 2 :].partition(b"\r\n")
    return tuple(chunks)


def _read(path: Path) -> Recording:
    server, _, family = path.stem.partition("-")
    head, _, content = path.read_bytes().partition(b"\r\n\r\n")
    return Recording(server, family, head, _chunks(content))


RECORDINGS = tuple(_read(path) for path in sorted(_RECORDED.glob("*.http")))
