"""Every case of the wire corpus ends in its own word, over real sockets."""

from __future__ import annotations

import ssl
from typing import assert_never

import pytest

from unabridged.schemas.claim import Claim
from unabridged.schemas.contract import Contract
from unabridged.schemas.operation import Operation
from unabridged.schemas.provider import Provider
from unabridged.schemas.wire import Outcome, Request
from unabridged.validators.inspection import Sound, inspect
from unabridged.validators.refusing import Again, Hopeless

from .cases import CASES, LIMIT, Case
from .raw import Behaviour, Peer, transport, upstream
from .tls import tls

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("G12", "G14", "G15", "G16", "G17", "G22", "G40", "G42")]


@pytest.fixture(scope="module")
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What the server shows for 127.0.0.1, and what the transport trusts."""
    return tls("127.0.0.1")


def behaviour(case: Case) -> Behaviour:
    """Do what *case* says after the first request."""

    async def behave(peer: Peer) -> None:
        await peer.request()
        for part in case.parts():
            await peer.say(part)
        match case.then:
            case "stay":
                await peer.ended()
            case "reset":
                await peer.reset()
            case "notify":
                await peer.notify()
            case "end":
                pass
            case _:
                assert_never(case.then)

    return behave


def word(request: Request, outcome: Outcome) -> str:
    """What comes of *outcome*: `sound`, or a code."""
    contract = Contract(
        name="tickets",
        description="All tickets.",
        claim=Claim("one"),
        request=Operation(url="/tickets"),
        provider=Provider(name="desk", base_url="http://127.0.0.1"),
    )
    match inspect(contract, request, outcome):
        case Sound():
            return "sound"
        case Again(finding) | Hopeless(finding):
            return finding.code


@pytest.mark.requirement("G12", "G14", "G16", "G17", "G42")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_every_case_ends_in_its_own_word(case: Case, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    serving, trusting = contexts
    async with upstream(behaviour(case), tls=serving if case.tls else None) as server:
        request = Request(
            method=case.method, url=f"{server.url}/tickets", framing=case.framing, integrity=case.integrity
        )
        async with transport(server.url, limit=LIMIT, ssl_context=trusting) as carrier:
            outcome = await carrier.send(request, timeout=case.timeout)
    assert word(request, outcome) == case.expected
