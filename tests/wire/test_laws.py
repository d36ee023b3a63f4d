"""Laws of the wire: no part of a response is a response, and no bytes at all bring out anything but an outcome."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unabridged.schemas.wire import Fault, Framing, Outcome, Request, Response

from .cases import CASES, chunked, coded, in_chunks
from .raw import Peer, get, response, saying, transport, upstream

GZIPPED, CODING = coded("gzip")
WHOLE = {
    "content-length": response(),
    "content-length, gzip": response(GZIPPED, CODING),
    "chunked": in_chunks(chunked()),
    "chunked, gzip, trailers": in_chunks(chunked(GZIPPED, last=b"0\r\nX-Count: 3\r\n\r\n"), CODING),
    "after interim responses": b"HTTP/1.1 102 Processing\r\n\r\n" + response(),
}
EVERY_END: tuple[Framing, ...] = ("content-length", "chunked", "close-delimited")


@pytest.mark.anyio
@pytest.mark.requirement("G12")
@pytest.mark.parametrize("whole", WHOLE.values(), ids=WHOLE)
async def test_every_proper_prefix_of_a_response_is_a_fault(whole: bytes) -> None:
    async def behave(peer: Peer) -> None:
        asked = await peer.request()
        await peer.say(whole[: int(asked.split(b" ")[1][1:])])

    async with upstream(behave) as server, transport(server.url) as carrier:
        for length in range(len(whole)):
            outcome = await carrier.send(get(server, f"/{length}"), timeout=5)
            assert isinstance(outcome, Fault), length
            assert (outcome.code, outcome.sent) == ("truncated_body", "maybe")
        assert isinstance(await carrier.send(get(server, f"/{len(whole)}"), timeout=5), Response)


async def outcome_of(said: bytes) -> Outcome:
    """What becomes of a request that is answered with the bytes *said* and the end of the connection."""

    async def behave(peer: Peer) -> None:
        await peer.request()
        await peer.say(said)

    async with upstream(behave) as server, transport(server.url) as carrier:
        request = Request(method="GET", url=server.url, framing=EVERY_END)
        return await carrier.send(request, timeout=2)


def is_typed(outcome: Outcome) -> bool:
    """Whether *outcome* is a response, or a fault that the transport knows."""
    return isinstance(outcome, Response) or outcome.code not in ("internal_error", "attempt_timeout")


SAID = tuple(case.said for case in CASES if isinstance(case.said, bytes) and len(case.said) < 2000)


@pytest.mark.requirement("G40", "G42")
@settings(deadline=None)
@given(st.binary())
def test_any_bytes_bring_out_a_typed_outcome(said: bytes) -> None:
    assert is_typed(anyio.run(outcome_of, said))
    assert is_typed(anyio.run(outcome_of, b"HTTP/1.1 200 OK\r\n" + said))


@pytest.mark.requirement("G40", "G42")
@settings(deadline=None)
@given(st.sampled_from(SAID), st.data())
def test_a_damaged_case_of_the_corpus_brings_out_a_typed_outcome(said: bytes, data: st.DataObject) -> None:
    damaged = bytearray(said)
    for _ in range(data.draw(st.integers(1, 4)) if said else 0):
        damaged[data.draw(st.integers(0, len(said) - 1))] = data.draw(st.integers(0, 255))
    assert is_typed(anyio.run(outcome_of, bytes(damaged)))


@pytest.mark.anyio
@pytest.mark.requirement("G12")
async def test_a_response_in_single_bytes_is_the_same_response() -> None:
    single = (bytes([byte]) for byte in WHOLE["chunked, gzip, trailers"])
    async with upstream(saying(*single)) as server, transport(server.url) as carrier:
        outcome = await carrier.send(get(server), timeout=5)
    assert isinstance(outcome, Response)
    assert outcome.framing == "chunked"
