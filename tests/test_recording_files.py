"""Files of recordings: exact to the byte, readable, and strict about what is read."""

from __future__ import annotations

import json
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scripted import contract
from unabridged.schemas.recording import Ended, Exchange, Recording
from unabridged.schemas.wire import Body, Fault, Outcome, Request, Response
from unabridged.tools.recordings.content import content_from, shown_content
from unabridged.tools.recordings.file import RecordingError, load, read_recording, recording_text, save
from unabridged.tools.recordings.hiding import Hiding
from unabridged.tools.recordings.redacting import redacted
from unabridged.tools.recordings.replayed import call_again
from unabridged.tools.recordings.surveying import survey
from unabridged.tools.shapes import is_list, is_object

_TIMES = st.floats(min_value=0, max_value=1e10)
_TOKENS = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
_TEXTS = st.text(max_size=20)
_ITEMS = st.none() | st.integers(0)
_ENDS = st.builds(Ended, code=_TOKENS, grade=st.sampled_from(["none", "counted"]), items=_ITEMS) | st.builds(
    Ended, grade=st.sampled_from(["heuristic", "terminated", "counted"]), items=_ITEMS
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def _written(value: Any, ascii_only: bool, indent: int | None, after: str) -> bytes:
    return (json.dumps(value, ensure_ascii=ascii_only, indent=indent) + after).encode()


_WRITTEN = st.builds(
    _written,
    _JSON,
    st.booleans(),
    st.sampled_from([None, 1, 2, 4]),
    st.sampled_from(["", "\n", " \r\n\t"]),
)
_CONTENT = st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | _WRITTEN
_VALUES = _TEXTS.filter(lambda text: not set(text) & set("\r\n\0"))
_HEADERS = st.lists(st.tuples(_TOKENS, _VALUES), max_size=4).map(tuple)
_URLS = st.builds(
    "https://{}/{}?{}".format,
    _TOKENS,
    st.text("ab/%2F.", max_size=8),
    st.text("ab=&%2é;+", max_size=12),
)
_REQUESTS = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST"]),
    url=_URLS,
    headers=_HEADERS,
    body=st.none() | st.builds(Body, content=_CONTENT, media=_TEXTS),
    resend=st.booleans(),
    purpose=st.sampled_from(["page", "probe", "open"]),
    media=st.lists(_TEXTS, max_size=2).map(tuple),
    integrity=st.lists(_TEXTS, max_size=2).map(tuple),
    keyed=st.sampled_from([None, "ours", "callers"]),
)
_OUTCOMES: st.SearchStrategy[Outcome] = st.builds(
    Response,
    status=st.integers(100, 599),
    headers=_HEADERS,
    content=_CONTENT,
    framing=st.sampled_from(["content-length", "chunked", "close-delimited", "none"]),
    received_at=_TIMES,
    elapsed=_TIMES,
    wire_bytes=st.integers(0, 2**70),
    digests=st.lists(_TEXTS, max_size=2).map(tuple),
    peer=st.none() | _TEXTS,
) | st.builds(
    Fault,
    kind=st.sampled_from(["connect", "timeout", "truncated"]),
    code=_TOKENS,
    sent=st.sampled_from(["never", "maybe"]),
    detail=_TEXTS,
    have=st.none() | st.integers(0),
    elapsed=_TIMES,
    after=st.none() | _TIMES,
)
_RECORDINGS = st.builds(
    Recording,
    tool=_TEXTS,
    arguments=st.dictionaries(_TEXTS, _JSON, max_size=3),
    digest=_TEXTS,
    at=_TIMES,
    receipt=_TEXTS,
    environment=st.dictionaries(_TOKENS, _TEXTS, max_size=2),
    exchanges=st.lists(st.builds(Exchange, request=_REQUESTS, outcome=_OUTCOMES, asked_by=_TEXTS), max_size=3).map(
        tuple
    ),
    left_out=st.integers(0, 5),
    flows=st.dictionaries(_TEXTS, st.lists(_TEXTS, max_size=2).map(tuple), max_size=2),
    ended=st.none() | _ENDS,
    redacted=st.lists(_TEXTS, max_size=2).map(tuple),
    reviewed=st.booleans(),
)


