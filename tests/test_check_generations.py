"""What `check` says of streams and of generated answers, before they are asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.toolfiles import read_one
from unabridged.tools.catalog import Catalog

GENERATED: dict[str, Any] = {
    "claim": "generation",
    "request": {"url": "/generate", "method": "POST", "body": {}},
    "response": {"media": "text/event-stream", "generation": {"text": "event:*:/text"}},
    "walk": {"kind": "stream", "terminal": {"event": "done"}},
    "complete": {"outcome": {"at": "terminal:/reason", "accept": "stop"}},
}
LISTED: dict[str, Any] = {
    "response.media": "application/x-ndjson",
    "response.items": {"at": "", "id": "/id"},
    "walk": {"kind": "stream", "terminal": {"event": "done"}},
}


def said(catalog: Catalog) -> list[str]:
    return [str(problem).rpartition("/file.json:")[2].partition(": ")[2] for problem in catalog.problems]


@pytest.mark.parametrize("tool", [GENERATED, LISTED])
def test_a_stream_that_says_how_it_ends_is_sound(tmp_path: Path, tool: dict[str, Any]) -> None:
    assert said(read_one(tmp_path, tool)) == []


MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    ("no text", {"response.generation": None}, "/tools/0/response/generation: expected `generation` for `claim: generation`, where its text is, found nothing"),
    ("no stop reason", {"complete": None}, "/tools/0/complete/outcome: expected `outcome` for `claim: generation`, how it may stop, found nothing"),
    ("no place of text", {"response.generation.text": []}, "/tools/0/response/generation/text: expected at least one place, found none"),
    ("no place of a stop reason", {"complete.outcome.at": []}, "/tools/0/complete/outcome/at: expected at least one place, found none"),
    ("nothing is accepted", {"complete.outcome.accept": []}, "/tools/0/complete/outcome/accept: expected at least one stop reason that makes an answer, found none"),
    ("a word in two tables", {"complete.outcome.refused": ["stop"]}, "/tools/0/complete/outcome/refused: expected each stop reason in one table, found `stop` under `accept` too"),
    ("items beside it", {"response.items": {"at": "/x"}}, "/tools/0/response/items: expected `generation` for `claim: generation`, found `items`"),
    ("a list claim", {"claim": "all"}, "/tools/0/response/generation: expected `claim: generation` beside `generation`, found `claim: all`"),
    ("a total", {"complete.total": {"at": "/n"}}, "/tools/0/complete/total: expected no `total` for `claim: generation`, found one: there is nothing to count"),
    ("no end", {"walk.terminal": None}, "/tools/0/walk/terminal: expected the events that end the stream, found none"),
    ("an empty mark", {"walk.terminal": [{}]}, "/tools/0/walk/terminal/0: expected `event`, `data` or `at`, by which the event is known, found none"),
    ("a place without a comparison", {"walk.ignore": [{"at": "/x"}]}, "/tools/0/walk/ignore/0: expected `at` and a comparison together, found one without the other"),
    ("a comparison without a place", {"walk.ignore": [{"event": "x", "is": 1}]}, "/tools/0/walk/ignore/0: expected `at` and a comparison together, found one without the other"),
    ("no stream type", {"response.media": None}, "/tools/0/response/media: expected the stream's own type in `media`, such as text/event-stream, found `application/json` alone"),
    ("a walk over pages", {"walk.page_size": {"send": "query:n", "ask": 1}}, "/tools/0/walk/page_size: expected no `page_size` for `walk: stream`, which is one response, found one"),
    ("a flag", {"walk.more": "terminal:/more"}, "/tools/0/walk/more: expected no `more` for `walk: stream`, which is one response, found one"),
    ("another walk", {"walk": {"kind": "cursor", "next": "/next", "send": "query:c"}}, "/tools/0/walk/kind: expected no walk for `claim: generation`, which is one answer, found `cursor`"),
    ("an event in a veto", {"response.veto": [{"at": "event:x:/y", "is": 1}]}, "/tools/0/response/veto/0/at: expected a place in the event's own data, which is looked at as a body"),
    ("an event in a mark", {"walk.terminal": [{"at": "terminal:/y", "is": 1}]}, "/tools/0/walk/terminal/0/at: expected a place in the event's own data, which is looked at as a body"),
    ("text in a body only", {"response.generation.text": "body:/text"}, "/tools/0/response/generation/text: expected a place such as `event:name:/pointer` for `walk: stream`, found none"),
    ("a schema that is none", {"response.generation.schema": {"type": "text"}}, "/tools/0/response/generation/schema/type: expected a JSON Schema (2020-12), found what is none"),
    ("a limit that goes nowhere", {"complete.outcome.limit": {"send": "terminal:/x"}}, "/tools/0/complete/outcome/limit/send: expected a place in a request: query:name, header:Name or body:/pointer"),
]  # fmt: skip


@pytest.mark.requirement("P5")
@pytest.mark.parametrize(("change", "due"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_what_could_never_be_proven_is_a_mistake_with_its_place(
    tmp_path: Path, change: dict[str, Any], due: str
) -> None:
    assert any(problem.startswith(due) for problem in said(read_one(tmp_path, {**GENERATED, **change}))), said(
        read_one(tmp_path, {**GENERATED, **change})
    )


def test_events_outside_a_stream_are_a_mistake(tmp_path: Path) -> None:
    told = said(read_one(tmp_path, {"complete.total": {"at": "terminal:/count"}}))
    due = "/tools/0/complete/total/at: expected `walk: stream`, in which there are events, for `terminal:/count`"
    assert [problem for problem in told if problem.startswith(due)]


def test_a_list_inside_the_items_of_a_stream_stands_in_its_events(tmp_path: Path) -> None:
    nested = [{"at": "body:/x/*/more"}]
    told = said(read_one(tmp_path, {**LISTED, "response.nested": nested}))
    assert [problem for problem in told if "expected a place in the events" in problem]
    assert said(read_one(tmp_path, {**LISTED, "response.nested": [{"at": "event:*:/x/*/more"}]})) == []


IN_THE_BODY: list[tuple[str, dict[str, Any]]] = [
    ("complete/total/at", {"complete.total": {"at": "body:/count"}}),
    ("complete/total/relation/at", {"complete.total": {"at": "terminal:/n", "relation": {"at": "body:/r", "is": "eq"}}}),
    ("complete/fresh/at", {"complete.fresh": {"at": "body:/at", "max_age": "1d"}}),
    ("complete/lsn/at", {"complete.lsn": {"at": "body:/lsn", "gte": 1}}),
    ("walk/stable/0", {"walk.stable": ["body:/revision"]}),
    ("walk/same/0", {"walk.same": "body:/id"}),
    ("walk/numbered", {"walk.numbered": "body:/n"}),
]  # fmt: skip


@pytest.mark.requirement("P5")
@pytest.mark.parametrize(("way", "change"), IN_THE_BODY, ids=[way for way, _ in IN_THE_BODY])
def test_a_stream_has_no_body_to_read_in(tmp_path: Path, way: str, change: dict[str, Any]) -> None:
    told = said(read_one(tmp_path, {**LISTED, **change}))
    assert [one for one in told if one.startswith(f"/tools/0/{way}: expected a place in the events")], told
    events = json.loads(json.dumps(change).replace("body:", "terminal:"))
    assert said(read_one(tmp_path, {**LISTED, **events})) == []


def test_where_a_plain_body_may_come_instead_a_place_in_it_may_be_named(tmp_path: Path) -> None:
    either = {
        "response.generation.text": ["event:*:/text", "body:/text"],
        "complete.outcome.at": ["terminal:/reason", "body:/reason"],
        "complete.fresh": {"at": "body:/at", "max_age": "1d"},
    }
    assert said(read_one(tmp_path, {**GENERATED, **either})) == []


@pytest.mark.requirement("P5")
@pytest.mark.parametrize("media", ["text/plain", "application/jsonlines", "application/stream+json"])
def test_a_media_type_that_names_no_kind_of_stream_needs_its_format(tmp_path: Path, media: str) -> None:
    told = said(read_one(tmp_path, {**LISTED, "response.media": media}))
    due = f"/tools/0/response/media: expected the stream's own type in `media`, such as text/event-stream, found `{media}` alone"
    assert [one for one in told if one.startswith(due)], told
    assert said(read_one(tmp_path, {**LISTED, "response.media": media, "walk.format": "jsonl"})) == []


@pytest.mark.parametrize("place", ["complete.fresh", "complete.lsn"])
def test_events_of_what_is_no_stream_have_no_age_and_no_number(tmp_path: Path, place: str) -> None:
    written = {"complete.fresh": {"at": "event:*:/at", "max_age": "1d"}, "complete.lsn": {"at": "event:*:/n", "gte": 1}}
    told = said(read_one(tmp_path, {place: written[place]}))
    assert [one for one in told if "expected `walk: stream`, in which there are events" in one], told


def test_a_mark_of_the_beginning_says_something(tmp_path: Path) -> None:
    told = said(read_one(tmp_path, {**LISTED, "walk.initial": [{}]}))
    assert [one for one in told if one.startswith("/tools/0/walk/initial/0: expected `event`, `data` or `at`")], told


def test_a_condition_on_the_element_of_a_reason_stands_in_the_element(tmp_path: Path) -> None:
    reason = {"at": "terminal:/output/*", "read": "/status", "only": {"at": "terminal:/type", "is": "message"}}
    told = said(read_one(tmp_path, {**GENERATED, "complete.outcome.at": reason}))
    assert [one for one in told if "expected a place in the event's own data" in one], told
