"""What a contract says is judged as a whole: each rule has a case that breaks it, and sound contracts break none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.toolfiles import read_one
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.tools.checking import RULES, check, reachable

Changes = dict[str, Any]

LICENCE = {"documented": "https://desk.example.com/docs"}
ABSENT: Changes = {
    "walk.more": None,
    "walk.end": {"next": {"value": "continue", "absent": "end"}},
    "walk.absence": LICENCE,
}
OFFSET: Changes = {"walk": {"kind": "offset", "send": "query:offset"}}
ONE: Changes = {"claim": "one", "walk": None, "response": {"data": "/ticket"}}
SETTLED: Changes = {
    "confirm": {
        "url": "/t",
        "applied": {"at": "/id", "state": "value"},
        "not_applied": {"at": "/id", "state": "absent"},
    }
}
WRITE: Changes = {**ONE, "effects": "write", "request.method": "POST"}
TOKEN: Changes = {"kind": "oauth2_client_credentials", "client_id": "me", "client_secret": {"env": "SECRET"}}
RANKING: Changes = {"claim": {"top_k": 3}, "walk": None}
COLUMNS: Changes = {**RANKING, "response.items": {"columns": {"id": "/ids/0", "distance": "/distances/0"}, "id": "/id"}}
SEARCH: Changes = {"input": {"properties": {"q": {"type": "string"}}}, "request.query": {"q": "{q}"}}


def case(pointer: str, says: str, tool: Changes | None = None, api: Changes | None = None) -> Any:
    return pytest.param(pointer, says, tool or {}, api or {}, id=f"{pointer}: {says[:40]}")


T = "/tools/0"
MISTAKES = [
    # --- templates
    case(f"{T}/request/url", "found `{tiket}`, did you mean `ticket`?", {"request.url": "/t/{tiket}", "input": {"properties": {"ticket": {}}, "required": ["ticket"]}}),
    case(f"{T}/request/query/q", "found `{input.qq}`, did you mean `q`?", {"input": {"properties": {"q": {}}}, "request.query": {"q": "{input.qq}"}}),
    case(f"{T}/request/query/q", "a variable of `api.variables`, found `{var.x}`", {"request.query": {"q": "{var.x}"}}),
    case(f"{T}/request/query/q", 'write it in quotes: "{input.q}"', SEARCH | {"request.query": {"q": {"input.q": None}}}),
    case(f"{T}/request/query/filter", "found an object", {"request.query": {"filter": {"state": "open"}}}),
    case(f"{T}/input/properties/status", "it would do nothing", {"input": {"properties": {"status": {"type": "string"}}}}),
    case(f"{T}/request/url", "with a default, found neither", {"request.url": "/t/{id}", "input": {"properties": {"id": {"type": "string"}}}}),
    case(f"{T}/claim/first", "with a default, found neither", {"claim": {"first": "{input.n}"}, "input": {"properties": {"n": {"type": "integer"}}}}),
    # --- where requests go
    case("/api/base_url", "only variables", {"input": {"properties": {"x": {}}, "required": ["x"]}}, {"base_url": "https://{x}.example.com"}),
    case("/api/base_url", "expected a URL such as", api={"base_url": "desk.example.com"}),
    case("/api/base_url", "expected a URL such as", api={"base_url": "https://me:secret@desk.example.com"}),
    case("/api/base_url", "expected a URL such as", api={"base_url": "https://desk.example.com?key=1"}),
    case("/api/base_url", "expected https", api={"base_url": "http://desk.example.com"}),
    case("/api/base_url", "write `network: {allow: [loopback]}`", api={"base_url": "http://127.0.0.1:80"}),
    case("/api/base_url", "write `network: {allow: [loopback]}`", api={"base_url": "http://localhost:80"}),
    case("/api/base_url", "allow: [10.0.0.1], plain_http: true", api={"base_url": "http://10.0.0.1"}),
    case("/api/network/allow", "loopback, private or ranges", api={"network": {"allow": ["localhost"]}}),
    case("/api/variables/x", "expected `env` or `default`", api={"variables": {"x": {}}}),
    case(f"{T}/request/url", "found another origin", {"request.url": "https://evil.example.com/x"}),
    case(f"{T}/request/url", "dot segments", {"request.url": "/a/../b"}),
    case(f"{T}/request/url", "dot segments", {"request.url": "//evil.example.com/x"}),
    case(f"{T}/request/url", "under `query`", {"request.url": "/t?q={q}", "input": {"properties": {"q": {}}, "required": ["q"]}}),
    # --- what requests are
    case(f"{T}/request/headers/Host", "which the transport alone writes", {"request.headers": {"Host": "x"}}),
    case(f"{T}/request/headers/a b", "a header's name", {"request.headers": {"a b": "x"}}),
    case(f"{T}/request/headers/a", "one line", {"request.headers": {"a": "x\r\nb: c"}}),
    case(f"{T}/request/headers/Authorization", "credentials are the operator's", {"request.headers": {"Authorization": "Bearer {input.t}"}, "input": {"properties": {"t": {}}}}),
    case(f"{T}/request/form", "found both", {"request.method": "POST", "request.body": {}, "request.form": {}}),
    case(f"{T}/request/body", "no content with GET", {"request.body": {"a": 1}}),
    case(f"{T}/walk/send", "because GET has no body", {"walk.send": "body:/after"}),
    case(f"{T}/request", "expected `idempotency`", {**ONE, "effects": "write", "request.method": "POST"}),
    case(f"{T}/confirm", "expected `effects: write` with `confirm`", {**ONE, "confirm": {"url": "/t", "applied": {"at": "/id", "state": "value"}}}),
    case(f"{T}/confirm", "expected `claim: one` with `confirm`", {**WRITE, "claim": "all", "response": None, "confirm": {"url": "/t", "applied": {"at": "/id", "state": "value"}}}),
    case(f"{T}/confirm/applied", "at least one condition", {**WRITE, "confirm": {"url": "/t", "applied": []}}),
    case(f"{T}/confirm/settles", "expected less than `policy.deadline` (20 s), found 30 s", {**WRITE, **SETTLED, "confirm.settles": "30s", "policy": {"deadline": "20s"}}),
    case(f"{T}/confirm/url", "found `{nr}`", {**WRITE, "confirm": {"url": "/t/{nr}", "applied": {"at": "/id", "state": "value"}}}),
    case(f"{T}/confirm/url", "found another origin", {**WRITE, "confirm": {"url": "https://evil.example.com/t", "applied": {"at": "/id", "state": "value"}}}),
    case(f"{T}/confirm/query/q", "with a default, found neither", {**WRITE, "input": {"properties": {"q": {}}}, "confirm": {"url": "/t", "query": {"q": "{q}"}, "applied": {"at": "/id", "state": "value"}}}),
    case(f"{T}/confirm/applied/0/is", "with a default, found neither", {**WRITE, "input": {"properties": {"q": {}}}, "confirm": {"url": "/t", "applied": {"at": "/id", "is": "{input.q}"}}}),
    case(f"{T}/request/idempotency/key", "found `{input.nr}`", {**WRITE, "request.idempotency": {"key": "{input.nr}"}}),
    case(f"{T}/request/idempotency/header", "which the transport alone writes", {**WRITE, "request.idempotency": {"header": "Host"}}),
    case(f"{T}/effects", "expected `effects: write` for DELETE", {**ONE, "request.method": "DELETE"}),
    case(f"{T}/request/url", "found an empty text", {"request.url": ""}),
    case("/api/auth/token_url", "expected https", api={"auth": TOKEN | {"token_url": "http://x.example/token"}}),
    case("/api/auth/token_url", "expected a URL", api={"auth": TOKEN | {"token_url": "/token"}}),
    case(f"{T}/auth/token_url", "expected https", {"auth": TOKEN | {"token_url": "http://x.example/token"}}),
    case(f"{T}/auth", "expected `none`, or a credential by reference", {"auth": "secret"}),
    case(f"{T}/auth", "expected `none`, or a credential by reference", {"auth": []}),
    # --- schemas
    case(f"{T}/input/properties/q", "expected an object that describes `q`", SEARCH | {"input": {"properties": {"q": True}}}),
    case(f"{T}/input/anyOf", "MCP hosts refuse it", {"input": {"anyOf": [{}]}}),
    case(f"{T}/input/type", "expected `type: object`", {"input": {"type": "array"}}),
    case(f"{T}/input", "expected `additionalProperties: false`", {"input": {"additionalProperties": True}}),
    case(f"{T}/input/properties/a b", "an argument's name", {"input": {"properties": {"a b": {}}}, "request.query": {"x": "{input.a b}"}}),
    case(f"{T}/input/required/0", "did you mean `q`?", SEARCH | {"input": {"properties": {"q": {}}, "required": ["Q"]}}),
    case(f"{T}/response/schema/type", "found what is none", {"response.schema": {"type": "strng"}}),
    case(f"{T}/response/schema/$ref", "one that leads elsewhere", {"response.schema": {"$ref": "https://x.example/s.json"}}),
    case(f"{T}/response/items/schema/$ref", "one that leads elsewhere", {"response.items.schema": {"$ref": "file:///etc/passwd"}}),
    case(f"{T}/response/schema/pattern", "no look-around", {"response.schema": {"pattern": "(?=a)b"}}),
    case(f"{T}/input/properties/q/default", "fits the schema of `q`", SEARCH | {"input": {"properties": {"q": {"type": "string", "default": 3}}}}),
    # --- claims
    case(f"{T}/response/nested", "which looks into items", ONE | {"response": {"nested": [{"at": "/a/*/b"}]}}),
    case(f"{T}/response/items", "expected `items`", {"response": None}),
    case(f"{T}/response/data", "expected `items.at`", {"response.data": "/tickets"}),
    case(f"{T}/walk/kind", "no walk for `claim: one`", {"claim": "one"}),
    case(f"{T}/walk/kind", "no walk for `claim: top_k`", {"claim": {"top_k": 3}}),
    case(f"{T}/claim/first", "at least 1, found 0", {"claim": {"first": 0}}),
    # --- ends
    case(f"{T}/walk/absence", "expected `absence: {documented: URL}`", ABSENT | {"walk.absence": None}),
    case(f"{T}/walk/absence", "absence is no end", {"walk.absence": LICENCE}),
    case(f"{T}/walk/end/more", "expected `walk.more`", {"walk.more": None, "walk.end": {"more": {"true": "continue", "false": "end"}}}),
    case(f"{T}/walk/end/next", "a walk that is given its way", OFFSET | {"walk.more": "/more", "walk.end": {"next": {"value": "continue", "null": "end"}}}),
    case(f"{T}/walk/end/more", "that means `continue`", {"walk.end": {"more": {"false": "end"}}}),
    case(f"{T}/walk/end/more", "the walk could not end", {"walk.end": {"more": {"true": "continue"}}}),
    case(f"{T}/walk", "so that `offset` can end", OFFSET),
    # --- sizes and places
    case(f"{T}/walk/page_size/ask", "at most `max`, 100", {"walk.page_size.ask": 500}),
    case(f"{T}/walk/page_size", "because `differential`", {"walk.page_size": None, "complete.differential": {"page_size": 7}}),
    case(f"{T}/complete/differential/page_size", "found 100 again", {"complete.differential": {"page_size": 100}}),
    case(f"{T}/complete/differential/page_size", "at most `max`", {"complete.differential": {"page_size": 101}}),
    case(f"{T}/walk/page_size", "because `liveness: required`", ABSENT | {"walk.page_size": None, "complete.require": "documented_absence"}),
    case(f"{T}/walk/next", "`*` is every element", {"walk.next": "/items/*/next"}),
    # --- witnesses and grades
    case(f"{T}/complete/past_end", "found `cursor`", {"complete.past_end": True}),
    case(f"{T}/complete/rel_last", "found `cursor`", {"complete.rel_last": True}),
    case(f"{T}/response/items/id", "compares identifiers", {"response.items.id": None, "complete.differential": {"page_size": 7}}),
    case(f"{T}/complete/total", "there is nothing to count", ONE | {"complete": {"total": {"at": "/n"}}}),
    case(f"{T}/complete/require", "add `complete.total`", {"complete.require": "counted"}),
    case(f"{T}/complete/require", "add `complete.census`", {"complete.require": "censused"}),
    case(f"{T}/complete/census/at", "because HEAD brings no content", {"complete.census": {"request": {"method": "HEAD"}, "at": "/n"}}),
    case(f"{T}/complete/census/absent", "because HEAD brings no content", {"complete.census": {"request": {"method": "HEAD"}, "at": "header:n", "absent": "count_items"}}),
    case(f"{T}/complete/census/request/body", "expected no content with HEAD", {"complete.census": {"request": {"method": "HEAD", "body": {}}, "at": "header:n"}}),
    case(f"{T}/complete/require", "add `complete.differential`", {"complete.require": "differential"}),
    case(f"{T}/complete/require", "add `response.items.id`", {"response.items.id": None, "complete": {"require": "counted", "total": {"at": "/n"}}}),
    case(f"{T}/complete/require", "absence alone proves less", ABSENT),
    case(f"{T}/complete/require", "nothing says that one answer is all", {"walk": {"kind": "single"}}),
    case(f"{T}/complete/require", "leave `require` out", ONE | {"complete": {"require": "counted"}}),
    case(f"{T}/walk/absence/liveness", "could never be proven", ABSENT | {"walk.absence": {**LICENCE, "liveness": "seen"}, "complete.require": "documented_absence"}),
    # --- relevance
    case(f"{T}/complete/gate", "beside `claim: top_k` only, found it beside `claim: all`", {"complete.gate": {"at": "/score", "metric": "cosine", "min": 0.5}}),
    case(f"{T}/complete/gate", "beside `claim: top_k` only", {**ONE, "complete.gate": {"at": "/score", "metric": "cosine", "min": 0.5}}),
    case(f"{T}/complete/gate/max", "expected `min`, because `cosine` is a similarity: more is nearer, found `max`", {**RANKING, "complete.gate": {"at": "/score", "metric": "cosine", "max": 0.5}}),
    case(f"{T}/complete/gate/min", "expected `max`, because `l2` is a distance: less is nearer, found `min`", {**RANKING, "complete.gate": {"at": "/score", "metric": "l2", "min": 0.5, "max": 1}}),
    case(f"{T}/complete/gate/min_items", "expected at most 3", {**RANKING, "complete.gate": {"at": "/score", "metric": "cosine", "min": 0.5, "min_items": 4}}),
    case(f"{T}/complete/gate", "found no bound", {**RANKING, "complete.gate": {"at": "/score", "metric": "distance"}}),
    case(f"{T}/complete/gate/at", "/tickets/*/score over the body, found `/matches/*/score`", {**RANKING, "complete.gate": {"at": "/matches/*/score", "metric": "cosine", "min": 0.5}}),
    case(f"{T}/complete/gate/at", "found the whole item", {**RANKING, "complete.gate": {"at": "", "metric": "cosine", "min": 0.5}}),
    case(f"{T}/complete/gate/at", "did you mean `distance`?", {**COLUMNS, "complete.gate": {"at": "/distanc", "metric": "l2", "max": 1}}),
    case(f"{T}/response/items/at", "expected no `at` beside `columns`", {**COLUMNS, "response.items.at": "/tickets"}),
    case(f"{T}/response/items/id", "did you mean `id`?", {**COLUMNS, "response.items.id": "/idd"}),
    case(f"{T}/response/items/columns", "one column that is always there", {**RANKING, "response.items": {"columns": {"id": {"at": "/ids", "null": "omit"}}}}),
    case(f"{T}/complete/lsn/gte", "found `{input.seen}`", {"complete.lsn": {"at": "header:x-lsn", "gte": "{input.seen}"}}),
    case(f"{T}/complete/lsn/at", "`*` is every element", {"complete.lsn": {"at": "/tickets/*/lsn", "gte": 3}}),
    # --- conditions and codes
    case(f"{T}/response/veto/0/not", "found `{input.idd}`, did you mean `id`?", {"input": {"properties": {"id": {}}}, "response.veto": [{"at": "/id", "not": "{input.idd}"}]}),
    case(f"{T}/response/classify/0/when/is", "found `{input.x}`", {"response.classify": [{"when": {"at": "/ok", "is": "{input.x}"}, "as": "fatal"}]}),
    case(f"{T}/response/nested/0/must", "found `{input.x}`", {"response.nested": [{"at": "/tickets/*/x", "must": "{input.x}"}]}),
    case(f"{T}/response/veto/0/not", 'write it in quotes: "{input.id}"', {"response.veto": [{"at": "/id", "not": {"input.id": None}}]}),
    case(f"{T}/response/veto/0", "expected `is`, `not`", {"response.veto": [{"at": "/late"}]}),
    case(f"{T}/response/classify/0/when", "found neither", {"response.classify": [{"when": {}, "as": "fatal"}]}),
    case(f"{T}/response/classify/0/when", "together", {"response.classify": [{"when": {"status": 200, "at": "/ok"}, "as": "fatal"}]}),
    case(f"{T}/response/nested/0/at", "a place in the body", {"response.nested": [{"at": "header:x"}]}),
    case(f"{T}/walk/restart_on/0", "did you mean `cursor_expired`?", {"walk.restart_on": ["cursor_expird"]}),
]  # fmt: skip


@pytest.mark.requirement("L1", "G19")
@pytest.mark.parametrize(("pointer", "says", "tool", "api"), MISTAKES)
def test_a_contract_that_cannot_mean_what_it_says_is_refused(
    tmp_path: Path, pointer: str, says: str, tool: Changes, api: Changes
) -> None:
    problems = read_one(tmp_path, tool, api).problems
    found = [str(problem) for problem in problems if problem.pointer == pointer]
    assert any(says in line for line in found), [str(problem) for problem in problems]


SOUND = [
    case("", "a flag and a cursor"),
    case("", "a cursor alone", {"walk.more": None}),
    case("", "absence with a licence", ABSENT | {"complete.require": "documented_absence"}),
    case("", "a census in the header of an answer to HEAD", {"complete": {"require": "censused", "census": {"request": {"method": "HEAD"}, "at": "header:total-objects"}}}),
    case("", "absence with a second walk", ABSENT | {"complete": {"require": "differential", "differential": {"page_size": 97}}}),
    case("", "an offset with a total", OFFSET | {"complete": {"require": "counted", "total": {"at": "/n"}}}),
    case("", "an offset until an empty page", OFFSET | {"walk.end_on_empty": LICENCE, "complete": {"require": "past_end", "past_end": True}}),
    case("", "an offset with a flag the other way round", OFFSET | {"walk.more": "/isLast", "walk.end": {"more": {"false": "continue", "true": "end"}}}),
    case("", "one thing that is told from an error by what it requires", {"claim": "one", "walk": None, "response": {"schema": {"type": "object", "required": ["id"]}}}),
    case("", "one thing", ONE),
    case("", "an empty list that is left out beside a count", OFFSET | {"complete": {"total": {"at": "/n"}}, "response.items.absent": "empty"}),
    case("", "a ranking", {"claim": {"top_k": 8}, "walk": None}),
    case("", "a gate over a similarity", {**RANKING, "complete.gate": {"at": "/score", "metric": "dot_product", "min": -3}}),
    case("", "a gate written over the body", {**RANKING, "complete.gate": {"at": "/tickets/*/a/score", "metric": "cosine", "min": 0.5}}),
    case("", "a gate for all rankings of an API, beside a list", {}, {"complete": {"gate": {"at": "/score", "metric": "cosine", "min": 0.5}}}),
    case("", "a gate over a column", {**COLUMNS, "complete.gate": {"at": "/distance", "metric": "distance", "max": 0}}),
    case("", "a write that must be seen", {"input": {"properties": {"seen": {"type": "integer"}}}, "complete.lsn": {"at": "header:x-lsn", "gte": "{input.seen}"}}),
    case("", "the oldest of many times", {"complete.fresh": {"at": "/tickets/*/updated_at", "max_age": "1d"}}),
    case("", "the one that was asked for", {**ONE, "request.url": "/t/{id}", "input": {"properties": {"id": {}}, "required": ["id"]}, "response.veto": [{"at": "/id", "not": "{input.id}"}]}),
    case("", "a word in an end table that is no state", {"walk.more": "/state", "walk.end": {"more": {"RUNNING": "continue", "done": "end"}}}),
    case("", "a schema with words of its own", {"response.schema": {"x-origin": 1, "nullable": True, "properties": {"requierd": {"type": "object"}}}}),
    case("", "the first few of an unbounded walk", OFFSET | {"claim": {"first": 5}}),
    case("", "a feed", {"claim": "caught_up_to", "walk.more": None, "walk.end": {"next": {"value": "continue"}}, "walk.repeat": "end"}),
    case("", "a search by POST", {"request.method": "POST", "request.body": {"q": "query { viewer { login } {thing} }"}, "walk.send": "body:/after"}),
    case("", "a write with a key", {**ONE, "effects": "write", "request.method": "POST", "request.idempotency": {}}),
    case("", "a write and the read that settles it", {**WRITE, "input": {"properties": {"q": {}}, "required": ["q"]}, "confirm": {"url": "/t", "applied": {"at": "/q", "is": "{input.q}"}}}),
    case("", "a write with a key of the caller's", {**WRITE, "input": {"properties": {"q": {}}}, "request.idempotency": {"key": "{input.q}"}}),
    case("", "a variable for the whole host", {}, {"base_url": "https://{host}", "variables": {"host": {"env": "DESK_HOST"}}}),
    case("", "a variable for the port", {}, {"base_url": "http://127.0.0.1:{port}", "network": {"allow": ["loopback"]}, "variables": {"port": {"default": "80"}}}),
    case("", "braces that are meant as text", {"request.query": {"filter": "{}", "graphql": "{viewer{login}}"}}),
    case("", "a URL within the origin", {"request.url": "https://desk.example.com/other/tickets"}),
    case("", "a trailing cursor asked behind the end", {"walk.trailing_cursor": True, "complete": {"require": "past_end", "past_end": True}}),
]  # fmt: skip


@pytest.mark.parametrize(("pointer", "says", "tool", "api"), SOUND)
def test_a_sound_contract_is_not_refused(tmp_path: Path, pointer: str, says: str, tool: Changes, api: Changes) -> None:
    catalog = read_one(tmp_path, tool, api)
    assert [str(problem) for problem in catalog.problems] == []
    assert list(check(catalog.contracts[0])) == []


def test_only_a_warning_leaves_a_tool_in_place(tmp_path: Path) -> None:
    catalog = read_one(tmp_path, {**ONE, "effects": "write", "request.method": "POST"})
    assert [problem.severity for problem in catalog.problems] == ["warning"]
    assert len(catalog.contracts) == 1


def test_an_effect_that_takes_most_of_the_deadline_to_show_is_warned_of(tmp_path: Path) -> None:
    changes = {**WRITE, **SETTLED, "confirm.settles": "11s", "policy": {"deadline": "20s"}}
    catalog = read_one(tmp_path, changes)
    assert [(problem.pointer, problem.severity) for problem in catalog.problems] == [
        (f"{T}/confirm/settles", "warning")
    ]
    assert len(catalog.contracts) == 1


def test_how_long_an_effect_takes_does_not_matter_where_nothing_says_that_there_is_none(tmp_path: Path) -> None:
    applied = {"url": "/t", "applied": {"at": "/id", "state": "value"}, "settles": "30s"}
    assert read_one(tmp_path, {**WRITE, "confirm": applied, "policy": {"deadline": "20s"}}).problems == ()


def test_one_result_that_nothing_tells_from_an_error_is_warned_of(tmp_path: Path) -> None:
    catalog = read_one(tmp_path, {**ONE, "response": None})
    assert [problem.severity for problem in catalog.problems] == ["warning"]
    assert "status 200" in str(catalog.problems[0])


INFERRED_SINGLE: Changes = {
    "walk": {"kind": "single"},
    "complete": None,
    "provenance": {"walk": {"value": "single", "source": "default"}},
}
INFERRED_OFFSET: Changes = {
    **OFFSET,
    "complete": None,
    "provenance": {"walk.send": {"value": "query:offset", "source": "openapi"}},
}


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        pytest.param(INFERRED_SINGLE, {f"{T}/complete/require"}, id="single"),
        pytest.param(INFERRED_OFFSET, {f"{T}/complete/require", f"{T}/walk"}, id="offset"),
    ],
)
def test_what_an_inferred_walk_cannot_prove_yet_is_warned_of(
    tmp_path: Path, changes: Changes, pointers: set[str]
) -> None:
    catalog = read_one(tmp_path, changes)
    assert {(problem.pointer, problem.severity) for problem in catalog.problems} == {
        (place, "warning") for place in pointers
    }
    assert all("`unabridged prove" in str(problem) for problem in catalog.problems)
    assert len(catalog.contracts) == 1


@pytest.mark.parametrize(
    "provenance",
    [
        pytest.param({}, id="written by a person"),
        pytest.param({"walk": {"value": "single", "source": "default", "status": "proven"}}, id="vouched for"),
        pytest.param({"walk": {"value": "cursor", "source": "default"}}, id="changed since"),
        pytest.param({"response.items": {"value": "/tickets", "source": "openapi"}}, id="of another line"),
    ],
)
def test_what_a_walk_that_somebody_stands_for_cannot_prove_is_refused(
    tmp_path: Path, provenance: dict[str, Any]
) -> None:
    catalog = read_one(tmp_path, {**INFERRED_SINGLE, "provenance": provenance})
    assert [(problem.pointer, problem.severity) for problem in catalog.problems] == [(f"{T}/complete/require", "error")]


TAKING_ERRORS: list[Changes] = [
    {"claim": "one", "walk": None, "response": {}},
    {"claim": "one", "walk": None, "response": {"schema": {"properties": {"data": {"type": "object"}}}}},
    ABSENT | {"complete.require": "documented_absence", "response.items.absent": "empty"},
]


@pytest.mark.parametrize("tool", TAKING_ERRORS, ids=str)
def test_a_contract_that_takes_an_error_with_status_200_for_its_answer_is_warned_of(
    tmp_path: Path, tool: Changes
) -> None:
    catalog = read_one(tmp_path, tool)
    assert [(problem.pointer, problem.severity) for problem in catalog.problems] == [(f"{T}/response", "warning")]
    assert "tells a result from an error" in str(catalog.problems[0])


WARNINGS = [
    case(f"{T}/walk/end/next/nul", "found `nul`, did you mean `null`?", {"walk.more": None, "walk.end": {"next": {"value": "continue", "nul": "end"}}}),
    case(f"{T}/walk/end/more/fasle", "did you mean `false`?", {"walk.end": {"more": {"true": "continue", "fasle": "end"}}}),
    case(f"{T}/response/schema/requierd", "found `requierd`, which says nothing, did you mean `required`?", {"response.schema": {"requierd": ["tickets"]}}),
    case(f"{T}/response/schema/properties/a/items/require", "did you mean `required`?", {"response.schema": {"properties": {"a": {"items": {"require": []}}}}}),
    case(f"{T}/response/items/schema/anyOf/1/propertes", "did you mean `properties`?", {"response.items.schema": {"anyOf": [{}, {"propertes": {}}]}}),
    case(f"{T}/input/properties/q/typ", "did you mean `type`?", SEARCH | {"input": {"properties": {"q": {"typ": "string"}}}}),
]  # fmt: skip


@pytest.mark.requirement("L1")
@pytest.mark.parametrize(("pointer", "says", "tool", "api"), WARNINGS)
def test_a_word_that_is_nearly_another_is_warned_of(
    tmp_path: Path, pointer: str, says: str, tool: Changes, api: Changes
) -> None:
    catalog = read_one(tmp_path, tool, api)
    found = [(problem.pointer, problem.severity) for problem in catalog.problems if says in str(problem)]
    assert found == [(pointer, "warning")], [str(problem) for problem in catalog.problems]
    assert len(catalog.contracts) == 1


def test_a_schema_that_is_none_is_explained_at_its_place(tmp_path: Path) -> None:
    catalog = read_one(tmp_path, {"response.schema": {"properties": {"meta": {"type": "strng"}}}})
    assert "/response/schema/properties/meta/type: " in str(catalog.problems[0])
    assert "'strng' is not one of" in str(catalog.problems[0])


def test_every_rule_says_what_it_is_for() -> None:
    assert len(set(RULES)) == len(RULES)
    assert [rule.__name__ for rule in RULES if not rule.__doc__] == []


# --------------------------------------------------------------------------------------------------- grades

WEAK = {"complete.require": "heuristic"}


@pytest.mark.parametrize(
    ("grade", "tool"),
    [
        (Grade.TERMINATED, {}),
        (Grade.DOCUMENTED_ABSENCE, ABSENT),
        (Grade.DOCUMENTED_ABSENCE, OFFSET | {"walk.end_on_empty": LICENCE}),
        (Grade.DOCUMENTED_ABSENCE, {"walk": {"kind": "single", "absence": LICENCE}}),
        (Grade.TERMINATED, OFFSET | {"complete.total": {"at": "/pages", "scope": "pages"}}),
        (Grade.TERMINATED, ABSENT | {"walk.end": {"next": {"value": "continue", "empty": "end", "absent": "end"}}}),
        (Grade.TERMINATED, {"response.items.id": None, "complete.total": {"at": "/n"}}),
        (Grade.PAST_END, OFFSET | {"walk.end_on_empty": LICENCE, "complete.past_end": True}),
        (Grade.DIFFERENTIAL, {"complete.differential": {"page_size": 7}}),
        (Grade.COUNTED, {"complete.total": {"at": "/n"}}),
        (Grade.TERMINATED, {"complete.total": {"at": "/n", "exact": False}}),
        (Grade.COUNTED, {"complete.census": {"request": {"url": "/count"}, "at": "/n", "when": "after"}}),
        (Grade.CENSUSED, {"complete.census": {"request": {"url": "/count"}, "at": "/n"}}),
        (Grade.TERMINATED, {"claim": {"first": 3}, "complete.total": {"at": "/n"}}),
        (Grade.TERMINATED, ONE),
    ],
)
def test_the_reachable_grade_follows_from_what_is_declared(tmp_path: Path, grade: Grade, tool: Changes) -> None:
    contract = weak(tmp_path, tool)
    assert reachable(contract) is grade


def weak(tmp_path: Path, tool: Changes) -> Contract:
    (contract,) = read_one(tmp_path, {**tool, **WEAK}).contracts
    return contract
