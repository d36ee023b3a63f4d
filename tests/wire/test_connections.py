"""What happens to a connection after a response: kept only in silence, closed on any anomaly, closed on cancellation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import count

import anyio
import pytest

from unabridged.schemas.provider import Network
from unabridged.schemas.wire import Body, Fault, Outcome, Request, Response
from unabridged.tools.transport import Connections

from .cases import chunked, coded, head
from .raw import JSON, Behaviour, Peer, get, response, saying, transport, upstream
from .tls import tls

pytestmark = pytest.mark.anyio

ROUNDS = 20
POISON = response(b'{"tickets": [{"id": 666}]}')


def numbered(*, poison: bytes = b"") -> Behaviour:
    """Answer each request with its path; *poison* follows at once."""

    async def behave(peer: Peer) -> None:
        while request := await peer.request():
            await peer.say(response(b'"%b"' % request.split(b" ")[1]) + poison)

    return behave


def poisoned_late(late: anyio.Event, placed: anyio.Event) -> Behaviour:
    """Answer each request with its path; on the first connection more follows when *late* is set (then *placed* is)."""
    turns = count()

    async def behave(peer: Peer) -> None:
        first = next(turns) == 0
        while request := await peer.request():
            await peer.say(response(b'"%b"' % request.split(b" ")[1]))
            if first:
                await late.wait()
                await peer.say(POISON)
                placed.set()

    return behave


def answers(outcome: Outcome, path: str) -> bool:
    """Whether *outcome* is the answer to the request for *path*, and no other."""
    return isinstance(outcome, Response) and outcome.content == b'"%b"' % path.encode()


async def test_a_silent_connection_is_kept_within_a_call() -> None:
    async with upstream(numbered()) as server, transport(server.url) as carrier:
        outcomes = [await carrier.send(get(server, f"/{number}"), timeout=5) for number in range(5)]
        assert all(answers(outcome, f"/{number}") for number, outcome in enumerate(outcomes))
        assert server.connections == 1


async def test_no_connection_outlives_its_call() -> None:
    async with upstream(numbered()) as server:
        for _ in range(2):
            async with transport(server.url) as carrier:
                await carrier.send(get(server), timeout=5)
        assert server.connections == 2


async def test_trusted_connections_outlive_calls() -> None:
    connections = Connections()
    async with upstream(numbered()) as server:
        for _ in range(3):
            async with transport(server.url, connections=connections) as carrier:
                await carrier.send(get(server), timeout=5)
        assert server.connections == 1
        connections.close()


@pytest.mark.parametrize(("idle", "connections"), [(29.0, 1), (31.0, 2)])
async def test_a_connection_that_was_idle_for_30_seconds_is_not_used(idle: float, connections: int) -> None:
    now = [0.0]
    async with upstream(numbered()) as server, transport(server.url, clock=lambda: now[0]) as carrier:
        await carrier.send(get(server), timeout=5)
        now[0] += idle
        assert isinstance(await carrier.send(get(server), timeout=5), Response)
        assert server.connections == connections


@pytest.mark.requirement("G13")
async def test_immediate_surplus_never_answers_the_next_request() -> None:
    async with upstream(numbered(poison=POISON)) as server, transport(server.url) as carrier:
        for number in range(ROUNDS):
            outcome = await carrier.send(get(server, f"/{number}"), timeout=5)
            assert isinstance(outcome, Fault)
            assert outcome.code == "surplus_bytes"
        assert server.connections == ROUNDS


@pytest.mark.requirement("G13")
async def test_late_surplus_never_answers_the_next_request() -> None:
    for _ in range(ROUNDS):
        late, placed = anyio.Event(), anyio.Event()
        async with upstream(poisoned_late(late, placed)) as server, transport(server.url) as carrier:
            assert answers(await carrier.send(get(server, "/first"), timeout=5), "/first")
            late.set()
            await placed.wait()
            assert answers(await carrier.send(get(server, "/second"), timeout=5), "/second")
            assert server.connections == 2


@pytest.mark.requirement("G13")
async def test_a_fault_retires_its_connection() -> None:
    turns = count()

    async def behave(peer: Peer) -> None:
        while await peer.request():
            damaged = next(turns) == 0
            await peer.say(head("Transfer-Encoding: chunked") + (b"zz\r\n" if damaged else chunked()))

    async with upstream(behave) as server, transport(server.url) as carrier:
        first, second = [await carrier.send(get(server), timeout=5) for _ in range(2)]
        assert isinstance(first, Fault)
        assert isinstance(second, Response)
        assert second.content == JSON
        assert server.connections == 2


async def test_a_response_that_ends_the_connection_is_not_waited_on() -> None:
    async with upstream(saying(response(JSON, "Connection: close"))) as server, transport(server.url) as carrier:
        first, second = [await carrier.send(get(server), timeout=5) for _ in range(2)]
        assert isinstance(first, Response)
        assert isinstance(second, Response)
        assert server.connections == 2


def closing_when_idle(ended: Sequence[anyio.Event]) -> Behaviour:
    """Answer once on each connection; on the first read the next request too, and close without an answer."""
    turns = count()

    async def behave(peer: Peer) -> None:
        turn = next(turns)
        await peer.request()
        await peer.say(response())
        if turn == 0:
            await peer.request()
            ended[0].set()
        else:
            await peer.ended()

    return behave


@pytest.mark.requirement("G8")
async def test_a_connection_closed_while_idle_is_replaced_once_without_a_word() -> None:
    ended = anyio.Event()
    async with upstream(closing_when_idle([ended])) as server, transport(server.url) as carrier:
        first, second = [await carrier.send(get(server), timeout=5) for _ in range(2)]
        assert isinstance(first, Response)
        assert isinstance(second, Response)
        assert len(server.heard) == 3


@pytest.mark.requirement("G8", "G10")
async def test_a_request_that_must_not_be_repeated_is_not_sent_again() -> None:
    ended = anyio.Event()
    async with upstream(closing_when_idle([ended])) as server, transport(server.url) as carrier:
        await carrier.send(get(server), timeout=5)
        body = Body(content=b"{}", media="application/json")
        write = Request(method="POST", url=server.url + "/tickets", body=body, resend=False)
        outcome = await carrier.send(write, timeout=5)
        assert isinstance(outcome, Fault)
        assert (outcome.code, outcome.sent) == ("truncated_body", "maybe")
        assert len(server.heard) == 2


async def test_a_connection_that_the_server_closed_in_silence_is_not_used() -> None:
    closed = anyio.Event()

    async def behave(peer: Peer) -> None:
        await peer.request()
        await peer.say(response())
        await peer.stream.aclose()
        closed.set()

    async with upstream(behave) as server, transport(server.url) as carrier:
        write = Request(method="POST", url=server.url + "/tickets", resend=False)
        assert isinstance(await carrier.send(write, timeout=5), Response)
        await closed.wait()
        assert isinstance(await carrier.send(write, timeout=5), Response)
        assert len(server.heard) == 2


@pytest.mark.requirement("G33")
@pytest.mark.parametrize("said", [b"", head()[:-2], response()[:-9]], ids=["before", "in the head", "in the content"])
async def test_cancelling_ends_the_connection_within_100_ms(said: bytes) -> None:
    reading, gone = anyio.Event(), anyio.Event()

    async def behave(peer: Peer) -> None:
        await peer.request()
        await peer.say(said)
        reading.set()
        await peer.ended()
        gone.set()

    async with upstream(behave) as server, transport(server.url) as carrier, anyio.create_task_group() as tasks:

        async def ask() -> None:
            await carrier.send(get(server), timeout=60)

        tasks.start_soon(ask)
        await reading.wait()
        cancelled = time.monotonic()
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True), anyio.fail_after(1):
            await gone.wait()
        assert time.monotonic() - cancelled < 0.1


@pytest.mark.requirement("G33")
async def test_after_a_cancellation_the_next_request_is_answered_by_its_own_response() -> None:
    async with upstream(numbered()) as server, transport(server.url) as carrier:
        for number in range(ROUNDS):
            with anyio.move_on_after(0):
                await carrier.send(get(server, "/cancelled"), timeout=5)
            assert answers(await carrier.send(get(server, f"/{number}"), timeout=5), f"/{number}")


@pytest.mark.requirement("G1")
@pytest.mark.parametrize("before", [b"", head("Content-Length: 9999")], ids=["head", "content"])
async def test_dripping_bytes_do_not_outlive_the_time(before: bytes) -> None:
    async def behave(peer: Peer) -> None:
        await peer.request()
        await peer.say(before)
        for byte in head(*("X-Filler: x" for _ in range(500))):
            await peer.say(bytes([byte]))
            await anyio.sleep(0.01)  # the fault itself: a byte now and then, for a minute

    async with upstream(behave) as server, transport(server.url) as carrier:
        started = time.monotonic()
        outcome = await carrier.send(get(server), timeout=0.3)
        assert isinstance(outcome, Fault)
        assert (outcome.code, outcome.sent) == ("attempt_timeout", "maybe")
        assert time.monotonic() - started < 0.4


async def test_nothing_was_sent_where_no_connection_can_be_made() -> None:
    async with upstream(saying()) as server:
        pass
    async with transport(server.url) as carrier:
        outcome = await carrier.send(get(server), timeout=5)
    assert isinstance(outcome, Fault)
    assert (outcome.kind, outcome.code, outcome.sent) == ("connect", "unreachable", "never")


async def test_nothing_was_sent_while_tls_is_not_agreed() -> None:
    async def behave(peer: Peer) -> None:
        await peer.ended()

    async with upstream(behave) as server:
        url = server.url.replace("http:", "https:")
        async with transport(url) as carrier:
            outcome = await carrier.send(Request(method="GET", url=url), timeout=0.2)
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.sent) == ("attempt_timeout", "never")


async def plain_text(peer: Peer) -> None:
    """Speak HTTP where TLS was due."""
    await peer.say(response())


async def test_a_server_without_tls_is_not_spoken_to_in_tls() -> None:
    async with upstream(plain_text) as server:
        url = server.url.replace("http:", "https:")
        async with transport(url) as carrier:
            outcome = await carrier.send(Request(method="GET", url=url), timeout=5)
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.sent) == ("tls_failed", "never")


@pytest.mark.parametrize("name", ["127.0.0.1", "127.0.0.2"], ids=["unknown authority", "other name"])
async def test_a_certificate_that_is_not_trusted_for_the_host_is_refused(name: str) -> None:
    serving, trusting = tls(name, trusted=name == "127.0.0.2")
    showing = saying(response())
    async with upstream(showing, tls=serving) as server, transport(server.url, ssl_context=trusting) as carrier:
        outcome = await carrier.send(get(server), timeout=5)
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.sent) == ("tls_failed", "never")
    assert server.heard == []


async def test_tls_connections_are_kept_within_a_call() -> None:
    serving, trusting = tls("127.0.0.1")
    async with upstream(numbered(), tls=serving) as server, transport(server.url, ssl_context=trusting) as carrier:
        for number in range(3):
            assert answers(await carrier.send(get(server, f"/{number}"), timeout=5), f"/{number}")
        assert server.connections == 1


async def test_an_early_refusal_of_a_large_request_is_read() -> None:
    async def behave(peer: Peer) -> None:
        await peer.stream.receive()
        await peer.say(response(status="413 Content Too Large"))
        await peer.ended()

    async with upstream(behave) as server, transport(server.url) as carrier:
        body = Body(content=b"x" * (64 * 1024), media="text/plain")
        outcome = await carrier.send(Request(method="POST", url=server.url + "/", body=body), timeout=5)
    assert isinstance(outcome, Response)
    assert outcome.status == 413


async def test_a_name_with_several_addresses_is_tried_address_by_address() -> None:
    async def two(host: str, port: int) -> Sequence[str]:
        return ("::1", "127.0.0.1")

    async with upstream(saying(response())) as server:
        url = server.url.replace("127.0.0.1", "desk.example")
        network = Network(allow=("loopback",))
        async with transport(url, resolver=two, network=network) as carrier:
            outcome = await carrier.send(Request(method="GET", url=url), timeout=5)
    assert isinstance(outcome, Response)
    assert outcome.peer is not None
    assert outcome.peer.startswith("127.0.0.1:")
    assert server.heard[0].lower().find(b"host: desk.example:") > 0


async def test_many_requests_at_once_have_a_connection_each() -> None:
    async with upstream(numbered()) as server, transport(server.url) as carrier:
        outcomes: dict[int, Outcome] = {}

        async def ask(number: int) -> None:
            outcomes[number] = await carrier.send(get(server, f"/{number}"), timeout=5)

        async with anyio.create_task_group() as tasks:
            for number in range(16):
                tasks.start_soon(ask, number)
        assert all(answers(outcome, f"/{number}") for number, outcome in outcomes.items())
        assert len(outcomes) == 16


@pytest.mark.requirement("G13")
async def test_damage_inside_sound_framing_retires_the_connection_too() -> None:
    turns = count()
    body, field = coded("gzip")

    async def behave(peer: Peer) -> None:
        while await peer.request():
            await peer.say(response(body[:-1], field) if next(turns) == 0 else response())

    async with upstream(behave) as server, transport(server.url) as carrier:
        first, second = [await carrier.send(get(server), timeout=5) for _ in range(2)]
        assert isinstance(first, Fault)
        assert isinstance(second, Response)
        assert server.connections == 2
