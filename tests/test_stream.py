"""Streams into events: what the WHATWG algorithm makes of each sequence of lines, and what is refused instead of guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.recorded import ANTHROPIC, ARRAY, CHAT, GEMINI, LINES, RESPONSES, said
from unabridged.schemas.condition import Mark
from unabridged.schemas.verdict import Finding
from unabridged.schemas.walk import Stream
from unabridged.schemas.wire import Json
from unabridged.validators import strict_json
from unabridged.validators.coherence import incoherent
from unabridged.validators.reading import ABSENT, Event, Found, Message, state_of
from unabridged.validators.stream import Format, ended, format_of, streamed

WALK = TypeAdapter(Stream)
DONE = WALK.validate_python({"kind": "stream", "terminal": [{"data": "[DONE]"}], "ignore": [{"event": "ping"}]})
CUT = "generation_truncated"


def read(content: bytes, form: Format = "sse", walk: Stream = DONE) -> list[tuple[str, Json]] | str:
    """The events, each with its name and its data as JSON (None for a literal), or the code of what is wrong."""
    message = streamed(walk, said(content), form, cut=CUT)
    return message.code if isinstance(message, Finding) else [(one.name, one.value.value) for one in events(message)]


def events(message: Message) -> tuple[Event, ...]:
    assert message.events is not None
    return message.events


# ----------------------------------------------------------------------------------- server-sent events

SERVER_SENT: list[tuple[str, bytes, list[tuple[str, Json]]]] = [
    ("nothing", b"", []),
    ("one event", b"data: 1\n\n", [("", 1)]),
    ("no space after the colon", b"data:1\n\n", [("", 1)]),
    ("only the first space is taken off", b'data:  "a"\n\n', [("", "a")]),
    ("a name", b"event: add\ndata: 1\n\n", [("add", 1)]),
    ("a name behind the data", b"data: 1\nevent: add\n\n", [("add", 1)]),
    ("the last of two names", b"event: a\nevent: b\ndata: 1\n\n", [("b", 1)]),
    ("a name does not last", b"event: a\ndata: 1\n\ndata: 2\n\n", [("a", 1), ("", 2)]),
    ("a name without data is no event", b"event: a\n\ndata: 1\n\n", [("", 1)]),
    ("the member `type` names an event that has no name", b'data: {"type":"x"}\n\n', [("x", {"type": "x"})]),
    ("an event's own name goes before", b'event: a\ndata: {"type":"x"}\n\n', [("a", {"type": "x"})]),
    ("several lines of data are one text", b"data: [1,\ndata: 2]\n\n", [("", [1, 2])]),
    ("a comment", b": keep-alive\n\ndata: 1\n: more\n\n", [("", 1)]),
    ("an id alone is no event", b"id: 7\n\ndata: 1\n\n", [("", 1)]),
    ("a time alone is no event", b"retry: 100\n\ndata: 1\n\n", [("", 1)]),
    ("an id beside data", b"id: 7\ndata: 1\n\n", [("", 1)]),
    ("carriage returns", b"data: 1\r\rdata: 2\r\r", [("", 1), ("", 2)]),
    ("both", b"data: 1\r\n\r\ndata: 2\r\n\r\n", [("", 1), ("", 2)]),
    ("mixed", b"data: 1\r\n\ndata: 2\n\r\n", [("", 1), ("", 2)]),
    ("a byte order mark", b"\xef\xbb\xbfdata: 1\n\n", [("", 1)]),
    ("a next line character ends no line", 'data: "a\u0085b"\n\n'.encode(), [("", "a\u0085b")]),
    ("a line separator ends no line", 'data: "a\u2028b\u2029c"\n\n'.encode(), [("", "a\u2028b\u2029c")]),
    ("a form feed ends no line", b'data: "a"\n\n', [("", "a")]),
    ("a declared literal", b"data: 1\n\ndata: [DONE]\n\n", [("", 1), ("", None)]),
    ("an ignored name excuses data that is no JSON", b"event: ping\ndata: pong\n\n", [("ping", None)]),
    ("blank lines beside each other", b"\n\n\ndata: 1\n\n\n\n", [("", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "due"), [case[1:] for case in SERVER_SENT], ids=[case[0] for case in SERVER_SENT])
def test_server_sent_events_are_read_as_browsers_read_them(content: bytes, due: list[tuple[str, Json]]) -> None:
    assert read(content) == due


REFUSED: list[tuple[str, bytes, str]] = [
    ("no blank line at the end", b"data: 1\n", CUT),
    ("no line end at the end", b"data: 1", CUT),
    ("a name that waits for its data", b"data: 1\n\nevent: a\n", CUT),
    ("half a field", b"data: 1\n\nda", CUT),
    ("half a comment", b"data: 1\n\n: keep", CUT),
    ("half a character", b'data: "\xc3', CUT),
    ("half a byte order mark", b"\xef\xbb", CUT),
    ("bad UTF-8", b'data: "\xff"\n\n', "not_json"),
    ("a lone surrogate", b'data: "\xed\xa0\x80"\n\n', "not_json"),
    ("a second byte order mark", b"\xef\xbb\xbf\xef\xbb\xbfdata: 1\n\n", "framing_error"),
    ("a name twice in an object", b'data: {"a":1,"a":2}\n\n', "not_json"),
    ("a number that is none", b"data: NaN\n\n", "not_json"),
    ("data that is no JSON and no literal", b"data: [OVER]\n\n", "not_json"),
    ("data of nothing", b"data\n\n", "empty_body"),
    ("a field that is none", b"data: 1\n\n<html>\n\n", "framing_error"),
    ("a misspelt field", b"dato: 1\n\n", "framing_error"),
    ("a second root on another line", b"data: 1\ndata: 2\n\n", "not_json"),
]


@pytest.mark.parametrize(("content", "due"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_cut_or_guesswork_is_refused(content: bytes, due: str) -> None:
    assert read(content) == due


NAMES = st.sampled_from(["", "delta", "stop", "response.output_text.delta"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.lists(st.tuples(NAMES, VALUES), max_size=8)
ENDS = st.sampled_from(["\n", "\r", "\r\n"])
BETWEEN = st.sampled_from(["", ": keep-alive", "id: 7", "retry: 3", "event: lost"])


@st.composite
def written(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, Any]]]:
    """A stream of random events, its data broken over lines at random, its lines ended in a random way each."""
    lines: list[str] = []
    due = draw(EVENTS)
    for name, value in due:
        if aside := draw(BETWEEN):
            lines += [aside, ""]
        lines += [f"event: {name}"] if name else []
        lines += [
            f"data: {line}"
            for line in json.dumps(value, ensure_ascii=False, indent=draw(st.sampled_from([None, 1]))).split("\n")
        ]
        lines.append("")
    text = draw(st.sampled_from(["", "\ufeff"]))
    for line in lines:
        after_return = not line and text.endswith("\r")  # a line feed there would end the same line
        text += line + draw(st.sampled_from(["\r", "\r\n"]) if after_return else ENDS)
    return text.encode(), due


def _named(name: str, value: Json) -> str:
    own = value.get("type") if isinstance(value, dict) else None
    return name or (own if isinstance(own, str) else "")


@given(written())
def test_however_a_stream_is_written_its_events_are_the_same(drawn: tuple[bytes, list[tuple[str, Json]]]) -> None:
    content, due = drawn
    assert read(content) == [(_named(name, value), value) for name, value in due]


@given(written(), st.integers(0, 10_000))
def test_a_stream_that_is_cut_gives_the_first_of_its_events_or_none(
    drawn: tuple[bytes, list[tuple[str, Json]]], at: int
) -> None:
    content, due = drawn
    found = read(content[: at % (len(content) + 1)])
    assert found in (CUT, "not_json") or found == [(_named(name, value), value) for name, value in due][: len(found)]


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise(content: bytes) -> None:
    for form in ("sse", "jsonl", "seq"):
        read(content, form)


# --------------------------------------------------------------------------------------- other streams

OTHERS: list[tuple[str, Format, bytes, list[tuple[str, Json]] | str]] = [
    ("lines", "jsonl", b'{"a":1}\n{"type":"b"}\n', [("", {"a": 1}), ("b", {"type": "b"})]),
    ("lines of Windows", "jsonl", b"1\r\n2\r\n", [("", 1), ("", 2)]),
    ("blank lines", "jsonl", b"1\n\n2\n", [("", 1), ("", 2)]),
    ("no lines", "jsonl", b"", []),
    ("the last line is not ended", "jsonl", b"1\n2", CUT),
    ("a line separator ends no line", "jsonl", '"a\u2028b"\n'.encode(), [("", "a\u2028b")]),
    ("a line that is no JSON", "jsonl", b"1\nb\n", "not_json"),
    ("two values on a line", "jsonl", b"1 2\n", "not_json"),
    ("a sequence", "seq", b'\x1e{"a":\n1}\n\x1e2\n', [("", {"a": 1}), ("", 2)]),
    ("a sequence whose last text is not ended", "seq", b"\x1e1\n\x1e12", CUT),
    ("a sequence that does not begin", "seq", b"1\n\x1e2\n", "framing_error"),
    ("an array", "array", b'[1, {"type":"b"}]', [("", 1), ("b", {"type": "b"})]),
    ("an empty array", "array", b"[]", []),
]  # fmt: skip


@pytest.mark.parametrize(("form", "content", "due"), [case[1:] for case in OTHERS], ids=[case[0] for case in OTHERS])
def test_lines_sequences_and_arrays_are_streams_too(
    form: Format, content: bytes, due: list[tuple[str, Json]] | str
) -> None:
    assert read(content, form) == due


FORMS: list[tuple[str, str | None, bytes, Format | None]] = [
    ("text/event-stream", None, b"", "sse"),
    ("application/x-ndjson", None, b"", "jsonl"),
    ("application/jsonl", None, b"", "jsonl"),
    ("application/json-seq", None, b"", "seq"),
    ("application/json", None, b"[1]", "array"),
    ("application/json", None, b'{"a":1}', None),
    ("application/json", "jsonl", b'{"a":1}\n', "jsonl"),
    ("text/plain", "sse", b"data: 1\n\n", "sse"),
    ("application/json", "sse", b'{"a":1}', None),
    ("text/event-stream", "jsonl", b"", "sse"),
]


@pytest.mark.parametrize(("media", "declared", "content", "due"), FORMS)
def test_the_media_type_says_what_a_stream_is_before_the_contract_does(
    media: str, declared: str | None, content: bytes, due: Format | None
) -> None:
    parsed = strict_json.parse(content)
    body = ABSENT if isinstance(parsed, Finding) else Found(state_of(parsed.value), parsed.value)
    assert format_of(WALK.validate_python({"kind": "stream", "format": declared}), media, body) == due


# --------------------------------------------------------------------------------------------- the end


def finish(content: bytes, walk: Stream = DONE) -> str | None:
    """What ended the stream, in the contract's words, or the code of what is wrong."""
    message = streamed(walk, said(content), "sse", cut=CUT)
    whole = message if isinstance(message, Finding) else ended(walk, message, cut=CUT)
    return whole.code if isinstance(whole, Finding) else whole.ended


