"""Where items wait until the answer is judged: in memory while they are few, in a temporary file when they are many.

A spool is written by the walk and read by whoever delivers, by several at once where an answer is shared; it knows nothing of
what it holds but count, size and digest, and where one page ends and the next begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

from ..validators.rules import chain

__all__ = ["Spool"]

_MEMORY = 4 * 1024 * 1024
_CHUNK = 256 * 1024


class Spool:
    """A `Payload` being collected: a JSON array of items, or one JSON value.

    Bytes over *memory* go to a temporary file that has no name and is gone when the spool is closed.  *kept* counts the
    items, *size* the bytes.
    """

    def __init__(self, *, single: bool = False, memory: int = _MEMORY) -> None:
        self._single = single
        self._memory = memory
        self._empty()

    def _empty(self) -> None:
        self._parts: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._digest = hashlib.sha256()
        self.size = 0
        self._fingerprints: list[str] = []
        self._sizes: list[int] = []
        self.kept = 0
        self._write(b"" if self._single else b"[")

    def _write(self, content: bytes) -> None:
        self._digest.update(content)
        self.size += len(content)
        if self._file is not None:
            self._file.write(content)
            return
        self._parts.append(content)  # as it is: a large answer is not copied only to wait
        if self.size > self._memory:
            self._file = TemporaryFile()  # noqa: SIM115 - lives as long as the spool
            self._file.writelines(self._parts)
            self._parts.clear()

    def append(self, items: bytes, count: int, fingerprint: str) -> None:
        """Keep one page: *items* are JSON texts separated by commas, *count* of them."""
        if items and self.kept and not self._single:
            self._write(b",")
        self._write(items)
        self.kept += count
        self._fingerprints.append(fingerprint)
        self._sizes.append(len(items))

    def seal(self) -> None:
        """End the array; nothing is appended afterwards."""
        self._write(b"" if self._single else b"]")

    def restart(self) -> None:
        """Forget everything: the walk starts anew."""
        self.close()
        self._empty()

    @property
    def chained(self) -> str:
        """The digest chain over the fingerprints of the pages kept."""
        return chain(self._fingerprints)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many bytes each page has, without the commas between pages."""
        return tuple(self._sizes)

    @property
    def digest(self) -> str:
        """SHA-256 over all bytes kept."""
        return self._digest.hexdigest()

    @property
    def count(self) -> int | None:
        """The number of items; None for a single value."""
        return None if self._single else self.kept

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes from the first to the last; each reader has a place of its own."""
        if self._file is None:
            yield from self._parts
            return
        at = 0
        while chunk := self._read(self._file, at):
            at += len(chunk)
            yield chunk

    @staticmethod
    def _read(file: IO[bytes], at: int) -> bytes:
        file.seek(at)  # another reader may have moved it since
        return file.read(_CHUNK)

    def close(self) -> None:
        """Give memory and file back."""
        self._parts.clear()
        if self._file is not None:
            self._file.close()
