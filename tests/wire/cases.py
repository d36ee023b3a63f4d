"""The wire corpus: what a server says, byte by byte, and the one word that must come of it.

Every class of fault that HTTP libraries were measured to let through, and everything that the RFCs forbid near it.
The word is `sound`, or the code of the finding.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Literal

import brotli  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  brotli ships no types
import zstandard

from unabridged.schemas.wire import Framing

from .raw import JSON, response

__all__ = ["CASES", "CODED", "Case", "chunked", "coded"]

MARKED: tuple[Framing, ...] = ("content-length", "chunked")
ANY_END: tuple[Framing, ...] = ("content-length", "chunked", "close-delimited")
LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is said after one request, and what must come of it.

    *then* says how the server goes on: it stays silent with the connection open, or ends it in some way.  *tls* says
    that the case needs TLS.
    """

    name: str
    said: bytes | Callable[[], Iterable[bytes]]
    expected: str
    then: Literal["stay", "end", "reset", "notify"] = "stay"
    method: Literal["GET", "HEAD", "POST"] = "GET"
    framing: tuple[Framing, ...] = ("content-length", "chunked")
    integrity: tuple[str, ...] = ()
    timeout: float = 5.0
    tls: bool = False

    def parts(self) -> Iterator[bytes]:
        """Yield what is said, piece by piece."""
        yield from (self.said,) if isinstance(self.said, bytes) else self.said()


def head(*fields: str, status: str = "200 OK", version: str = "1.1") -> bytes:
    """A head with *fields*, and nothing else."""
    lines = (f"HTTP/{version} {status}", "Content-Type: application/json", *fields, "", "")
    return "\r\n".join(lines).encode("latin-1")


def chunked(content: bytes = JSON, *, size: int = 16, last: bytes = b"0\r\n\r\n") -> bytes:
    """*content* in chunks of *size*, with *last* behind it."""
    parts = (content[at : at + size] for at in range(0, len(content), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + last


def in_chunks(body: bytes, *fields: str) -> bytes:
    """A response whose chunked content is *body*, already framed."""
    return head("Transfer-Encoding: chunked", *fields) + body


def raw_deflate(content: bytes) -> bytes:
    """Deflate without the zlib wrapper, as some servers send it."""
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(content) + engine.flush()


CODED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", partial(gzip.compress, mtime=0)),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", lambda content: bytes(brotli.compress(content))),  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  no types
    "zstd": ("zstd", lambda content: zstandard.ZstdCompressor(write_checksum=True).compress(content)),
}


def coded(name: str, content: bytes = JSON) -> tuple[bytes, str]:
    """*content* in the coding *name*, and the field that says so."""
    coding, encode = CODED[name]
    return encode(content), f"Content-Encoding: {coding}"