@pytest.mark.requirement("G21")
@pytest.mark.parametrize(
    ("content", "due"),
    [
        (b"", CUT),
        (b"data: 1\n\n", CUT),
        (b"data: [DONE]\n\n", "the data [DONE]"),
        (b"data: 1\n\ndata: [DONE]\n\n", "the data [DONE]"),
        (b"data: 1\n\ndata: [DONE]\n\nevent: ping\ndata: {}\n\n", "the data [DONE]"),
        (b"data: 1\n\ndata: [DONE]\n\n: bye\n\n", "the data [DONE]"),
        (b"data: [DONE]\n\ndata: 1\n\n", "surplus_bytes"),
        (b"data: [DONE]\n\ndata: [DONE]\n\n", "surplus_bytes"),
        (b'data: "[DONE]"\n\n', CUT),
        (b"event: ping\ndata: {}\n\n", CUT),
    ],
)
def test_the_last_event_that_counts_ends_the_stream_and_no_other(content: bytes, due: str) -> None:
    assert finish(content) == due


@pytest.mark.parametrize(
    ("mark", "content", "due"),
    [
        ({"event": "stop"}, b"event: stop\ndata: {}\n\n", "the event stop"),
        ({"event": "stop"}, b'data: {"type":"stop"}\n\n', "the event stop"),
        ({"event": "stop"}, b'data: {"type":"stopped"}\n\n', CUT),
        ({"event": "stop"}, b"event: stop\ndata: over\n\n", "not_json"),
        ({"event": "stop", "data": "over"}, b"event: stop\ndata: over\n\n", "the event stop"),
        ({"at": "/done", "is": True}, b'data: {"done":true}\n\n', "an event with body:/done"),
        ({"at": "/done", "is": True}, b'data: {"done":1}\n\n', CUT),
        ({"at": "/c/*/end", "state": "value"}, b'data: {"c":[{"end":"STOP"}]}\n\n', "an event with body:/c/*/end"),
        ({"at": "/c/*/end", "state": "value"}, b'data: {"c":[]}\n\n', CUT),
        ({"event": "stop", "at": "/ok", "is": True}, b'event: stop\ndata: {"ok":false}\n\n', CUT),
    ],
)
def test_an_end_is_known_by_its_name_its_text_or_a_place_in_it(mark: dict[str, Any], content: bytes, due: str) -> None:
    assert finish(content, WALK.validate_python({"kind": "stream", "terminal": mark})) == due


