"""Streamable HTTP from outside: who may ask, what is refused, what a client that leaves stops, and how the server ends."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.talking import INITIALIZE, JSON, NEW, OLD, PATIENCE, Served, events, modern, serving
from unabridged.server.doors import Visit
from unabridged.server.settings import SettingError, http_settings, largest_answer

TOKEN = "a-token-of-the-tests-0123456789"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def served() -> Generator[Served]:
    with serving(
        UNABRIDGED_HTTP_ALLOWED_HOSTS="mcp.example", UNABRIDGED_HTTP_ALLOWED_ORIGINS="https://app.example"
    ) as it:
        yield it


def errors_of(served: Served, part: bytes) -> None:
    """Read the server's log until it says *part*."""
    assert served.process.stderr is not None
    while part not in (line := served.process.stderr.readline()):
        assert line, "the log ended"


# ------------------------------------------------------------------------------------------- calls


def test_a_call_of_2026_is_one_json_answer_with_its_exact_length(served: Served) -> None:
    response = served.call("tickets")
    body = response.read()
    assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
    assert int(response.headers["Content-Length"]) == len(body)
    result = json.loads(body)["result"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert result["structuredContent"]["items"][10] == {"id": 10, "subject": 'café "quoted" \n'}


def test_a_call_of_2026_that_tells_its_progress_is_an_event_stream(served: Served) -> None:
    body = modern("tools/call", name="seconds", arguments={})
    body["params"]["_meta"] = {**body["params"]["_meta"], "progressToken": "p"}
    headers = {**NEW, "Mcp-Method": "tools/call", "Mcp-Name": "seconds"}
    *progress, answer = events(served.ask("POST", "/mcp", headers, body))
    assert [message["params"]["progress"] for message in progress] == [8.0]
    assert len(answer["result"]["structuredContent"]["items"]) == 11


def test_a_call_of_2025_is_an_event_stream_with_the_same_answer(served: Served) -> None:
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "large", "arguments": {"size": 300_000}},
    }
    (answer,) = events(served.ask("POST", "/mcp", served.session(), body))
    result = answer["result"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert len(result["structuredContent"]["items"]) > 600


def test_a_connection_is_used_again_after_an_answer_whose_length_was_not_known_before(served: Served) -> None:
    connection = served.connect()
    for tool in ("tickets", "short", "large", "tickets"):
        body = json.dumps(modern("tools/call", name=tool, arguments={"size": 100_000}))
        connection.request("POST", "/mcp", body, {**NEW, "Mcp-Method": "tools/call", "Mcp-Name": tool})
        assert json.loads(connection.getresponse().read())["result"]["isError"] is (tool == "short")


@pytest.mark.anyio
async def test_a_held_member_takes_the_place_of_its_word_and_of_nothing_else() -> None:
    visit, sent = Visit(), list[Any]()

    async def send(message: Any) -> None:
        sent.append(message)

    second = visit.hold({"second": b"[2]"})
    first = json.dumps(list(second.values())).encode()  # as if upstream had guessed the word of the other member
    words = {**visit.hold({"first": first}), **second}
    body = json.dumps({**words, "other": "0" * 32}).encode()
    fill = visit.filled(send)
    await fill(
        {"type": "http.response.start", "status": 200, "headers": [(b"Content-Length", str(len(body)).encode())]}
    )
    await fill({"type": "http.response.body", "body": body})
    whole = sent[1]["body"]
    assert json.loads(whole) == {"first": json.loads(first), "second": [2], "other": "0" * 32}
    assert sent[0]["headers"] == [(b"Content-Length", str(len(whole)).encode())]


# ------------------------------------------------------------------------------------------- who may ask


@pytest.mark.requirement("M7")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1234"}, 200),
        ({"Host": "mcp.example"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "https://app.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 400),
    ],
)
def test_host_and_origin_are_checked(served: Served, headers: Mapping[str, str], status: int) -> None:
    assert served.call("tickets", headers).status == status
    assert served.ask("POST", "/mcp", {**JSON, **headers}, INITIALIZE).status == status


@pytest.mark.parametrize(("path", "status", "text"), [("/healthz", 200, b"ok\n"), ("/readyz", 200, b"ready\n")])
def test_health_is_open_to_everyone(served: Served, path: str, status: int, text: bytes) -> None:
    response = served.ask("GET", path, {"Host": "anything.example"})
    assert (response.status, response.read()) == (status, text)


def test_any_other_path_is_not_found_and_says_where_mcp_is(served: Served) -> None:
    response = served.ask("POST", "/", JSON, INITIALIZE)
    assert (response.status, response.read()) == (404, b"not found; MCP is served at /mcp\n")


def test_a_body_over_the_limit_is_refused_before_it_is_read(served: Served) -> None:
    assert served.ask("POST", "/mcp", NEW, b'"' + b"x" * (5 * 1024 * 1024) + b'"').status == 413


@pytest.mark.parametrize(
    "body", [b"hello", b"[]", b'{"jsonrpc":"2.0","id":true,"method":"ping"}', b"\xff", b"[" * 99_999]
)
@pytest.mark.parametrize("headers", [OLD, NEW])
def test_a_body_that_is_no_message_is_a_bad_request(served: Served, headers: Mapping[str, str], body: bytes) -> None:
    assert served.ask("POST", "/mcp", headers, body).status in {400, 404}
    assert served.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize(
    "argument", [b'"\\ud83d"', b"NaN", b"1e400", b"9" * 400, b'1,"size":2', b"[" * 3000 + b"]" * 3000]
)
def test_a_request_that_cannot_be_read_exactly_is_refused_by_its_identifier(
    served: Served, era: str, argument: bytes
) -> None:
    headers = served.session() if era == "2025-11-25" else {**NEW, "Mcp-Method": "tools/call", "Mcp-Name": "large"}
    body = json.dumps(modern("tools/call", request="mine", name="large", arguments={"size": "here"}))
    response = served.ask("POST", "/mcp", headers, body.encode().replace(b'"here"', argument))
    assert (response.status, response.headers["Content-Type"]) == (400, "application/json")
    told = json.loads(response.read())
    assert (told["jsonrpc"], told["id"], told["error"]["code"]) == ("2.0", "mine", -32600)


@pytest.mark.parametrize("headers", [{**OLD, "Mcp-Session-Id": "nobody"}, {**JSON, "Mcp-Session-Id": "nobody"}])
def test_a_session_that_does_not_exist_is_not_found(served: Served, headers: Mapping[str, str]) -> None:
    assert served.ask("POST", "/mcp", headers, modern("ping")).status == 404


def test_sessions_are_limited() -> None:
    with serving(UNABRIDGED_HTTP_MAX_SESSIONS="2") as it:
        assert [it.ask("POST", "/mcp", JSON, INITIALIZE).status for _ in range(3)] == [200, 200, 503]


def test_a_token_is_asked_of_everyone_but_for_health() -> None:
    with serving(UNABRIDGED_HTTP_TOKEN=TOKEN) as it:
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert it.call("tickets", right).status == 200
        assert it.call("tickets", {"Authorization": f"bearer {TOKEN}"}).status == 200
        assert it.ask("GET", "/healthz").status == 200
        for wrong in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Authorization": TOKEN},
        ):
            response = it.call("tickets", wrong)
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith('Bearer realm="unabridged"')
            assert ("invalid_token" in response.headers["WWW-Authenticate"]) is bool(wrong)
            assert it.ask("GET", "/anything", wrong).status == 401


