"""Where requests may go, as tables, and where the transport then goes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.raw import Peer, get, response, saying, transport, upstream
from unabridged.schemas.provider import Network
from unabridged.schemas.verdict import Finding
from unabridged.schemas.wire import Fault, Outcome, Request, Response
from unabridged.tools.egress import Destination, admit, destination, origin, same_origin

NOTHING_ALLOWED = Network()
LOOPBACK = Network(allow=("loopback",))

ATTACKS = {
    "http://127.1/": "invalid_url",
    "http://2130706433/": "invalid_url",
    "http://0x7f000001/": "invalid_url",
    "http://0x7f.0.0.1/": "invalid_url",
    "http://0177.0.0.1/": "invalid_url",
    "http://0/": "invalid_url",
    "http://256.0.0.1/": "invalid_url",
    "http://0.0.0.0/": "forbidden_address",
    "http://127.0.0.1/": "forbidden_address",
    "http://[::1]/": "forbidden_address",
    "http://[::]/": "forbidden_address",
    "http://[::ffff:127.0.0.1]/": "forbidden_address",
    "http://[::ffff:7f00:1]/": "forbidden_address",
    "http://[::127.0.0.1]/": "forbidden_address",
    "http://[64:ff9b::7f00:1]/": "forbidden_address",
    "http://[64:ff9b:1::7f00:1]/": "forbidden_address",
    "http://[2002:7f00:1::]/": "forbidden_address",
    "http://[2001:0:7f00:1::]/": "forbidden_address",
    "http://[fe80::1]/": "forbidden_address",
    "http://[fe80::1%25eth0]/": "invalid_url",
    "http://[fec0::1]/": "forbidden_address",
    "http://[ff02::1]/": "forbidden_address",
    "http://[fd00:ec2::254]/": "forbidden_address",
    "http://169.254.169.254/latest/meta-data/": "forbidden_address",
    "http://100.100.100.200/": "forbidden_address",
    "http://168.63.129.16/": "forbidden_address",
    "http://metadata.google.internal/": "forbidden_address",
    "https://10.0.0.1/": "forbidden_address",
    "https://172.16.0.1/": "forbidden_address",
    "https://192.168.0.1/": "forbidden_address",
    "https://100.64.0.1/": "forbidden_address",
    "https://198.18.0.1/": "forbidden_address",
    "https://224.0.0.1/": "forbidden_address",
    "https://240.0.0.1/": "forbidden_address",
    "https://255.255.255.255/": "forbidden_address",
    "http://8.8.8.8/": "insecure_url",
    "http://localhost.": "invalid_url",
    "http://127.0.0.1.": "invalid_url",
    "http://①②⑦.⓪.⓪.①/": "invalid_url",
    "http://allowed.example@127.0.0.1/": "invalid_url",
    "http://127.0.0.1\\@allowed.example/": "invalid_url",
    "http://allowed.example:80@127.0.0.1:8080/": "invalid_url",
    "http://allowed.example#@127.0.0.1/": "forbidden_address",
    "//127.0.0.1/": "invalid_url",
    "\\\\127.0.0.1\\x": "invalid_url",
    "\thttp://127.0.0.1": "invalid_url",
    " http://127.0.0.1": "invalid_url",
    "http://127.0.0.1\r\nX: 1/": "invalid_url",
    "http://allowed.example.evil.test": "forbidden_address",
    "file:///etc/passwd": "insecure_url",
    "file://localhost/etc/passwd": "insecure_url",
    "gopher://127.0.0.1/": "insecure_url",
    "ftp://127.0.0.1/": "insecure_url",
    "unix:///run/x": "insecure_url",
    "http+unix://x/": "insecure_url",
    "data:application/json,{}": "invalid_url",
    "javascript:1": "invalid_url",
    "": "invalid_url",
    "/relative": "invalid_url",
    "https://": "invalid_url",
    "https://a:0/": "invalid_url",
    "https://a:65536/": "invalid_url",
    "https://a:b/": "invalid_url",
    "https://-a.example/": "invalid_url",
    "https://a..example/": "invalid_url",
    "https://api.example/users/../admin": "invalid_url",
    "https://api.example/users/./admin": "invalid_url",
    "https://api.example/users/%2e%2e/admin": "invalid_url",
    "https://api.example/users/..%2fadmin": "invalid_url",
    "https://api.example/users/%252e%252e%252fadmin": "invalid_url",
    "https://api.example/users/..;/admin": "invalid_url",
    "https://api.example/users/..\\admin": "invalid_url",
    "https://api.example/users/%00": "invalid_url",
    "https://api.example/users/%zz": "invalid_url",
    "https://api.example/users/%": "invalid_url",
    "https://api.example/a b": "invalid_url",
    "https://api.example/é": "invalid_url",
    "https://api.example/a\r\nX-Injected: 1": "invalid_url",
    "https://api.example/?q=\x7f": "invalid_url",
}


def refusal(url: str, network: Network = NOTHING_ALLOWED, named: Sequence[str] = ("127.0.0.1",)) -> str:
    """The code with which *url* is refused, `admitted` if it is not; names lead to the addresses *named*."""
    to = destination(url)
    if isinstance(to, Finding):
        return to.code
    admitted = admit(to, named if to.address is None else (str(to.address),), network)
    return admitted.code if isinstance(admitted, Finding) else "admitted"


@pytest.mark.requirement("G35", "G36", "G50")
@pytest.mark.parametrize(("url", "code"), ATTACKS.items())
def test_every_url_of_the_attack_corpus_is_refused(url: str, code: str) -> None:
    assert refusal(url) == code


@pytest.mark.requirement("G50")
@pytest.mark.parametrize(
    ("url", "named", "network", "expected"),
    [
        ("https://api.example/", ["93.184.216.34"], Network(), "admitted"),
        ("https://api.example/", ["2606:4700::1111"], Network(), "admitted"),
        ("https://api.example/", ["93.184.216.34", "10.0.0.1"], Network(), "forbidden_address"),
        ("https://api.example/", [], Network(), "forbidden_address"),
        ("https://api.example/", ["nonsense"], Network(), "forbidden_address"),
        ("http://api.example/", ["93.184.216.34"], Network(), "insecure_url"),
        ("http://api.example/", ["93.184.216.34"], Network(plain_http=True), "admitted"),
        ("http://127.0.0.1:8000/", [], LOOPBACK, "admitted"),
        ("http://[::1]:8000/", [], LOOPBACK, "admitted"),
        ("http://localhost/", ["127.0.0.1", "::1"], LOOPBACK, "admitted"),
        ("http://localhost/", ["127.0.0.1", "93.184.216.34"], LOOPBACK, "insecure_url"),
        ("http://[::ffff:127.0.0.1]/", [], LOOPBACK, "admitted"),
        ("https://10.1.2.3/", [], LOOPBACK, "forbidden_address"),
        ("https://10.1.2.3/", [], Network(allow=("private",)), "admitted"),
        ("http://10.1.2.3/", [], Network(allow=("private",)), "insecure_url"),
        ("http://10.1.2.3/", [], Network(allow=("private",), plain_http=True), "admitted"),
        ("https://10.1.2.3/", [], Network(allow=("10.1.0.0/16",)), "admitted"),
        ("https://10.2.2.3/", [], Network(allow=("10.1.0.0/16",)), "forbidden_address"),
        ("https://[fd12::1]/", [], Network(allow=("private",)), "admitted"),
        ("https://[fd00:ec2::254]/", [], Network(allow=("private",)), "forbidden_address"),
        ("https://169.254.169.254/", [], Network(allow=("169.254.0.0/16",)), "forbidden_address"),
        ("https://169.254.169.254/", [], Network(allow=("169.254.169.254/32",)), "admitted"),
        ("https://[::ffff:169.254.169.254]/", [], Network(allow=("private",)), "forbidden_address"),
        ("https://169.254.1.1/", [], Network(allow=("private",)), "forbidden_address"),
        ("https://10.1.2.3/", [], Network(allow=("everything",)), "definition_error"),
    ],
)
def test_an_address_is_admitted_only_if_the_network_allows_it(
    url: str, named: list[str], network: Network, expected: str
) -> None:
    assert refusal(url, network, named) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("HTTPS://API.Example.COM:443/x?y#z", "https://api.example.com"),
        ("http://api.example.com:80/", "http://api.example.com"),
        ("http://api.example.com:443/", "http://api.example.com:443"),
        ("https://[2606:4700:0::1111]:8443/", "https://[2606:4700::1111]:8443"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("https://user@api.example.com/", None),
        ("mailto:a@example.com", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: str | None) -> None:
    assert origin(url) == expected


@pytest.mark.requirement("G35")
@pytest.mark.parametrize(
    "other",
    [
        "http://api.example.com/",
        "https://api.example.com:8443/",
        "https://api.example.com.evil.test/",
        "https://evil.test/api.example.com",
        "https://api.example.com@evil.test/",
        "https://example.com/",
        "//api.example.com/",
        "",
    ],
)
def test_a_difference_in_scheme_host_or_port_is_another_origin(other: str) -> None:
    assert not same_origin("https://api.example.com/", other)


@given(st.text())
def test_any_text_is_a_destination_or_a_finding(text: str) -> None:
    assert isinstance(destination(text), Destination | Finding)
    assert isinstance(destination(f"https://{text}"), Destination | Finding)


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="\\%.#"), min_size=1))
def test_the_target_is_sent_exactly_as_it_is_written(text: str) -> None:
    to = destination(f"https://api.example/{text}")
    assert isinstance(to, Destination)
    assert to.target == f"/{text}"


# ------------------------------------------------------------------------------------ over real sockets


def code_of(outcome: Outcome) -> str:
    """The code of a fault, or the status of a response."""
    return outcome.code if isinstance(outcome, Fault) else str(outcome.status)


@pytest.mark.anyio
@pytest.mark.requirement("G50")
async def test_a_name_is_resolved_once_a_call_and_its_address_pinned() -> None:
    asked = count()

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return ("127.0.0.1",) if next(asked) == 0 else ("169.254.169.254",)

    async with upstream(saying(response(b"{}", "Connection: close"))) as server:
        url = server.url.replace("127.0.0.1", "desk.example")
        async with transport(url, resolver=rebinding) as carrier:
            outcomes = [await carrier.send(Request(method="GET", url=url), timeout=5) for _ in range(2)]
        async with transport(url, resolver=rebinding) as carrier:
            third = await carrier.send(Request(method="GET", url=url), timeout=5)
    assert [code_of(outcome) for outcome in (*outcomes, third)] == ["200", "200", "forbidden_address"]
    assert server.connections == 2


@pytest.mark.anyio
@pytest.mark.requirement("G50")
async def test_one_bad_address_among_good_ones_refuses_the_name() -> None:
    async def mixed(host: str, port: int) -> Sequence[str]:
        return ("127.0.0.1", "10.0.0.1")

    async with upstream(saying(response())) as server:
        url = server.url.replace("127.0.0.1", "desk.example")
        async with transport(url, resolver=mixed) as carrier:
            outcome = await carrier.send(Request(method="GET", url=url), timeout=5)
    assert isinstance(outcome, Fault)
    assert (outcome.kind, outcome.code, outcome.sent) == ("forbidden", "forbidden_address", "never")
    assert server.connections == 0


@pytest.mark.anyio
async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError

    async with transport("https://desk.example", resolver=nowhere) as carrier:
        outcome = await carrier.send(Request(method="GET", url="https://desk.example/"), timeout=5)
    assert code_of(outcome) == "unreachable"


def redirecting(status: int, location: str) -> bytes:
    """A response that redirects."""
    return response(b"", f"Location: {location}", status=f"{status} Elsewhere")


@pytest.mark.anyio
@pytest.mark.requirement("G35")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/there", "there", "{origin}/there", "?page=2"])
async def test_a_read_follows_a_redirect_within_its_origin(status: int, location: str) -> None:
    async def behave(peer: Peer) -> None:
        await peer.request()
        await peer.say(redirecting(status, location.format(origin=server.url)))
        await peer.request()
        await peer.say(response())
        await peer.ended()

    async with upstream(behave) as server, transport(server.url) as carrier:
        assert code_of(await carrier.send(get(server, "/here"), timeout=5)) == "200"
        assert len(server.heard) == 2


@pytest.mark.anyio
@pytest.mark.requirement("G35")
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/",
        "https://127.0.0.1/",
        "http://evil.test/",
        "//evil.test/",
        "http://user@127.0.0.1/",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "data:application/json,{}",
        "unix:///run/x",
        "http://[",
        "/\\evil.test/",
        "\t//evil.test/",
        "x\x01y",
    ],
)
async def test_a_redirect_to_anywhere_else_is_refused(location: str) -> None:
    async with upstream(saying(redirecting(302, location))) as server, transport(server.url) as carrier:
        outcome = await carrier.send(get(server), timeout=5)
    assert code_of(outcome) == "redirected"
    assert len(server.heard) == 1


@pytest.mark.anyio
@pytest.mark.requirement("G35")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_write_is_never_redirected(status: int) -> None:
    async with upstream(saying(redirecting(status, "/there"))) as server, transport(server.url) as carrier:
        outcome = await carrier.send(Request(method="POST", url=server.url), timeout=5)
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.sent) == ("redirected", "maybe")
    assert len(server.heard) == 1


@pytest.mark.anyio
async def test_redirects_that_go_round_end_after_three() -> None:
    async def behave(peer: Peer) -> None:
        while await peer.request():
            await peer.say(redirecting(302, "/tickets"))

    async with upstream(behave) as server, transport(server.url) as carrier:
        assert code_of(await carrier.send(get(server), timeout=5)) == "redirected"
        assert len(server.heard) == 4


@pytest.mark.anyio
async def test_a_redirect_without_a_place_is_a_response() -> None:
    said = response(b"", status="302 Found")
    async with upstream(saying(said)) as server, transport(server.url) as carrier:
        outcome = await carrier.send(get(server), timeout=5)
    assert isinstance(outcome, Response)
    assert outcome.status == 302
