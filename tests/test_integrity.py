"""Framing, content codings and digests, as tables and as laws."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from base64 import b64encode
from operator import mul

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.cases import CODED, coded
from unabridged.schemas.verdict import Finding
from unabridged.schemas.wire import Headers
from unabridged.validators.integrity import decoded, digests, framing

MEBIBYTE = 1024 * 1024
BODIES: st.SearchStrategy[bytes] = st.one_of(st.binary(), st.builds(mul, st.binary(min_size=1), st.integers(1, 5000)))
CODINGS = st.sampled_from(sorted(CODED))


def field(line: str) -> Headers:
    """One field line as the transport keeps it."""
    name, _, value = line.partition(": ")
    return ((name.lower(), value),)


def code(outcome: object) -> str:
    """The code of a finding, `whole` for anything else."""
    return outcome.code if isinstance(outcome, Finding) else "whole"


@pytest.mark.requirement("G14")
@given(CODINGS, BODIES)
def test_what_was_coded_comes_back(name: str, body: bytes) -> None:
    content, line = coded(name, body)
    assert decoded(content, field(line), limit=MEBIBYTE * 8) == body


@pytest.mark.requirement("G14")
@given(CODINGS, BODIES, st.data())
def test_every_proper_prefix_of_a_coded_body_is_refused(name: str, body: bytes, data: st.DataObject) -> None:
    content, line = coded(name, body)
    length = data.draw(st.integers(0, len(content) - 1))
    assert code(decoded(content[:length], field(line), limit=MEBIBYTE * 8)) == "truncated_coding"


@pytest.mark.requirement("G14")
@given(st.sampled_from(["gzip", "zstd"]), st.lists(st.binary(), min_size=1, max_size=5))
def test_all_members_come_back(name: str, parts: list[bytes]) -> None:
    _, line = coded(name)
    content = b"".join(coded(name, part)[0] for part in parts)
    assert decoded(content, field(line), limit=MEBIBYTE) == b"".join(parts)


@pytest.mark.requirement("G14")
@given(st.sampled_from(["gzip", "deflate", "zstd"]), st.binary(min_size=1), st.data())
def test_a_damaged_body_with_a_checksum_never_comes_back_otherwise(name: str, body: bytes, data: st.DataObject) -> None:
    content, line = coded(name, body)
    place, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    damaged = bytearray(content)
    damaged[place] ^= 1 << bit
    came = decoded(bytes(damaged), field(line), limit=MEBIBYTE)
    assert isinstance(came, Finding) or came == body


@pytest.mark.requirement("G40")
@given(st.sampled_from(["gzip", "x-gzip", "deflate", "br", "zstd", "x", "gzip, br", ""]), st.binary())
def test_any_bytes_in_any_coding_are_content_or_a_finding(coding: str, content: bytes) -> None:
    assert isinstance(decoded(content, (("content-encoding", coding),), limit=MEBIBYTE), bytes | Finding)


@pytest.mark.requirement("G14")
@given(CODINGS, st.binary(min_size=1), st.binary(min_size=1, max_size=8))
def test_bytes_behind_the_end_are_refused(name: str, body: bytes, garbage: bytes) -> None:
    content, line = coded(name, body)
    assert code(decoded(content + garbage, field(line), limit=MEBIBYTE)) in ("truncated_coding", "body_too_large")


@pytest.mark.requirement("G34")
@pytest.mark.parametrize("name", CODED)
def test_content_of_exactly_the_limit_comes_back_and_one_byte_more_does_not(name: str) -> None:
    content, line = coded(name, b"x" * 300_000)
    assert code(decoded(content, field(line), limit=300_000)) == "whole"
    assert decoded(content, field(line), limit=299_999) == Finding(
        code="body_too_large",
        message="The unpacked content is larger than the contract allows.",
        have=300_000,
        expected=299_999,
    )


def test_a_zstd_window_beyond_8_mib_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, compression_level=1)
    engine = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    content = engine.compress(b"x" * 100) + engine.flush()
    assert code(decoded(content, field("Content-Encoding: zstd"), limit=MEBIBYTE)) == "truncated_coding"


def test_a_gzip_trailer_is_checked() -> None:
    content = bytearray(gzip.compress(b"[1,2,3]"))
    content[-5] ^= 1
    assert code(decoded(bytes(content), field("Content-Encoding: gzip"), limit=100)) == "truncated_coding"


def test_content_without_a_coding_is_left_alone() -> None:
    assert decoded(b"", (), limit=0) == b""
    assert decoded(b"[]", field("Content-Encoding: identity"), limit=10) == b"[]"


@pytest.mark.requirement("G12")
@pytest.mark.parametrize(
    ("method", "status", "version", "lines", "expected"),
    [
        ("GET", 200, "1.1", ["Content-Length: 5"], "content-length"),
        ("GET", 200, "1.1", ["Content-Length: 5, 5"], "content-length"),
        ("GET", 200, "1.1", ["Content-Length: 5", "Content-Length: 5"], "content-length"),
        ("GET", 200, "1.1", ["Content-Length: 5", "Content-Length: 6"], "framing_error"),
        ("GET", 200, "1.1", ["Transfer-Encoding: chunked"], "chunked"),
        ("GET", 200, "1.1", ["Transfer-Encoding: Chunked"], "chunked"),
        ("GET", 200, "1.1", ["Transfer-Encoding: gzip, chunked"], "framing_error"),
        ("GET", 200, "1.1", ["Transfer-Encoding: chunked", "Content-Length: 5"], "framing_error"),
        ("GET", 200, "1.0", ["Transfer-Encoding: chunked"], "framing_error"),
        ("GET", 200, "1.1", [], "close-delimited"),
        ("GET", 200, "1.0", ["Content-Length: 5"], "content-length"),
        ("HEAD", 200, "1.1", ["Content-Length: 5"], "none"),
        ("GET", 204, "1.1", [], "none"),
        ("GET", 304, "1.1", ["Content-Length: 5"], "none"),
    ],
)
def test_framing_is_what_the_fields_say_or_an_error(
    method: str, status: int, version: str, lines: list[str], expected: str
) -> None:
    headers = tuple(pair for line in lines for pair in field(line))
    found = framing(method=method, status=status, version=version, headers=headers)
    assert (found.code if isinstance(found, Finding) else found) == expected


BODY = b'{"hello": "world"}'
SHA256 = b64encode(hashlib.sha256(BODY).digest()).decode()
SHA512 = b64encode(hashlib.sha512(BODY).digest()).decode()
MD5 = b64encode(hashlib.md5(BODY).digest()).decode()
OTHER = b64encode(hashlib.sha256(b"").digest()).decode()


@pytest.mark.requirement("G22")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"Content-Digest: sha-256=:{SHA256}:", "whole"),
        (f"Content-Digest: sha-512=:{SHA512}:", "whole"),
        (f"Content-Digest: sha-256=:{SHA256}:, sha-512=:{SHA512}:", "whole"),
        (f"Content-Digest: sha-256=:{SHA256}:;note=1", "whole"),
        (f"Content-Digest: unixsum=:AA==:, sha-256=:{SHA256}:", "whole"),
        (f"Content-Digest: sha-256=:{OTHER}:", "digest_mismatch"),
        (f"Content-Digest: sha-256=:{SHA256}:, sha-512=:{OTHER}:", "digest_mismatch"),
        ("Content-Digest: sha-256=::", "digest_mismatch"),
        ("Content-Digest: sha-256=:not base64:", "digest_mismatch"),
        ("Content-Digest: sha-256=1", "digest_mismatch"),
        ("Content-Digest: md5=:AAAA:", "digest_missing"),
        ("Content-Digest: ", "digest_missing"),
        (f"Repr-Digest: sha-256=:{SHA256}:", "whole"),
        (f"Repr-Digest: sha-256=:{OTHER}:", "digest_mismatch"),
        (f"Content-MD5: {MD5}", "whole"),
        ("Content-MD5: AAAA", "digest_mismatch"),
        (f"x-amz-crc32: {zlib.crc32(BODY)}", "whole"),
        ("x-amz-crc32: 0", "digest_mismatch"),
        (f"Docker-Content-Digest: sha256:{hashlib.sha256(BODY).hexdigest()}", "whole"),
        (f"Docker-Content-Digest: sha512:{hashlib.sha512(BODY).hexdigest()}", "whole"),
        (f"Docker-Content-Digest: sha256:{'0' * 64}", "digest_mismatch"),
        ("Docker-Content-Digest: blake3:00", "digest_missing"),
    ],
)
def test_a_digest_is_checked_where_it_is_and_missed_where_it_must_be(line: str, expected: str) -> None:
    headers = field(line)
    found = digests(headers, coded=BODY, content=BODY, required=(headers[0][0],))
    assert code(found) == expected


def test_digests_that_match_are_named() -> None:
    headers = field(f"Content-MD5: {MD5}") + field(f"Content-Digest: sha-256=:{SHA256}:")
    assert digests(headers, coded=BODY, content=BODY) == ("content-digest", "content-md5")


def test_a_content_digest_is_of_the_coded_content() -> None:
    packed = gzip.compress(BODY)
    line = f"Content-Digest: sha-256=:{b64encode(hashlib.sha256(packed).digest()).decode()}:"
    assert digests(field(line), coded=packed, content=BODY) == ("content-digest",)


@given(
    st.sampled_from(["content-digest", "repr-digest", "content-md5", "x-amz-crc32", "docker-content-digest"]), st.text()
)
def test_any_text_in_a_digest_field_is_judged(name: str, text: str) -> None:
    assert isinstance(digests(((name, text),), coded=BODY, content=BODY), tuple | Finding)