# ------------------------------------------------------------------------------------------- clients that leave


@pytest.mark.requirement("G33")
@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
def test_a_client_that_goes_away_ends_the_work_for_it(served: Served, era: str) -> None:
    body: dict[str, Any] = modern("tools/call", name="slow", arguments={})
    headers = {**NEW, "Mcp-Method": "tools/call", "Mcp-Name": "slow"}
    if era == "2025-11-25":
        headers = served.session()
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "slow", "arguments": {}}}
    connection = served.connect()
    connection.request("POST", "/mcp", json.dumps(body), headers)
    errors_of(served, b"slow: started")
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    errors_of(served, b"slow: cancelled")


# ------------------------------------------------------------------------------------------- the end


@pytest.mark.requirement("M6")
@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
def test_a_stop_lets_a_call_in_flight_end_and_refuses_new_ones(era: str) -> None:
    with serving() as it:
        body: dict[str, Any] = modern("tools/call", name="seconds", arguments={})
        headers = {**NEW, "Mcp-Method": "tools/call", "Mcp-Name": "seconds"}
        if era == "2025-11-25":
            headers = it.session()
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "seconds", "arguments": {}}}
        connection = it.connect()
        connection.request("POST", "/mcp", json.dumps(body), headers)
        errors_of(it, b"seconds: started")
        it.process.terminate()
        errors_of(it, b"stopping after SIGTERM")
        assert it.ask("GET", "/readyz").status == 503
        assert it.ask("GET", "/healthz").status == 200
        assert it.call("tickets").status == 503
        assert b'"status":"complete"' in connection.getresponse().read()
        assert it.process.wait(PATIENCE) == 0


