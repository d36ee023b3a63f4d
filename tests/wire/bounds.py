"""One oversized response against one transport, in a process of its own: prints what became of it, and what it cost.

`python tests/wire/bounds.py CASE`; the memory is what the resident set grew at its peak, in KiB, after a first request
and after the response was made, so that neither counts.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from pathlib import Path

import anyio
import brotli  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  brotli ships no types
import zstandard

from tests.wire.cases import chunked, head, in_chunks
from tests.wire.raw import Peer, get, response, transport, upstream
from unabridged.schemas.wire import Fault, Outcome
from unabridged.validators.strict_json import parse

LIMIT = 16 * 1024 * 1024  # as contracts have it by default
MEBIBYTE = bytes(1024 * 1024)
TIMES = 1024


def gzip_bomb() -> bytes:
    """1 GiB of zeros in one member."""
    engine = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(map(engine.compress, repeat(MEBIBYTE, TIMES))) + engine.flush()


def brotli_bomb() -> bytes:
    """1 GiB of zeros in brotli."""
    engine = brotli.Compressor(quality=1)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  no types
    parts: Iterable[bytes] = map(engine.process, repeat(MEBIBYTE, TIMES))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  no types
    return b"".join(parts) + bytes(engine.finish())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  no types


def zstd_bomb() -> bytes:
    """1 GiB of zeros in one zstd frame that does not say its size."""
    engine = zstandard.ZstdCompressor(level=19).compressobj()
    return b"".join(map(engine.compress, repeat(MEBIBYTE, TIMES))) + engine.flush()


def bomb(content: bytes, coding: str) -> Iterator[bytes]:
    """A response with *content*."""
    yield response(content, f"Content-Encoding: {coding}")


def endless(start: bytes, part: bytes, size: int = 1024 * 1024 * 1024) -> Iterator[bytes]:
    """*start*, and then *part* over and over, *size* bytes in all."""
    yield start
    yield from repeat(part, size // len(part))


CHUNK = b"10000\r\n" + bytes(65536) + b"\r\n"
LINE = b"X-Filler: " + b"x" * 4000 + b"\r\n"

CASES: dict[str, tuple[str, Callable[[], Iterable[bytes]]]] = {
    "1 GiB announced": ("body_too_large", lambda: endless(head(f"Content-Length: {1 << 30}"), bytes(65536))),
    "1 GiB in chunks": ("body_too_large", lambda: endless(in_chunks(b""), CHUNK)),
    "16 MiB in one-byte chunks": ("attempt_timeout", lambda: endless(in_chunks(b""), b"1\r\nx\r\n" * 4096)),
    "gzip bomb": ("body_too_large", lambda: bomb(gzip_bomb(), "gzip")),
    "gzip bomb of members": ("body_too_large", lambda: bomb(gzip.compress(MEBIBYTE * 16) * 64, "gzip")),
    "gzip bomb in gzip": ("unsupported_coding", lambda: bomb(gzip.compress(gzip_bomb()), "gzip, gzip")),
    "brotli bomb": ("body_too_large", lambda: bomb(brotli_bomb(), "br")),
    "zstd bomb": ("body_too_large", lambda: bomb(zstd_bomb(), "zstd")),
    "endless fields": ("framing_error", lambda: endless(head()[:-2], LINE)),
    "endless trailers": ("framing_error", lambda: endless(in_chunks(b"0\r\n"), LINE)),
    "endless interim responses": ("framing_error", lambda: endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 500)),
    "a long surplus": ("surplus_bytes", lambda: endless(response(), bytes(65536))),
    "16 MiB of brackets": ("not_json", lambda: (response(b"[" * LIMIT),)),
}


def word(outcome: Outcome) -> str:
    """What comes of *outcome* once its content is parsed."""
    if isinstance(outcome, Fault):
        return outcome.code
    return getattr(parse(outcome.content), "code", "sound")


def forget_the_peak() -> None:
    """Let the peak of the resident set be the present one, where the system can do that."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")


def peak() -> int:
    """The highest resident set of this process since then, in KiB."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:"))


async def run(name: str) -> tuple[str, int]:
    """Ask for the case *name*; return the code and the growth of the peak in KiB."""
    _, make = CASES[name]
    parts = [*make()] if "bomb" in name or "brackets" in name else make()

    async def behave(peer: Peer) -> None:
        request = await peer.request()
        if b"/first" in request:
            await peer.say(response(chunked()))
            return
        for part in parts:
            await peer.say(part)
        await peer.ended()

    async with upstream(behave) as server:
        async with transport(server.url, limit=LIMIT) as carrier:
            await carrier.send(get(server, "/first"), timeout=5)
        forget_the_peak()
        before = peak()
        async with transport(server.url, limit=LIMIT) as carrier:
            outcome = word(await carrier.send(get(server), timeout=2))
    return outcome, peak() - before


if __name__ == "__main__":
    print(json.dumps(anyio.run(run, sys.argv[1])))
