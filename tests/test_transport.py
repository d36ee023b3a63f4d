"""What a request looks like on the wire, what may never stand in it, and how proxies are used."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest
from anyio.abc import ByteStream
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.raw import Peer, get, response, saying, transport, upstream
from tests.wire.tls import tls
from unabridged.schemas.provider import Network
from unabridged.schemas.secret import ApiKey, Bearer, FromEnvironment
from unabridged.schemas.verdict import Finding
from unabridged.schemas.wire import Body, Fault, Outcome, Request, Response
from unabridged.tools.egress import Destination, destination
from unabridged.tools.head import head
from unabridged.tools.proxy import Proxy, proxy_for

KEY = FromEnvironment(env="DESK_KEY")
KEYS = {"DESK_KEY": "k"}


async def sent(request: Request, path: str = "/tickets") -> bytes:
    """What *request* is on the wire."""
    async with upstream(saying(response())) as server, transport(server.url) as carrier:
        await carrier.send(
            Request(
                method=request.method,
                url=server.url + path,
                headers=request.headers,
                body=request.body,
                media=request.media,
            ),
            timeout=5,
        )
        return server.heard[0].replace(server.url.removeprefix("http://").encode(), b"HOST")


@pytest.mark.anyio
async def test_a_read_says_what_it_accepts_and_who_asks() -> None:
    assert await sent(Request(method="GET", url="", media=("application/json", "text/json"))) == (
        b"GET /tickets HTTP/1.1\r\n"
        b"host: HOST\r\n"
        b"accept: application/json, text/json\r\n"
        b"accept-encoding: gzip, deflate, br, zstd\r\n"
        b"user-agent: unabridged/test\r\n"
        b"\r\n"
    )


@pytest.mark.anyio
async def test_a_write_carries_its_content_exactly() -> None:
    body = Body(content=b'{"a": "\xc3\xa9"}', media="application/json")
    request = Request(method="POST", url="", headers=(("Idempotency-Key", "k1"),), body=body)
    assert await sent(request) == (
        b"POST /tickets HTTP/1.1\r\n"
        b"host: HOST\r\n"
        b"idempotency-key: k1\r\n"
        b"content-type: application/json\r\n"
        b"accept: application/json\r\n"
        b"accept-encoding: gzip, deflate, br, zstd\r\n"
        b"user-agent: unabridged/test\r\n"
        b"content-length: 11\r\n"
        b'\r\n{"a": "\xc3\xa9"}'
    )


@pytest.mark.anyio
async def test_a_field_of_the_request_replaces_the_transport_s_own() -> None:
    own = (("Accept", "application/vnd.github+json"), ("User-Agent", "mine"), ("Accept-Encoding", "identity"))
    text = await sent(Request(method="GET", url="", headers=own))
    assert text.count(b"\r\naccept: ") == text.count(b"\r\nuser-agent: ") == text.count(b"\r\naccept-encoding: ") == 1
    assert b"application/vnd.github+json" in text


@pytest.mark.anyio
@pytest.mark.requirement("G36")
@pytest.mark.parametrize("path", ["/a%20b?x=1&x=2&y=%2F", "/?page[after]=a+b", "/a;b=c//d", "/a%2Fb", "/?q='\"<>|{}^`"])
async def test_a_url_is_sent_exactly_as_it_is_written(path: str) -> None:
    assert (await sent(Request(method="GET", url=""), path)).startswith(f"GET {path} HTTP/1.1\r\n".encode())


async def code_of(request: Request) -> str:
    """The code of what becomes of *request*, asked of a server that must not be reached."""
    async with transport("http://127.0.0.1:1") as carrier:
        outcome = await carrier.send(request, timeout=5)
    assert isinstance(outcome, Fault)
    assert (outcome.kind, outcome.sent) == ("forbidden", "never")
    return outcome.code


@pytest.mark.anyio
@pytest.mark.requirement("G36")
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("X-Note", "a\r\nX-Injected: 1", "invalid_arguments"),
        ("X-Note", "a\nb", "invalid_arguments"),
        ("X-Note", "a\rb", "invalid_arguments"),
        ("X-Note", "a\0b", "invalid_arguments"),
        ("X-Note", "a\x7fb", "invalid_arguments"),
        ("X-Note", "\x1b[2J", "invalid_arguments"),
        ("X-Note", "é", "invalid_arguments"),
        ("X-Note", " a", "invalid_arguments"),
        ("X-Note", "a\t", "invalid_arguments"),
        ("X Note", "a", "definition_error"),
        ("X-Note:", "a", "definition_error"),
        ("X-Note\r\n", "a", "definition_error"),
        ("", "a", "definition_error"),
        ("Host", "evil.test", "definition_error"),
        ("content-length", "0", "definition_error"),
        ("Transfer-Encoding", "chunked", "definition_error"),
        ("Connection", "keep-alive", "definition_error"),
        ("Expect", "100-continue", "definition_error"),
        ("Upgrade", "h2c", "definition_error"),
        ("Proxy-Authorization", "Basic x", "definition_error"),
    ],
)
async def test_a_field_that_would_change_the_message_is_refused(name: str, value: str, code: str) -> None:
    assert await code_of(Request(method="GET", url="http://127.0.0.1:1/", headers=((name, value),))) == code


@pytest.mark.anyio
@pytest.mark.requirement("G36")
@pytest.mark.parametrize("method", ["GET /x HTTP/1.1\r\nX:", "G T", "", "GET\r\n"])
async def test_a_method_that_is_none_is_refused(method: str) -> None:
    async with upstream(saying(response())) as server, transport(server.url) as carrier:
        outcome = await carrier.send(Request(method=method, url=server.url), timeout=5)
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.sent) == ("definition_error", "never")
    assert server.heard == []


@pytest.mark.anyio
@pytest.mark.requirement("G36")
@pytest.mark.parametrize(
    "auth", [Bearer(token=KEY), ApiKey(in_="header", name="X-Key", value=KEY)], ids=["bearer", "key"]
)
async def test_a_request_cannot_say_the_credential_s_field_itself(auth: Bearer | ApiKey) -> None:
    own = (("Authorization", "Bearer mine"), ("x-key", "mine"))
    async with upstream(saying(response())) as server, transport(server.url, auth=auth, environment=KEYS) as carrier:
        outcome = await carrier.send(Request(method="GET", url=server.url, headers=own), timeout=5)
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.sent) == ("definition_error", "never")


def somewhere() -> Destination:
    """A destination."""
    found = destination("https://api.example/")
    assert isinstance(found, Destination)
    return found


@pytest.mark.requirement("G36")
@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_no_field_ever_breaks_out_of_its_line(headers: list[tuple[str, str]]) -> None:
    lines = head(Request(method="GET", url="", headers=tuple(headers)), somewhere(), (), agent="x")
    if not isinstance(lines, Finding):
        assert all(name.isascii() and value.isascii() for name, value in lines)
        assert all((name + value).replace("\t", "").isprintable() for name, value in lines)


@pytest.mark.anyio
async def test_a_response_says_how_it_came() -> None:
    async with upstream(saying(response(b"[]"))) as server, transport(server.url) as carrier:
        outcome = await carrier.send(get(server), timeout=5)
    assert isinstance(outcome, Response)
    assert (outcome.status, outcome.content, outcome.framing) == (200, b"[]", "content-length")
    assert (outcome.wire_bytes, outcome.digests) == (2, ())
    assert outcome.headers == (("content-type", "application/json"), ("content-length", "2"))
    assert outcome.peer == server.url.removeprefix("http://")
    assert 0 < outcome.elapsed < 5


@pytest.mark.anyio
@pytest.mark.parametrize("status", [204, 304])
async def test_a_response_without_content_is_one(status: int) -> None:
    async with upstream(saying(f"HTTP/1.1 {status} X\r\n\r\n".encode())) as server, transport(server.url) as carrier:
        outcome = await carrier.send(get(server), timeout=5)
    assert isinstance(outcome, Response)
    assert (outcome.status, outcome.content, outcome.framing) == (status, b"", "none")


# --------------------------------------------------------------------------------------------- proxies

HTTPS_PROXY = {"HTTPS_PROXY": "http://proxy.example:3128"}


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        ("https://api.example/", {}, None),
        ("https://api.example/", HTTPS_PROXY, Proxy("proxy.example", 3128)),
        ("https://api.example/", {"https_proxy": "http://low:1", **HTTPS_PROXY}, Proxy("low", 1)),
        ("https://api.example/", {"ALL_PROXY": "proxy.example:3128"}, Proxy("proxy.example", 3128)),
        ("https://api.example/", {"HTTP_PROXY": "http://proxy.example:3128"}, None),
        ("http://api.example/", HTTPS_PROXY, None),
        ("https://api.example/", {**HTTPS_PROXY, "NO_PROXY": "api.example"}, None),
        ("https://api.example/", {**HTTPS_PROXY, "NO_PROXY": "other, .example"}, None),
        ("https://api.example/", {**HTTPS_PROXY, "NO_PROXY": "*"}, None),
        ("https://api.example/", {**HTTPS_PROXY, "NO_PROXY": "pi.example, "}, Proxy("proxy.example", 3128)),
        ("https://api.example/", {"HTTPS_PROXY": "http://u:p%40@h:1"}, Proxy("h", 1, "Basic dTpwQA==")),
    ],
)
def test_the_environment_says_which_proxy(url: str, environment: dict[str, str], expected: Proxy | None) -> None:
    to = destination(url)
    assert isinstance(to, Destination)
    assert proxy_for(to, environment) == expected


def test_a_proxy_s_credential_is_not_shown() -> None:
    assert "dTpwQA" not in repr(Proxy("h", 1, "Basic dTpwQA=="))


async def pump(source: ByteStream, sink: ByteStream) -> None:
    """Carry bytes until *source* ends."""
    try:
        async for part in source:
            await sink.send(part)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass


async def through_a_proxy(
    answer: bytes, *, proxy: str = "environment", name: str = "desk.example"
) -> tuple[Outcome, list[bytes], list[bytes]]:
    """Ask a TLS service behind a CONNECT proxy; return the outcome, and what the proxy and the service heard."""
    serving, trusting = tls("desk.example", "127.0.0.1")

    async def tunnelling(peer: Peer) -> None:
        await peer.request()
        await peer.say(answer)
        if not answer.startswith(b"HTTP/1.1 200"):
            return
        onward = await anyio.connect_tcp("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
        async with onward, anyio.create_task_group() as tasks:
            tasks.start_soon(pump, onward, peer.stream)
            await pump(peer.stream, onward)
            tasks.cancel_scope.cancel()

    async def resolver(host: str, port: int) -> Sequence[str]:
        assert host == "proxy.example", "the proxy resolves the service's name"
        return ("127.0.0.1",)

    async with upstream(saying(response()), tls=serving) as server, upstream(tunnelling) as relay:
        url = server.url.replace("127.0.0.1", name)
        carrier = transport(
            url,
            auth=Bearer(token=KEY),
            environment={"DESK_KEY": "k3y", "HTTPS_PROXY": relay.url.replace("127.0.0.1", "u:p@proxy.example")},
            network=Network(proxy="environment" if proxy == "environment" else "none"),
            ssl_context=trusting,
            resolver=resolver,
        )
        async with carrier:
            outcome = await carrier.send(Request(method="GET", url=url + "/tickets"), timeout=5)
        return outcome, relay.heard, server.heard


@pytest.mark.anyio
async def test_a_proxy_gets_the_name_of_the_host_and_nothing_else() -> None:
    outcome, proxied, heard = await through_a_proxy(b"HTTP/1.1 200 Connection established\r\n\r\n")
    assert isinstance(outcome, Response)
    [asked] = proxied
    assert asked.startswith(b"CONNECT desk.example:")
    assert b"Basic dTpw" in asked
    assert b"k3y" not in asked
    assert b"authorization: Bearer k3y" in heard[0]
    assert b"proxy-authorization" not in heard[0]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"",
    ],
    ids=["407", "502", "nonsense", "nothing"],
)
async def test_a_proxy_that_gives_no_tunnel_is_a_connection_that_cannot_be_made(answer: bytes) -> None:
    outcome, _, heard = await through_a_proxy(answer)
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.sent) == ("unreachable", "never")
    assert heard == []


@pytest.mark.anyio
@pytest.mark.requirement("G50")
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "desk.localhost", "metadata.google.internal"])
async def test_a_forbidden_address_is_forbidden_behind_a_proxy_too(name: str) -> None:
    outcome, proxied, _ = await through_a_proxy(b"", name=name)
    assert isinstance(outcome, Fault)
    assert outcome.code == "forbidden_address"
    assert proxied == []


@pytest.mark.anyio
async def test_without_the_file_s_word_no_proxy_is_used() -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError

    async with upstream(saying()) as relay:
        environment = {"HTTPS_PROXY": relay.url, "ALL_PROXY": relay.url, "HTTP_PROXY": relay.url}
        async with transport("https://desk.example", environment=environment, resolver=nowhere) as carrier:
            outcome = await carrier.send(Request(method="GET", url="https://desk.example/"), timeout=5)
    assert isinstance(outcome, Fault)
    assert outcome.code == "unreachable"
    assert relay.connections == 0