@given(_RECORDINGS)
@settings(max_examples=300, deadline=None)
def test_what_is_read_is_what_was_written(recording: Recording) -> None:
    assert read_recording(recording_text(recording).encode(), "a.json") == recording


@given(_CONTENT)
@settings(max_examples=500, deadline=None)
def test_content_is_kept_to_the_byte(content: bytes) -> None:
    shown = shown_content(content)
    assert content_from(json.loads(json.dumps(shown))) == content


@given(_RECORDINGS, st.sampled_from(["/", "/a", "/*", "body:", "header:a", "query:a", "input:"]))
@settings(max_examples=200, deadline=None)
def test_any_recording_can_be_looked_through_redacted_and_held_again(recording: Recording, place: str) -> None:
    survey(recording)
    hiding = Hiding(key=b"k", secrets=frozenset({"aa", "secret-9", "=="}), settings={"A": "abab"}, places=(place,))
    kept = redacted(recording, hiding)
    assert read_recording(recording_text(kept).encode(), "a.json") == kept
    anyio.run(lambda: call_again(kept, contract()))


@pytest.mark.parametrize("url", ["http://[", "https://a.test:99999999/", "\x00", "//", "?"])
def test_a_url_of_a_hostile_file_is_refused_or_looked_through(url: str) -> None:
    document = _document()
    document["exchanges"][0]["request"]["url"] = url
    with suppress(RecordingError):
        recording = read_recording(json.dumps(document).encode(), "a.json")
        survey(recording)
        redacted(recording, Hiding(key=b"k", places=("query:a",)))


def test_a_page_of_json_stands_in_the_file_as_json() -> None:
    page = b'{"items": [{"id": 1}, {"id": 2}], "next": null}\n'
    assert shown_content(page)["json"] == {"items": [{"id": 1}, {"id": 2}], "next": None}


@given(st.binary(max_size=80) | _JSON.map(lambda value: json.dumps(value).encode()))
@settings(deadline=None)
def test_bytes_that_are_no_recording_are_refused_with_one_error(content: bytes) -> None:
    with pytest.raises(RecordingError, match=r"^a\.json"):
        read_recording(content, "a.json")


def _document() -> dict[str, Any]:
    response = Response(status=200, headers=(("a", "b"),), content=b"[1]", framing="chunked", received_at=1.0)
    exchange = Exchange(request=Request(method="GET", url="https://a.test/"), outcome=response)
    return dict(json.loads(recording_text(Recording(tool="t", exchanges=(exchange,), at=1.0))))


def _members(value: Any) -> list[tuple[str | int, Any]]:
    if is_object(value):
        return list(value.items())
    return list(enumerate(value)) if is_list(value) else []