def test_streams_that_only_listen_end_properly_and_hold_nothing_up() -> None:
    with serving() as it:
        listen = modern("subscriptions/listen", notifications={"toolsListChanged": True})
        stream = events(it.ask("POST", "/mcp", {**NEW, "Mcp-Method": "subscriptions/listen"}, listen))
        assert next(stream)["method"] == "notifications/subscriptions/acknowledged"
        standing = it.ask("GET", "/mcp", {**it.session(), "Accept": "text/event-stream"})
        assert standing.status == 200
        assert it.stop() == 0
        assert "subscriptionId" in json.dumps([message["result"] for message in stream])


def test_a_call_that_outlives_the_limit_is_cut_and_the_server_still_ends() -> None:
    with serving(UNABRIDGED_HTTP_DRAIN="1") as it:
        connection = it.connect()
        body = json.dumps(modern("tools/call", name="slow", arguments={}))
        connection.request("POST", "/mcp", body, {**NEW, "Mcp-Method": "tools/call", "Mcp-Name": "slow"})
        errors_of(it, b"slow: started")
        assert it.stop() == 0
        assert it.process.stderr is not None
        assert b"they are cut" in it.process.stderr.read()


def test_a_second_signal_ends_the_server_at_once() -> None:
    with serving() as it:
        body = json.dumps(modern("tools/call", name="slow", arguments={}))
        it.connect().request("POST", "/mcp", body, {**NEW, "Mcp-Method": "tools/call", "Mcp-Name": "slow"})
        errors_of(it, b"slow: started")
        it.process.terminate()
        errors_of(it, b"stopping after SIGTERM")
        assert it.stop() == 143


def test_an_interrupt_is_told_to_the_shell() -> None:
    with serving() as it:
        assert it.stop(2) == 130


# ------------------------------------------------------------------------------------------- settings


@pytest.mark.requirement("M7")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "mcp.example", ""])
def test_nothing_but_loopback_is_listened_on_without_a_token(host: str) -> None:
    with pytest.raises(SettingError, match="UNABRIDGED_HTTP_TOKEN"):
        http_settings({}, host=host)
    assert http_settings({"UNABRIDGED_HTTP_TOKEN": TOKEN}, host=host).token == TOKEN


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_loopback_needs_no_token(host: str) -> None:
    assert http_settings({}, host=host).token is None


def test_a_token_may_come_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    settings = http_settings({"UNABRIDGED_HTTP_TOKEN_FILE": str(file)}, host="0.0.0.0")
    assert settings.token == TOKEN
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize(
    "environment",
    [
        {"UNABRIDGED_HTTP_TOKEN": ""},
        {"UNABRIDGED_HTTP_TOKEN": "short"},
        {"UNABRIDGED_HTTP_TOKEN": "with spaces in it, and long"},
        {"UNABRIDGED_HTTP_TOKEN": "naïve-naïve-naïve-naïve"},
        {"UNABRIDGED_HTTP_TOKEN_FILE": "/nowhere/at/all"},
        {"UNABRIDGED_HTTP_MAX_BODY": "0"},
        {"UNABRIDGED_HTTP_MAX_SESSIONS": "many"},
        {"UNABRIDGED_HTTP_SESSION_IDLE": "-1"},
        {"UNABRIDGED_HTTP_DRAIN": "1.5"},
    ],
)
def test_a_wrong_setting_is_named(environment: Mapping[str, str]) -> None:
    with pytest.raises(
        SettingError,
        match=next(iter(environment)).removesuffix("_FILE") if "FILE" in str(environment) else "token|UNABRIDGED",
    ):
        http_settings(environment)


def test_the_size_of_an_answer_is_a_setting() -> None:
    assert (largest_answer({}), largest_answer({"UNABRIDGED_MAX_ANSWER": "9000"})) == (45_000, 9000)
    with pytest.raises(SettingError, match="UNABRIDGED_MAX_ANSWER"):
        largest_answer({"UNABRIDGED_MAX_ANSWER": "lots"})


def test_the_host_that_is_listened_on_may_be_asked_for() -> None:
    settings = http_settings({"UNABRIDGED_HTTP_TOKEN": TOKEN}, host="192.0.2.1")
    assert {"192.0.2.1:*", "localhost:*"} <= set(settings.hosts)
    assert "0.0.0.0:*" not in http_settings({"UNABRIDGED_HTTP_TOKEN": TOKEN}, host="0.0.0.0").hosts


def test_an_address_that_is_taken_is_a_clear_mistake() -> None:
    with serving() as it, serving(TEST_PORT=str(it.port)) as other:
        assert other.url == f"cannot listen on {it.url}: Address already in use; choose another --port or --host"
