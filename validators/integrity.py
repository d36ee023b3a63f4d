"""Whether a message is whole below its meaning: framing, content codings, digests.

Never reads a socket, never expands content beyond the limit that it is given, never raises.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol, cast

import brotli  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  brotli ships no types
import zstandard

from ..schemas.verdict import Finding
from ..schemas.wire import Framing, Headers

__all__ = ["decoded", "digests", "framing"]

# ---------------------------------------------------------------------------------------------- framing


def framing(*, method: str, status: int, version: str, headers: Headers) -> Framing | Finding:
    """Say how the end of this message is marked (RFC 9112, 6.3), or that its fields contradict one another.

    >>> framing(method="GET", status=200, version="1.1", headers=(("content-length", "2"),))
    'content-length'
    >>> framing(method="GET", status=200, version="1.1", headers=())
    'close-delimited'
    """
    if method == "HEAD" or 100 <= status < 200 or status in (204, 304):
        return "none"
    codings, lengths = _elements(headers, "transfer-encoding"), set(_elements(headers, "content-length"))
    if codings and lengths:
        return _broken("Content-Length and Transfer-Encoding stand in one message.")  # RFC 9112, 6.3, item 3
    if codings and version == "1.0":
        return _broken("Transfer-Encoding stands in an HTTP/1.0 message.")  # RFC 9112, 6.1
    if codings:
        return "chunked" if codings == ("chunked",) else _broken("The transfer coding is not chunked alone.")
    if not lengths:
        return "close-delimited"
    return "content-length" if len(lengths) == 1 else _broken("Several different Content-Length values were sent.")


def _broken(message: str) -> Finding:
    return Finding(code="framing_error", message=message)


def _values(headers: Headers, name: str) -> list[str]:
    return [value for field, value in headers if field == name]


def _elements(headers: Headers, name: str) -> tuple[str, ...]:
    listed = (element.strip() for value in _values(headers, name) for element in value.split(","))
    return tuple(element.lower() for element in listed if element)


# ------------------------------------------------------------------------------------- content codings

_SLICE: Final = 64 * 1024  # of coded content at a time: what follows a member is copied within it only
_ZSTD_SLICE: Final = 256  # a block of four bytes can stand for 128 KiB
_PIECE: Final = 1024 * 1024  # of decoded content at a time
_WINDOW: Final = 8 * 1024 * 1024  # RFC 9659, 3
_MEMBERS: Final = 4096  # members or frames in one content; each of them may be empty


class _Inflater(Protocol):
    """What `zlib.decompressobj` gives."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _BrotliEngine(Protocol):
    """What `brotli.Decompressor` gives."""

    def process(self, data: bytes, output_buffer_limit: int) -> bytes: ...
    def is_finished(self) -> bool: ...
    def can_accept_more_data(self) -> bool: ...


_open_brotli = cast("Callable[[], _BrotliEngine]", brotli.Decompressor)  # pyright: ignore[reportUnknownMemberType]
_BrotliError = cast("type[Exception]", brotli.error)  # pyright: ignore[reportUnknownMemberType]


class _DamagedError(Exception):
    """The coded content is cut, or goes on after its end."""


def decoded(content: bytes, headers: Headers, *, limit: int) -> bytes | Finding:
    """Undo the content coding that *headers* name, and verify it to its end mark; at most *limit* bytes come out.

    gzip (all members), deflate (with and without the zlib wrapper), br and zstd (all frames) are known.  Two codings
    over one another are refused, and so is a coding over no bytes at all.

    >>> decoded(zlib.compress(b"[]"), (("content-encoding", "deflate"),), limit=10)
    b'[]'
    >>> decoded(zlib.compress(b"[]")[:-1], (("content-encoding", "deflate"),), limit=10).code
    'truncated_coding'
    """
    codings = [coding for coding in _elements(headers, "content-encoding") if coding != "identity"]
    if not codings:
        return content
    if len(codings) > 1 or codings[0] not in _UNPACKERS:
        return Finding(code="unsupported_coding", message="The content is in a coding that was not asked for.")
    if not content:
        return _damaged()
    try:
        return _collected(_UNPACKERS[codings[0]](content), limit)
    except (_DamagedError, zlib.error, _BrotliError, zstandard.ZstdError):
        return _damaged()


def _damaged() -> Finding:
    return Finding(code="truncated_coding", message="The compressed content is cut or damaged.")


def _collected(pieces: Iterator[bytes], limit: int) -> bytes | Finding:
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            message = "The unpacked content is larger than the contract allows."
            return Finding(code="body_too_large", message=message, have=size, expected=limit)
        kept.append(piece)
    return kept[0] if len(kept) == 1 else b"".join(kept)


def _gzip(content: bytes) -> Iterator[bytes]:
    """Inflate every member (RFC 1952, 2.2); what follows a member must be another one."""
    engine = zlib.decompressobj(wbits=31)
    members = 1
    for start in range(0, len(content), _SLICE):
        waiting = content[start : start + _SLICE]
        while waiting:
            if engine.eof:
                engine, members = zlib.decompressobj(wbits=31), _another(members)
            yield from _inflated(engine, waiting)
            waiting = engine.unused_data
    if not engine.eof:
        raise _DamagedError