@pytest.mark.parametrize("content", [ANTHROPIC, CHAT, RESPONSES, GEMINI])
def test_recorded_streams_are_the_same_with_every_line_end(content: bytes) -> None:
    due = read(content)
    assert len(due) in (2, 6, 7, 10)
    assert read(content.replace(b"\n", b"\r\n")) == read(content.replace(b"\n", b"\r")) == due


def test_recorded_lines_and_arrays_have_as_many_events_as_they_look_like() -> None:
    assert len(read(LINES, "jsonl")) == 3
    assert len(read(ARRAY, "array")) == 2


# ------------------------------------------------------------------------------------------- the beginning


@pytest.mark.parametrize(
    ("content", "due"),
    [
        (b"event: start\ndata: 1\n\ndata: 2\n\ndata: [DONE]\n\n", None),
        (b"event: ping\ndata: 0\n\nevent: start\ndata: 1\n\ndata: [DONE]\n\n", None),
        (b"data: 2\n\nevent: start\ndata: 1\n\ndata: [DONE]\n\n", "broken_stream"),
        (b"data: 2\n\ndata: [DONE]\n\n", "broken_stream"),
        (b"event: start\ndata: 1\n\nevent: start\ndata: 2\n\ndata: [DONE]\n\n", "broken_stream"),
    ],
)
def test_the_first_event_that_counts_begins_the_stream_and_no_other(content: bytes, due: str | None) -> None:
    walk = replace(DONE, initial=(Mark(event="start"),))
    message = streamed(walk, said(content), "sse", cut=CUT)
    assert not isinstance(message, Finding)
    whole = ended(walk, message, cut=CUT)
    assert not isinstance(whole, Finding)
    finding = incoherent(walk, whole)
    assert (finding and finding.code) == due