def sha256(content: bytes) -> str:
    """A member of a digest field."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def framing_cases() -> Iterator[Case]:
    """How the end of a message is marked, and all that can be wrong with it (RFC 9112, 6 to 8)."""
    sized = response()
    for then in ("end", "reset"):
        yield Case(name=f"content-length cut, {then}", said=sized[:-9], then=then, expected="truncated_body")
        yield Case(name=f"chunk cut, {then}", said=in_chunks(chunked())[:-20], then=then, expected="truncated_body")
        yield Case(
            name=f"no last chunk, {then}", said=in_chunks(chunked(last=b"")), then=then, expected="truncated_body"
        )
        yield Case(name=f"no bytes at all, {then}", said=b"", then=then, expected="truncated_body")
        yield Case(name=f"head cut, {then}", said=sized[:30], then=then, expected="truncated_body")
        yield Case(name=f"head without blank line, {then}", said=head()[:-2], then=then, expected="truncated_body")
        yield Case(
            name=f"last chunk without final line end, {then}",
            said=in_chunks(chunked(last=b"0\r\n")),
            then=then,
            expected="truncated_body",
        )
    yield Case(name="content-length whole", said=sized, expected="sound")
    yield Case(name="chunked whole", said=in_chunks(chunked()), expected="sound")
    yield Case(name="chunked byte by byte", said=in_chunks(chunked(size=1)), expected="sound")
    yield Case(name="trailers", said=in_chunks(chunked(last=b"0\r\nX-Checksum: 1\r\n\r\n")), expected="sound")
    yield Case(name="interim responses first", said=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + sized, expected="sound")
    yield Case(name="early but clean end", said=in_chunks(chunked(JSON[:-9])), expected="not_json")
    yield Case(name="content-length too small", said=head("Content-Length: 9") + JSON, expected="surplus_bytes")
    yield Case(name="bytes after the last chunk", said=in_chunks(chunked()) + b"x", expected="surplus_bytes")
    yield Case(name="a second response unasked", said=sized * 2, expected="surplus_bytes")
    yield Case(name="204 with content", said=head(status="204 No Content") + JSON, expected="surplus_bytes")
    yield Case(name="304 with content", said=head(status="304 Not Modified") + JSON, expected="surplus_bytes")
    yield Case(name="HEAD with content", said=sized, method="HEAD", expected="surplus_bytes")
    yield Case(
        name="content-length and chunked",
        said=head(f"Content-Length: {len(JSON)}", "Transfer-Encoding: chunked") + chunked(),
        expected="framing_error",
    )
    yield Case(
        name="chunked in HTTP/1.0",
        said=head("Transfer-Encoding: chunked", version="1.0") + chunked(),
        expected="framing_error",
    )
    yield Case(name="same content-length twice", said=response(JSON, f"Content-Length: {len(JSON)}"), expected="sound")
    for name, field in {
        "two content-lengths": "Content-Length: 9",
        "negative content-length": "Content-Length: -1",
        "signed content-length": "Content-Length: +46",
        "content-length that is no number": "Content-Length: x",
        "content-length list": "Content-Length: 46, 9",
        "gzip as transfer coding": "Transfer-Encoding: gzip, chunked",
        "chunked twice": "Transfer-Encoding: chunked, chunked",
        "identity as transfer coding": "Transfer-Encoding: identity",
        "odd transfer coding": "Transfer-Encoding: xchunked",
    }.items():
        said = response(JSON, field) if field.startswith("Content-Length: 9") else head(field) + JSON
        yield Case(name=name, said=said, expected="framing_error")
    for name, size in {"no hexadecimal": b"xyz", "negative": b"-1", "huge": b"f" * 40, "empty": b""}.items():
        said = in_chunks(size + b"\r\n" + chunked())
        yield Case(name=f"chunk size: {name}", said=said, expected="framing_error")
    yield Case(name="chunk longer than its size", said=in_chunks(b"2\r\nabcd\r\n0\r\n\r\n"), expected="framing_error")
    yield Case(
        name="endless chunk extension",
        said=lambda: (in_chunks(b"2;"), *repeat(b"x" * 4096, 64)),
        expected="framing_error",
    )


def close_delimited_cases() -> Iterator[Case]:
    """Content that ends where the connection ends: nothing proves that it is all (RFC 9112, 8)."""
    for version in ("1.0", "1.1"):
        said = head(version=version) + JSON
        yield Case(name=f"close-delimited HTTP/{version}", said=said, then="end", expected="unproven_end")
        yield Case(name=f"close-delimited HTTP/{version}, cut", said=said[:-9], then="end", expected="unproven_end")
        yield Case(name=f"close-delimited HTTP/{version}, reset", said=said, then="reset", expected="unproven_end")
        yield Case(name=f"licensed HTTP/{version}", said=said, then="end", framing=ANY_END, expected="sound")
        yield Case(
            name=f"licensed HTTP/{version}, cut", said=said[:-9], then="end", framing=ANY_END, expected="not_json"
        )
    cut = head() + JSON[:-9]
    yield Case(name="licensed, reset", said=cut, then="reset", framing=ANY_END, expected="truncated_body")
    yield Case(name="licensed, no end", said=head() + JSON, framing=ANY_END, timeout=0.2, expected="attempt_timeout")
    for framing in (MARKED, ANY_END):
        licence = "licensed" if "close-delimited" in framing else "unlicensed"
        without = "truncated_body" if framing == ANY_END else "unproven_end"
        name = f"TLS without close_notify, {licence}"
        yield Case(name=name, said=head() + JSON, then="end", framing=framing, tls=True, expected=without)
    name = "TLS with close_notify, licensed"
    yield Case(name=name, said=head() + JSON, then="notify", framing=ANY_END, tls=True, expected="sound")
    yield Case(name="TLS, sized", said=response(), tls=True, expected="sound")
    yield Case(name="TLS, cut", said=response()[:-9], then="end", tls=True, expected="truncated_body")
    yield Case(name="TLS, surplus", said=response() + b"x", tls=True, expected="surplus_bytes")


def head_cases() -> Iterator[Case]:
    """Status lines and fields that are not HTTP, or do not end (RFC 9112, 4 and 5)."""
    for name, said in {
        "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/0.9": b"<html>It works</html>\r\n\r\n",
        "HTTP/2 preface": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\r\n\r\n",
        "status of two digits": b"HTTP/1.1 99 Odd\r\n\r\n",
        "status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
        "field without colon": head("nonsense"),
        "blank before the colon": head("X-Odd : 1"),
        "NUL in a field": head("X-Odd: a\0b"),
        "bare CR in a field": head("X-Odd: a\rb"),
        "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    }.items():
        yield Case(name=name, said=said, expected="framing_error")
    line = b"X-Filler: " + b"x" * 1000 + b"\r\n"
    yield Case(name="endless fields", said=lambda: (head()[:-2], *repeat(line, 500)), expected="framing_error")
    yield Case(
        name="endless field",
        said=lambda: (b"HTTP/1.1 200 OK\r\nX: ", *repeat(b"x" * 4096, 100)),
        expected="framing_error",
    )
    yield Case(
        name="endless trailers", said=lambda: (in_chunks(b"0\r\n"), *repeat(line, 500)), expected="framing_error"
    )
    interim = b"HTTP/1.1 102 Processing\r\n\r\n"
    yield Case(name="endless interim responses", said=lambda: repeat(interim, 5000), expected="framing_error")
    yield Case(name="terminal codes in a field", said=response(JSON, "X-Odd: \x1b[2J"), expected="sound")


def coding_cases() -> Iterator[Case]:
    """Codings cut or damaged inside sound framing (RFC 1952, 1950, 7932, 8878)."""
    for name in CODED:
        body, field = coded(name)
        yield Case(name=f"{name} whole", said=response(body, field), expected="sound")
        yield Case(name=f"{name} whole, chunked", said=in_chunks(chunked(body), field), expected="sound")
        yield Case(
            name=f"{name} cut in half", said=response(body[: len(body) // 2], field), expected="truncated_coding"
        )
        for missing in range(1, 9):
            said = response(body[:-missing], field)
            yield Case(name=f"{name} without its last {missing}", said=said, expected="truncated_coding")
        yield Case(
            name=f"{name} with garbage behind", said=response(body + b"\n\n", field), expected="truncated_coding"
        )
        yield Case(name=f"{name} that is plain", said=response(JSON, field), expected="truncated_coding")
        yield Case(name=f"{name} over no bytes", said=response(b"", field), expected="truncated_coding")
    body, field = coded("gzip")
    for name, place in {"CRC": -8, "ISIZE": -1}.items():
        damaged = bytearray(body)
        damaged[place] ^= 1
        yield Case(name=f"gzip with a wrong {name}", said=response(bytes(damaged), field), expected="truncated_coding")
    for name in ("gzip", "zstd"):
        first, field = coded(name, JSON[:20])
        second, _ = coded(name, JSON[20:])
        yield Case(name=f"{name} of two members", said=response(first + second, field), expected="sound")
        cut = response(first + second[:-9], field)
        yield Case(name=f"{name} of two members, the second cut", said=cut, expected="truncated_coding")
        many, _ = coded(name, b"")
        flood = response(many * 5000, field)
        yield Case(name=f"{name} of 5,000 empty members", said=flood, expected="truncated_coding")
    twice = gzip.compress(body)
    yield Case(name="gzip, gzip", said=response(twice, "Content-Encoding: gzip, gzip"), expected="unsupported_coding")
    for coding in ("x-foo", "compress", "aws-chunked", "gzip, x-foo"):
        said = response(body, f"Content-Encoding: {coding}")
        yield Case(name=f"coding {coding}", said=said, expected="unsupported_coding")
    yield Case(name="coding identity", said=response(JSON, "Content-Encoding: identity"), expected="sound")
    large = b"[" + b" " * (2 * LIMIT) + b"]"
    for name in CODED:
        body, field = coded(name, large)
        yield Case(name=f"{name} beyond the limit", said=response(body, field), expected="body_too_large")
    yield Case(name="content beyond the limit", said=response(large), expected="body_too_large")
    yield Case(name="chunks beyond the limit", said=in_chunks(chunked(large, size=4096)), expected="body_too_large")
    announced = head("Content-Length: 99999999999")
    yield Case(name="announced beyond the limit", said=announced, expected="body_too_large")


def digest_cases() -> Iterator[Case]:
    """Digests that are there, wrong, or missing (RFC 9530; RFC 1864)."""
    body, coding = coded("gzip")
    required = ("content-digest",)
    right, wrong = f"Content-Digest: {sha256(JSON)}", f"Content-Digest: {sha256(b'other')}"
    yield Case(name="content-digest", said=response(JSON, right), integrity=required, expected="sound")
    yield Case(name="content-digest wrong", said=response(JSON, wrong), expected="digest_mismatch")
    yield Case(name="content-digest missing", said=response(), integrity=required, expected="digest_missing")
    odd = "Content-Digest: unixsum=:AAAA:"
    yield Case(name="content-digest unknown", said=response(JSON, odd), integrity=required, expected="digest_missing")
    broken = "Content-Digest: sha-256=nonsense"
    yield Case(name="content-digest no bytes", said=response(JSON, broken), expected="digest_mismatch")
    of_coded = f"Content-Digest: {sha256(body)}"
    yield Case(name="content-digest of gzip", said=response(body, coding, of_coded), expected="sound")
    yield Case(name="repr-digest wrong", said=response(JSON, f"Repr-Digest: {sha256(b'')}"), expected="digest_mismatch")
    trailing = in_chunks(chunked(last=b"0\r\n" + wrong.encode() + b"\r\n\r\n"))
    yield Case(name="content-digest wrong in a trailer", said=trailing, expected="digest_mismatch")
    md5 = base64.b64encode(hashlib.md5(JSON).digest()).decode()
    yield Case(
        name="content-md5", said=response(JSON, f"Content-MD5: {md5}"), integrity=("content-md5",), expected="sound"
    )
    yield Case(name="content-md5 wrong", said=response(b"[]", f"Content-MD5: {md5}"), expected="digest_mismatch")
    yield Case(name="crc32", said=response(JSON, f"x-amz-crc32: {zlib.crc32(JSON)}"), expected="sound")
    yield Case(name="crc32 wrong", said=response(JSON, "x-amz-crc32: 1"), expected="digest_mismatch")
    docker = f"Docker-Content-Digest: sha256:{hashlib.sha256(JSON).hexdigest()}"
    yield Case(name="docker digest", said=response(JSON, docker), expected="sound")
    yield Case(name="docker digest wrong", said=response(b"[]", docker), expected="digest_mismatch")


def meaning_cases() -> Iterator[Case]:
    """Whole messages that are no answer: statuses, media types, JSON that readers disagree on."""
    for status, code in {
        "202 Accepted": "unexpected_status",
        "203 Non-Authoritative Information": "unexpected_status",
        "206 Partial Content": "partial_response",
        "207 Multi-Status": "unexpected_status",
        "503 Service Unavailable": "unavailable",
        "429 Too Many Requests": "rate_limited",
        "404 Not Found": "not_found",
    }.items():
        yield Case(name=status, said=response(status=status), expected=code)
    yield Case(name="204", said=b"HTTP/1.1 204 No Content\r\n\r\n", expected="unexpected_status")
    yield Case(name="content-range", said=response(JSON, "Content-Range: bytes 0-45/90"), expected="partial_response")
    yield Case(name="a login page", said=response(b"<html>", media="text/html"), expected="wrong_media_type")
    yield Case(name="a problem", said=response(media="application/problem+json"), expected="upstream_error")
    for name, body in {
        "duplicate names": b'{"a": 1, "a": 2}',
        "NaN": b"[NaN]",
        "Infinity": b"[Infinity]",
        "1e400": b"[1e400]",
        "an integer of 5,000 digits": b"[" + b"9" * 5000 + b"]",
        "a lone surrogate": b'["\\ud800"]',
        "a surrogate in UTF-8": b'["\xed\xa0\x80"]',
        "an overlong form": b'["\xc0\xaf"]',
        "bad UTF-8": b'["\xff"]',
        "ISO 8859-1": '["é"]'.encode("latin-1"),
        "a byte order mark": b"\xef\xbb\xbf[]",
        "UTF-16": "[]".encode("utf-16"),
        "UTF-32": "[]".encode("utf-32"),
        "65 levels": b"[" * 65 + b"1" + b"]" * 65,
        "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
        "cut": JSON[:-1],
        "two values": JSON * 2,
        "a trailing comma": b"[1,]",
        "a comment": b"[1] // one",
    }.items():
        yield Case(name=f"JSON with {name}", said=response(body), expected="not_json")
    yield Case(name="no content", said=response(b""), expected="empty_body")
    yield Case(name="blanks", said=response(b" \r\n"), expected="empty_body")
    latin = response('["é"]'.encode("latin-1"), media="application/json; charset=iso-8859-1")
    yield Case(name="a declared ISO 8859-1", said=latin, expected="not_json")


def time_cases() -> Iterator[Case]:
    """Servers that stop talking, or talk too slowly (each byte comes well before any read would time out)."""
    yield Case(name="silence", said=b"", timeout=0.2, expected="attempt_timeout")
    yield Case(name="stall in the head", said=head()[:-2], timeout=0.2, expected="attempt_timeout")
    yield Case(name="stall in the content", said=response()[:-9], timeout=0.2, expected="attempt_timeout")
    yield Case(name="stall in a chunk", said=in_chunks(chunked())[:-20], timeout=0.2, expected="attempt_timeout")


CASES = (
    *framing_cases(),
    *close_delimited_cases(),
    *head_cases(),
    *coding_cases(),
    *digest_cases(),
    *meaning_cases(),
    *time_cases(),
)