def _places(value: Any, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = [((*way, name), one) for name, one in _members(value)]
    return [place for place, _ in inside] + [below for place, one in inside for below in _places(one, place)]


@given(st.sampled_from(_places(_document())), _JSON)
@settings(max_examples=400, deadline=None)
def test_a_file_with_any_value_replaced_is_read_or_refused_and_never_crashes(
    place: tuple[str | int, ...], value: Any
) -> None:
    document = _document()
    inside: Any = document
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    with suppress(RecordingError):
        read_recording(json.dumps(document).encode(), "a.json")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"unabridged_recording": 2}, "version 1"),
        ({"surprise": 1}, "/surprise"),
        ({"exchanges": [{"request": {"method": "GET", "url": "/"}}]}, "either a `response` or a `fault`"),
        ({"arguments": [1]}, "/arguments"),
        ({"left_out": -1}, "/left_out: expected at least 0"),
        ({"left_out": True}, "/left_out: expected a whole number"),
        ({"left_out": "1"}, "/left_out: expected a whole number"),
        ({"reviewed": "yes"}, "/reviewed: expected true or false"),
        ({"reviewed": 1}, "/reviewed: expected true or false"),
        ({"at": "17"}, "/at: expected a number"),
        ({"tool": 17}, "/tool: expected a text"),
        ({"exchanges": {}}, "/exchanges: expected a list"),
        ({"exchanges": [1]}, "/exchanges/0: expected an object"),
        ({"redacted": "credentials"}, "/redacted: expected a list"),
        ({"environment": []}, "/environment: expected an object"),
        ({"ended": {"grade": "zzz"}}, "/ended/grade: expected one of 'none', 'heuristic'"),
        ({"ended": {}}, "/ended: expected a `code`, or a `grade` other than none"),
        ({"ended": {"grade": "none"}}, "/ended: expected a `code`, or a `grade` other than none"),
        ({"ended": {"grade": "counted", "items": -1}}, "/ended/items: expected at least 0"),
        ({"tool": None}, "/tool: expected a text"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordingError) as refused:
        read_recording(json.dumps({**_document(), **change}).encode(), "a.json")
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b'{"tool": "a", "tool": "b"}',
        b"[" * 100_000,
        b'{"at": 1e400}',
        b'{"at": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b"",
    ],
)
def test_a_hostile_file_is_refused(content: bytes) -> None:
    with pytest.raises(RecordingError):
        read_recording(content, "a.json")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none\.json: it cannot be read"):
        load(tmp_path / "none.json")


def test_a_file_is_for_its_owner_only_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    recording = Recording(tool="t", at=1.0)
    save(tmp_path / "a.json", recording)
    assert load(tmp_path / "a.json") == recording
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_recording_that_could_not_be_read_is_not_written_and_the_one_before_stays(tmp_path: Path) -> None:
    path, recording = tmp_path / "a.json", Recording(tool="t", at=1.0)
    length = len(recording_text(recording))
    save(path, recording, largest=length)
    with pytest.raises(RecordingError, match="longer than"):
        save(path, Recording(tool="t", at=1.0, receipt="r"), largest=length)
    assert load(path) == recording
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("part", "change", "reason"),
    [
        ("response", {"elapsed": -5}, "/exchanges/0/response/elapsed: expected at least 0"),
        ("response", {"wire_bytes": -1}, "/exchanges/0/response/wire_bytes: expected at least 0"),
        ("response", {"wire_bytes": 1.5}, "/exchanges/0/response/wire_bytes: expected a whole number"),
        ("response", {"status": "200"}, "/exchanges/0/response/status: expected a whole number"),
        ("response", {"framing": "none at all"}, "/exchanges/0/response/framing: expected one of"),
        ("response", {"headers": ["a: b\r\nset-cookie: c"]}, "/exchanges/0/response/headers: expected `name: value`"),
        ("request", {"headers": ["a\n: b"]}, "/exchanges/0/request/headers: expected `name: value`"),
        ("request", {"method": "GET / HTTP/1.1\r\n"}, "/exchanges/0/request/method: expected a method"),
        ("request", {"resend": "yes"}, "/exchanges/0/request/resend: expected true or false"),
    ],
)
def test_a_wrong_exchange_is_refused_in_the_words_of_the_file(part: str, change: dict[str, Any], reason: str) -> None:
    document = _document()
    document["exchanges"][0][part] |= change
    with pytest.raises(RecordingError) as refused:
        read_recording(json.dumps(document).encode(), "a.json")
    assert reason in str(refused.value)
    assert "tuple" not in str(refused.value)


@pytest.mark.parametrize("number", ["-5", '"0"', "true", "1e999"])
def test_a_fault_that_took_no_time_there_is_is_refused(number: str) -> None:
    document = _document()
    fault = {"kind": "connect", "code": "unreachable", "sent": "never", "detail": "", "elapsed": "HERE"}
    document["exchanges"] = [{"request": document["exchanges"][0]["request"], "fault": fault}]
    with pytest.raises(RecordingError):
        read_recording(json.dumps(document).replace('"HERE"', number).encode(), "a.json")
