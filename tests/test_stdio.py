"""Raw lines over standard input and output: what a client sends, and what comes back, whatever it sends."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.talking import INITIALIZE, PATIENCE, PING, introduced, talking
from unabridged.server.lines import Lines, Refused, line_of, message_of
from unabridged.server.message_id import message_id

# ------------------------------------------------------------------------------------------- what is no message

WRONG = {
    "no JSON": (b"hello\n", -32700, None),
    "a cut object": (b'{"jsonrpc":"2.0","id":7,\n', -32700, None),
    "invalid UTF-8": (b'{"jsonrpc":"2.0","id":7,"method":"pi\xffng"}\n', -32700, None),
    "far too deep": (b"[" * 100_000 + b"\n", -32700, None),
    "a batch": (b'[{"jsonrpc":"2.0","id":7,"method":"ping"}]\n', -32600, None),
    "a string": (b'"ping"\n', -32600, None),
    "no method": (b'{"jsonrpc":"2.0","id":7}\n', -32600, 7),
    "another version": (b'{"jsonrpc":"1.0","id":"x","method":"ping"}\n', -32600, "x"),
    "a boolean id": (b'{"jsonrpc":"2.0","id":true,"method":"ping"}\n', -32600, None),
    "parameters that are a list": (b'{"jsonrpc":"2.0","id":7,"method":"ping","params":[1]}\n', -32600, 7),
    "a line of five megabytes": (b'{"jsonrpc":"2.0","id":7,"method":"' + b"p" * 5_000_000 + b'"}\n', -32600, None),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_line_that_is_no_message_is_answered_with_an_error(name: str) -> None:
    line, code, request = WRONG[name]
    (read,) = Lines().take(line)
    assert isinstance(read, Refused)
    assert (read.error.error.code, read.error.id) == (code, request)


CALL = b'{"method":"tools/call","params":{"name":"tickets","arguments":{"a":%s}},"jsonrpc":"2.0","id":%s}\n'

UNREADABLE = {
    "half a character": b'"\\ud83d"',
    "no number": b"NaN",
    "a number beyond a double": b"1e400",
    "an integer of more than 309 digits": b"9" * 5000,
    "a name given twice": b'1,"a":2',
    "lists in lists": b"[" * 100_000 + b"]" * 100_000,
    "objects in objects": b'{"id":' * 3000 + b"1" + b"}" * 3000,
}


@pytest.mark.parametrize("request_id", ["7", '"x"', str(2**70)])
@pytest.mark.parametrize("name", UNREADABLE)
def test_an_object_that_cannot_be_read_exactly_is_refused_by_its_identifier(name: str, request_id: str) -> None:
    (read,) = Lines().take(CALL % (UNREADABLE[name], request_id.encode()))
    assert isinstance(read, Refused)
    assert (read.error.error.code, read.error.id) == (-32600, json.loads(request_id))
    assert json.loads(line_of(read.error))["id"] == json.loads(request_id)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":7,"id":8,"method":"ping"}',
        b'{"id":7,"id":7,"method":"ping"}',
        b'{"id":NaN,"method":"ping"}',
        b'{"id":7.5,"method":"ping","a":NaN}',
        b'{"id":null,"method":"ping","a":NaN}',
        b'{"id":true,"method":"ping","a":NaN}',
        b'{"id":"\\ud83d","method":"ping"}',
        b'{"id":' + b"9" * 400 + b',"method":"ping"}',
        b'{"id":[7],"method":"ping","a":NaN}',
        b'{"params":{"id":7},"method":"ping","a":NaN}',
        b'{"params":"\\"id\\":7","method":"ping","a":NaN}',
        b'{"method":"id","a":NaN}',
        b'[{"id":7,"method":"ping","a":NaN}]',
        b'{"id":7,"method":"ping","a":NaN',
        b'{"id":7,"method":"ping}',
        b'{"id":7,"method":"ping","a":NaN}]',
        b'{"id":7,"result":{"a":NaN}}',
        b'{"id":7,"error":NaN}',
    ],
)
def test_what_names_no_request_without_a_doubt_is_answered_without_an_identifier(line: bytes) -> None:
    (read,) = Lines().take(line + b"\n")
    assert isinstance(read, Refused)
    assert read.error.id is None


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("id"), inner),
)


@given(
    members=st.dictionaries(st.text(), ANYTHING),
    request_id=st.integers(-(2**70), 2**70) | st.text(),
    after=st.booleans(),
    escaped=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_whatever_stands_beside_it_the_identifier_is_found(
    members: dict[str, object], request_id: int | str, *, after: bool, escaped: bool, indent: int | None
) -> None:
    beside = {name: value for name, value in members.items() if name not in {"id", "result", "error"}}
    message = {**beside, "id": request_id} if after else {"id": request_id, **beside}
    assert message_id(json.dumps(message, ensure_ascii=escaped, indent=indent).encode()) == request_id


def test_an_answer_that_is_malformed_is_not_taken_for_a_request_of_the_same_identifier() -> None:
    read = message_of(b'{"jsonrpc":"2.0","id":7,"result":5}')
    assert isinstance(read, Refused)
    assert (read.error.error.code, read.error.id) == (-32600, None)


def test_a_server_goes_on_after_every_wrong_line() -> None:
    with introduced() as talk:
        for line, code, request in WRONG.values():
            talk.say(line)
            assert (answer := talk.hear())["error"]["code"] == code
            assert answer["id"] == request
        talk.say(PING)
        assert talk.hear() == {"jsonrpc": "2.0", "id": "ping", "result": {}}
        assert talk.leave() == 0


def test_blank_lines_and_windows_line_ends_are_nothing_to_talk_about() -> None:
    with introduced() as talk:
        talk.say(b"\n   \n\r\n", json.dumps(PING).encode() + b"\r\n")
        assert talk.hear()["id"] == "ping"


def test_lines_may_arrive_byte_by_byte() -> None:
    lines = Lines()
    read = [message for byte in json.dumps(PING).encode() + b"\n" for message in lines.take(bytes([byte]))]
    assert read == [message_of(json.dumps(PING).encode())]


def test_an_identifier_beyond_64_bits_comes_back_unchanged() -> None:
    with introduced() as talk:
        talk.say({**PING, "id": 2**70})
        assert talk.hear()["id"] == 2**70


def test_a_result_that_is_no_json_becomes_an_error_and_not_a_crash() -> None:
    read = message_of(b'{"jsonrpc":"2.0","id":7,"result":{}}')
    assert not isinstance(read, Refused)
    unwritable = read.model_copy(update={"result": {"set": {1}}})
    assert json.loads(line_of(unwritable))["error"]["code"] == -32603


# ------------------------------------------------------------------------------------------- calls


@pytest.mark.requirement("M2")
def test_the_text_and_the_structured_content_are_the_same_json() -> None:
    with introduced() as talk:
        talk.call("tickets")
        result = talk.hear_answer(1)["result"]
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
        assert result["structuredContent"]["items"][10] == {"id": 10, "subject": 'café "quoted" \n'}
        assert result["isError"] is False


def test_a_call_before_the_handshake_is_refused() -> None:
    with talking() as talk:
        talk.call("tickets")
        assert talk.hear()["error"]["code"] == -32602


@pytest.mark.parametrize("params", [{}, {"name": 7}, {"name": "tickets", "arguments": [1]}, {"name": "nobody"}])
def test_a_malformed_call_is_refused_with_invalid_params(params: dict[str, object]) -> None:
    with introduced() as talk:
        talk.say({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        assert talk.hear()["error"]["code"] == -32602


def test_stray_output_of_a_tool_never_reaches_the_client() -> None:
    with introduced() as talk:
        talk.call("noisy")
        assert talk.hear()["result"]["isError"] is False
        assert talk.leave() == 0
        assert talk.rest() == []
        assert talk.process.stderr is not None
        assert {b"a stray write", b"a stray print"} <= set(talk.process.stderr.read().splitlines())


def test_an_answer_larger_than_the_pipe_arrives_whole_at_a_slow_reader() -> None:
    with introduced() as talk:
        talk.call("large", size=20_000_000)
        talk.say(PING)
        items = talk.hear_answer(1)["result"]["structuredContent"]["items"]
        assert len(items) == 20_000_000 // len(json.dumps(items[0], separators=(",", ":")))


def test_a_thousand_requests_in_one_write_are_all_answered() -> None:
    with introduced() as talk:
        talk.say(*({**PING, "id": number} for number in range(1000)))
        assert {talk.hear()["id"] for _ in range(1000)} == set(range(1000))


@pytest.mark.requirement("G33")
def test_a_cancelled_call_ends_upstream_work_and_is_not_answered() -> None:
    with introduced() as talk:
        talk.call("slow")
        assert talk.hear()["method"] == "notifications/progress"
        talk.say({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
        assert talk.process.stderr is not None
        while b"slow: cancelled" not in talk.process.stderr.readline():
            pass
        talk.say(PING)
        while (message := talk.hear()).get("method") == "notifications/progress":
            pass
        assert message["id"] == "ping"


# ------------------------------------------------------------------------------------------- the end


@pytest.mark.requirement("M6")
def test_the_end_of_input_cancels_calls_in_flight_and_is_a_success() -> None:
    with introduced() as talk:
        talk.call("slow")
        assert talk.hear()["method"] == "notifications/progress"
        assert talk.leave() == 0
        assert talk.rest()[-1]["error"]["code"] == -32000
        assert talk.process.stderr is not None
        assert b"slow: cancelled" in talk.process.stderr.read()


@pytest.mark.requirement("M6")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
@pytest.mark.parametrize("busy", [True, False])
def test_a_signal_ends_the_server_while_its_input_stays_open(number: signal.Signals, status: int, busy: bool) -> None:
    with introduced() as talk:
        if busy:
            talk.call("slow")
            assert talk.hear()["method"] == "notifications/progress"
        talk.process.send_signal(number)
        assert talk.process.wait(PATIENCE) == status


def test_a_signal_ends_a_server_that_no_client_has_spoken_to() -> None:
    with talking() as talk:
        assert talk.process.stderr is not None
        while b"serving" not in talk.process.stderr.readline():
            pass
        talk.process.send_signal(signal.SIGTERM)
        assert talk.process.wait(PATIENCE) == 0


def test_a_client_that_no_longer_reads_ends_the_server() -> None:
    with introduced() as talk:
        assert talk.process.stdout is not None
        talk.process.stdout.close()
        talk.call("tickets")
        assert talk.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("stderr", [PIPE, STDOUT])
def test_a_client_that_stops_reading_cannot_keep_the_server_alive(stderr: int) -> None:
    with introduced(log="CRITICAL", stderr=stderr) as talk:
        talk.call("large", size=20_000_000)
        assert b"jsonrpc" in talk.begun()
        assert talk.leave() == 0


def test_input_from_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    asked.write_bytes(json.dumps(INITIALIZE).encode() + b"\nnonsense\n")
    with asked.open("rb") as file, talking(stdin=file) as talk:
        answers = talk.rest()
        assert talk.process.wait(PATIENCE) == 0
    assert {answer["id"] for answer in answers} == {"init", None}


def test_output_that_shares_a_pipe_with_standard_error_still_arrives() -> None:
    with introduced(log="ERROR", stderr=STDOUT) as talk:
        talk.call("large", size=300_000)
        assert len(talk.hear_answer(1)["result"]["structuredContent"]["items"]) > 600
        assert talk.leave() == 0