def _another(members: int) -> int:
    if members >= _MEMBERS:
        raise _DamagedError
    return members + 1


def _inflated(engine: _Inflater, waiting: bytes) -> Iterator[bytes]:
    while True:
        piece = engine.decompress(waiting, _PIECE)
        yield piece
        waiting = engine.unconsumed_tail
        if engine.eof or (not waiting and len(piece) < _PIECE):
            return


def _deflate(content: bytes) -> Iterator[bytes]:
    """Inflate with the zlib wrapper (RFC 9110, 8.4.1.2), or without it, as some servers do."""
    wrapped = len(content) > 1 and content[0] & 0x8F == 0x08 and int.from_bytes(content[:2], "big") % 31 == 0
    engine = zlib.decompressobj(wbits=15 if wrapped else -15)
    yield from _inflated(engine, content)
    if not engine.eof or engine.unused_data:
        raise _DamagedError


def _brotli(content: bytes) -> Iterator[bytes]:
    engine = _open_brotli()
    for start in range(0, len(content), _SLICE):
        yield engine.process(content[start : start + _SLICE], output_buffer_limit=_PIECE)
        while not engine.is_finished() and not engine.can_accept_more_data():
            yield engine.process(b"", output_buffer_limit=_PIECE)
    if not engine.is_finished():
        raise _DamagedError


def _zstd(content: bytes) -> Iterator[bytes]:
    """Unpack every frame (RFC 8878, 3.1)."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    engine = unpacker.decompressobj()
    frames = 1
    for start in range(0, len(content), _ZSTD_SLICE):
        waiting = content[start : start + _ZSTD_SLICE]
        while waiting:
            if engine.eof:
                engine, frames = unpacker.decompressobj(), _another(frames)
            yield engine.decompress(waiting)
            waiting = engine.unused_data
    if not engine.eof:
        raise _DamagedError


_UNPACKERS: Final[Mapping[str, Callable[[bytes], Iterator[bytes]]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,  # RFC 9110, 8.4.1.3
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}

# --------------------------------------------------------------------------------------------- digests


def digests(
    headers: Headers, *, coded: bytes, content: bytes, required: Sequence[str] = ()
) -> tuple[str, ...] | Finding:
    """Name the digest fields that are present and match; a finding when one does not match, or a *required* one is missing.

    *coded* is the content as it came, *content* the same with its coding undone.

    >>> digests((("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),), coded=b"", content=b"")
    ('content-md5',)
    """
    matched: list[str] = []
    for name, matches in _CHECKS.items():
        stated = _values(headers, name)
        verdict = matches(stated, coded, content) if stated else None
        if verdict is False:
            return Finding(
                code="digest_mismatch", message=f"The content does not match its {name}.", where=f"header:{name}"
            )
        if verdict:
            matched.append(name)
    for name in required:
        if name not in matched:
            return Finding(
                code="digest_missing", message=f"No {name} that can be checked came.", where=f"header:{name}"
            )
    return tuple(matched)


_Check = Callable[[list[str], bytes, bytes], "bool | None"]  # None: nothing there that can be checked
_MEMBER = re.compile(r"\s*(sha-256|sha-512)\s*=(.*)\Z", re.DOTALL)
_BYTES = re.compile(r"\s*:([A-Za-z0-9+/=]*):\s*(?:;.*)?\Z", re.DOTALL)
_HASHES: Final = {
    "sha-256": hashlib.sha256,
    "sha-512": hashlib.sha512,
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}


def _dictionary_matches(stated: list[str], coded: bytes, content: bytes) -> bool | None:
    """RFC 9530, 2 and 3: digests over the content as it was coded."""
    members = [found.groups() for member in ",".join(stated).split(",") if (found := _MEMBER.match(member))]
    if not members:
        return None
    return all(_is_digest(_HASHES[name](coded).digest(), value) for name, value in members)


def _is_digest(digest: bytes, value: str) -> bool:
    found = _BYTES.match(value)
    return found is not None and hmac.compare_digest(digest, _unbased(found[1]))


def _unbased(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _md5_matches(stated: list[str], coded: bytes, content: bytes) -> bool | None:
    digest = hashlib.md5(coded, usedforsecurity=False).digest()  # RFC 1864; a checksum, not a signature
    return all(hmac.compare_digest(digest, _unbased(value.strip())) for value in stated)


def _crc32_matches(stated: list[str], coded: bytes, content: bytes) -> bool | None:
    sums = {str(zlib.crc32(coded)), str(zlib.crc32(content))}  # services differ in whether they count before coding
    return all(value.strip() in sums for value in stated)


def _docker_matches(stated: list[str], coded: bytes, content: bytes) -> bool | None:
    """The digest of the content itself, as `algorithm:hex` (OCI distribution)."""
    for value in stated:
        algorithm, _, stated_hex = value.strip().partition(":")
        if algorithm not in _HASHES:
            return None
        if not hmac.compare_digest(_HASHES[algorithm](content).hexdigest().encode(), stated_hex.lower().encode()):
            return False
    return True


_CHECKS: Final[Mapping[str, _Check]] = {
    "content-digest": _dictionary_matches,
    "repr-digest": _dictionary_matches,
    "content-md5": _md5_matches,
    "x-amz-crc32": _crc32_matches,
    "docker-content-digest": _docker_matches,
}
