"""Credentials: where they are read, where they go, when they are renewed, and that they are never seen."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote

import anyio
import anyio.lowlevel
import pytest

from tests.wire.raw import Behaviour, Peer, get, response, saying, transport, upstream
from unabridged.schemas.secret import (
    ApiKey,
    Auth,
    Basic,
    Bearer,
    ClientCredentials,
    FromEnvironment,
    FromFile,
    FromKeyring,
    RefreshToken,
)
from unabridged.schemas.wire import Body, Fault, Outcome, Request, Response
from unabridged.tools.credential import Credentials, Grant
from unabridged.tools.egress import Destination, destination

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("G37")]

SECRET = "canary-S3cret/+=?&%"  # every character that some text form changes
KEY = FromEnvironment(env="DESK_KEY")
BASE = "https://api.example/v1"


def to(url: str) -> Destination:
    """Where *url* leads."""
    found = destination(url)
    assert isinstance(found, Destination)
    return found


async def nothing_to_send(request: Request) -> Outcome:
    """Stand where a token would be fetched, and nobody should."""
    raise AssertionError(request.url)


async def granted(auth: Auth, url: str = BASE, environment: Mapping[str, str] | None = None) -> Grant | Fault:
    """What *auth* gives to a request to *url*."""
    variables = {"DESK_KEY": SECRET} if environment is None else environment
    return await Credentials(auth, base_url=BASE, environment=variables).grant(to(url), nothing_to_send)


def basic(username: str, password: str) -> str:
    """The value of an Authorization field (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (Bearer(token=KEY), Grant(headers=(("authorization", f"Bearer {SECRET}"),))),
        (Bearer(token=KEY, scheme="Token"), Grant(headers=(("authorization", f"Token {SECRET}"),))),
        (Bearer(token=KEY, scheme=""), Grant(headers=(("authorization", SECRET),))),
        (Basic(username="ann", password=KEY), Grant(headers=(("authorization", basic("ann", SECRET)),))),
        (Basic(username=KEY), Grant(headers=(("authorization", basic(SECRET, "")),))),
        (ApiKey(in_="header", name="X-Key", value=KEY), Grant(headers=(("x-key", SECRET),))),
        (ApiKey(in_="header", name="X-Key", value=KEY, prefix="v2 "), Grant(headers=(("x-key", f"v2 {SECRET}"),))),
        (ApiKey(in_="query", name="key", value=KEY), Grant(query=(("key", SECRET),))),
    ],
    ids=["bearer", "token", "no scheme", "basic", "key as user", "header", "prefix", "query"],
)
async def test_a_credential_goes_into_its_field_or_parameter(auth: Auth, expected: Grant) -> None:
    assert await granted(auth) == expected


@pytest.mark.requirement("G35")
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/",
        "http://api.example/",
        "https://api.example:8443/",
        "https://api.example.evil.test/",
        "https://www.api.example/",
    ],
)
async def test_a_credential_goes_to_its_own_origin_only(url: str) -> None:
    assert await granted(Bearer(token=KEY), url) == Grant()
    assert await granted(Bearer(token=KEY), "https://api.example/elsewhere") != Grant()


@pytest.mark.requirement("G35")
async def test_a_credential_that_names_its_origin_goes_there_and_not_to_the_base_url() -> None:
    auth = Bearer(token=KEY, origin="https://files.example")
    assert await granted(auth, BASE) == Grant()
    assert await granted(auth, "https://files.example/x") != Grant()


@pytest.mark.parametrize("environment", [{}, {"DESK_KEY": ""}], ids=["absent", "empty"])
async def test_a_missing_variable_is_named(environment: dict[str, str]) -> None:
    assert await granted(Bearer(token=KEY), environment=environment) == Fault(
        kind="credential",
        code="not_configured",
        sent="never",
        detail="The environment variable DESK_KEY is not set.",
    )


async def test_a_secret_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{SECRET}\r\n")
    assert await granted(Bearer(token=FromFile(file=str(path)))) == await granted(Bearer(token=KEY))


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff"], ids=["missing", "empty", "blank", "no text"])
async def test_a_secret_file_that_holds_none_is_named_without_its_path(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    found = await granted(Bearer(token=FromFile(file=str(path))))
    assert isinstance(found, Fault)
    assert (found.code, "token" in found.detail, str(tmp_path) in found.detail) == ("not_configured", True, False)


async def test_a_keyring_without_the_entry_or_the_extra_is_explained() -> None:
    found = await granted(Bearer(token=FromKeyring(keyring="desk/nobody")))
    assert isinstance(found, Fault)
    assert (found.code, "desk/nobody" in found.detail) == ("not_configured", True)


@pytest.mark.requirement("G36")
@pytest.mark.parametrize(
    "secret", ["canary\r\nX-Injected: 1", "canary\nb", "canary\0b", "canaré", " canary", "canary "]
)
@pytest.mark.parametrize(
    "auth", [Bearer(token=KEY), ApiKey(in_="header", name="X-Key", value=KEY)], ids=["bearer", "key"]
)
async def test_a_secret_that_cannot_stand_in_a_field_is_refused(auth: Auth, secret: str) -> None:
    found = await granted(auth, environment={"DESK_KEY": secret})
    assert isinstance(found, Fault)
    assert found.code == "not_configured"
    assert "canar" not in repr(found)


@pytest.mark.requirement("G37")
def test_every_form_of_a_secret_is_blacked_out() -> None:
    credentials = Credentials(Bearer(token=KEY), base_url=BASE, environment={"DESK_KEY": SECRET})
    forms = (
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").replace("%2F", "%2f"),
    )
    for form in forms[:4]:
        assert credentials.redact(f"before {form} after").startswith("before [secret]")
        assert form not in credentials.redact(form)
    assert credentials.redact("nothing to see") == "nothing to see"


async def test_the_user_s_pair_is_blacked_out_too() -> None:
    auth = Basic(username="ann", password=KEY)
    credentials = Credentials(auth, base_url=BASE, environment={"DESK_KEY": SECRET})
    await credentials.grant(to(BASE), nothing_to_send)
    assert credentials.redact(basic("ann", SECRET)) == "Basic [secret]"


@pytest.mark.requirement("G37")
async def test_no_repr_shows_a_secret() -> None:
    credentials = Credentials(Bearer(token=KEY), base_url=BASE, environment={"DESK_KEY": SECRET})
    grant = await credentials.grant(to(BASE), nothing_to_send)
    assert SECRET not in f"{credentials!r} {grant!r} {credentials} {grant}"


@pytest.mark.requirement("G37")
async def test_a_secret_is_in_no_log_and_no_outcome(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    auth = ApiKey(in_="query", name="key", value=KEY)
    environment = {"DESK_KEY": SECRET}
    for said in (response(), response()[:-3], b"nonsense\r\n\r\n", b""):
        async with upstream(saying(said)) as server:
            async with transport(server.url, auth=auth, environment=environment) as carrier:
                outcome = await carrier.send(get(server), timeout=0.2)
            assert quote(SECRET, safe="").encode() in server.heard[0]
            assert "canary" not in f"{outcome!r} {outcome} {caplog.text}"


async def test_a_key_in_the_query_is_laid_behind_what_is_there() -> None:
    auth = ApiKey(in_="query", name="key", value=KEY)
    keys = {"DESK_KEY": "k"}
    async with upstream(saying(response())) as server, transport(server.url, auth=auth, environment=keys) as carrier:
        await carrier.send(get(server, "/tickets?page=2"), timeout=5)
    assert server.heard[0].startswith(b"GET /tickets?page=2&key=k HTTP/1.1\r\n")


async def test_a_key_that_a_next_url_repeats_is_sent_once() -> None:
    auth = ApiKey(in_="query", name="api key", value=KEY)
    keys = {"DESK_KEY": "k"}
    async with upstream(saying(response())) as server, transport(server.url, auth=auth, environment=keys) as carrier:
        await carrier.send(get(server, "/tickets?api+key=old&page=%32&api%20key=k"), timeout=5)
    assert server.heard[0].startswith(b"GET /tickets?page=%32&api+key=k HTTP/1.1\r\n")


# ----------------------------------------------------------------------------------------------- OAuth


@dataclass(slots=True)
class Issuer:
    """A token service that gives the *answers* in turn and remembers what it was asked."""

    answers: Iterable[Outcome]
    asked: list[Request] = field(default_factory=list[Request])

    def __post_init__(self) -> None:
        self.answers = iter(self.answers)

    async def send(self, request: Request) -> Outcome:
        """Answer one request for a token."""
        self.asked.append(request)
        await anyio.lowlevel.checkpoint()
        return next(iter(self.answers))

    def forms(self) -> list[dict[str, list[str]]]:
        """What was asked, as forms."""
        return [parse_qs(request.body.content.decode()) for request in self.asked if request.body is not None]


def token(content: bytes, status: int = 200) -> Response:
    """An answer of a token service."""
    return Response(status=status, headers=(), content=content, framing="content-length", received_at=0.0)


def tokens(life: float | None = 3600.0) -> Iterable[Outcome]:
    """Tokens t1, t2, … that live for *life* seconds."""
    end = "" if life is None else f', "expires_in": {life}'
    return (token(f'{{"access_token": "t{n}", "token_type": "Bearer"{end}}}'.encode()) for n in range(1, 100))


CLIENT = ClientCredentials(
    token_url="https://login.example/token", client_id="me", client_secret=KEY, scope="read", audience="desk"
)
REFRESH = RefreshToken(
    token_url="https://login.example/token", client_id="me", refresh_token=FromEnvironment(env="DESK_REFRESH")
)
SECRETS = {"DESK_KEY": SECRET, "DESK_REFRESH": "r0"}


def bearing(access: str) -> Grant:
    """The grant of an access token."""
    return Grant(headers=(("authorization", f"Bearer {access}"),))


def oauth(auth: Auth, clock: Callable[[], float] = lambda: 0.0) -> Credentials:
    """Credentials over *clock*."""
    return Credentials(auth, base_url=BASE, environment=SECRETS, clock=clock)


async def test_client_credentials_are_exchanged_for_a_token_once() -> None:
    issuer, credentials = Issuer(tokens()), oauth(CLIENT)
    assert [await credentials.grant(to(BASE), issuer.send) for _ in range(3)] == [bearing("t1")] * 3
    [request] = issuer.asked
    assert request.headers == (("authorization", basic("me", quote(SECRET, safe=""))),)
    assert (request.method, request.url, request.purpose) == ("POST", CLIENT.token_url, "token")
    assert issuer.forms() == [{"grant_type": ["client_credentials"], "scope": ["read"], "audience": ["desk"]}]


async def test_a_client_may_name_itself_in_the_body() -> None:
    issuer = Issuer(tokens())
    auth = ClientCredentials(token_url=CLIENT.token_url, client_id="me", client_secret=KEY, client_auth="body")
    assert await oauth(auth).grant(to(BASE), issuer.send) == bearing("t1")
    assert issuer.asked[0].headers == ()
    assert issuer.forms() == [{"grant_type": ["client_credentials"], "client_id": ["me"], "client_secret": [SECRET]}]


async def test_callers_at_one_time_share_one_exchange() -> None:
    issuer, credentials = Issuer(tokens()), oauth(CLIENT)
    grants: list[Grant | Fault] = []

    async def ask() -> None:
        grants.append(await credentials.grant(to(BASE), issuer.send))

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(ask)
    assert grants == [bearing("t1")] * 20
    assert len(issuer.asked) == 1


@pytest.mark.parametrize(
    ("life", "at", "expected"),
    [(3600, 3539, "t1"), (3600, 3540, "t2"), (100, 89, "t1"), (100, 90, "t2"), (None, 1e9, "t1")],
)
async def test_a_token_is_renewed_shortly_before_its_end(life: float | None, at: float, expected: str) -> None:
    now = [0.0]
    issuer, credentials = Issuer(tokens(life)), oauth(CLIENT, lambda: now[0])
    await credentials.grant(to(BASE), issuer.send)
    now[0] = at
    assert await credentials.grant(to(BASE), issuer.send) == bearing(expected)


async def test_a_refused_token_is_forgotten_once() -> None:
    issuer, credentials = Issuer(tokens()), oauth(CLIENT)
    first = await credentials.grant(to(BASE), issuer.send)
    assert isinstance(first, Grant)
    assert credentials.expire(first)
    assert await credentials.grant(to(BASE), issuer.send) == bearing("t2")
    assert credentials.expire(first)  # another caller's news, and old: t2 stays
    assert await credentials.grant(to(BASE), issuer.send) == bearing("t2")


def test_a_plain_key_cannot_be_renewed() -> None:
    assert not oauth(Bearer(token=KEY)).expire(bearing(SECRET))


async def test_a_refresh_token_that_is_replaced_is_used_from_then_on() -> None:
    answers = [token(b'{"access_token": "first", "refresh_token": "r1", "expires_in": 0}'), *tokens()]
    issuer, credentials = Issuer(answers), oauth(REFRESH)
    await credentials.grant(to(BASE), issuer.send)
    await credentials.grant(to(BASE), issuer.send)
    assert [form["refresh_token"] for form in issuer.forms()] == [["r0"], ["r1"]]
    assert [request.resend for request in issuer.asked] == [False, False]
    assert credentials.redact("r0 r1 t1") == "[secret] [secret] [secret]"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (token(b'{"error": "invalid_client"}', 401), "auth_failed"),
        (token(b'{"error": "invalid_grant"}', 400), "auth_failed"),
        (token(b'{"error": "odd"}', 200), "auth_failed"),
        (token(b'{"access_token": ""}'), "auth_failed"),
        (token(b"<html>"), "auth_failed"),
        (token(b'{"access_token": "a\\r\\nX: 1"}'), "not_configured"),
        (token(b"", 503), "unreachable"),
        (token(b"", 429), "unreachable"),
        (Fault(kind="connect", code="unreachable", sent="never", detail="No connection."), "unreachable"),
        (Fault(kind="truncated", code="truncated_body", sent="maybe", detail="It was cut."), "unreachable"),
    ],
)
async def test_a_token_that_does_not_come_is_a_fault_before_anything_is_sent(answer: Outcome, code: str) -> None:
    found = await oauth(CLIENT).grant(to(BASE), Issuer([answer]).send)
    assert isinstance(found, Fault)
    assert (found.code, found.sent) == (code, "never")
    assert "canary" not in repr(found)


def desk(*refused: bytes) -> Behaviour:
    """A service and its token endpoint; requests with the *refused* tokens get 401."""
    numbers = iter(range(1, 100))

    async def behave(peer: Peer) -> None:
        while request := await peer.request():
            if request.startswith(b"POST /token"):
                await peer.say(response(b'{"access_token": "t%d", "expires_in": 3600}' % next(numbers)))
            elif any(b"Bearer " + word in request for word in refused):
                await peer.say(response(b"{}", status="401 Unauthorized"))
            else:
                await peer.say(response())

    return behave


@pytest.mark.parametrize(
    ("refused", "status", "requests"),
    [((), 200, 2), ((b"t1",), 200, 4), ((b"t1", b"t2"), 401, 4)],
    ids=["good", "expired", "refused for good"],
)
async def test_a_refused_token_is_renewed_once_within_a_request(
    refused: Iterable[bytes], status: int, requests: int
) -> None:
    async with upstream(desk(*refused)) as server:
        auth = ClientCredentials(token_url=f"{server.url}/token", client_id="me", client_secret=KEY)
        async with transport(server.url, auth=auth, environment=SECRETS) as carrier:
            outcome = await carrier.send(get(server), timeout=5)
    assert isinstance(outcome, Response)
    assert (outcome.status, len(server.heard)) == (status, requests)


async def test_the_token_goes_to_the_service_and_the_client_s_secret_to_the_token_service_only() -> None:
    async with upstream(desk()) as login, upstream(desk()) as server:
        auth = ClientCredentials(token_url=f"{login.url}/token", client_id="me", client_secret=KEY)
        async with transport(server.url, auth=auth, environment=SECRETS) as carrier:
            body = Body(content=b"{}", media="application/json")
            await carrier.send(Request(method="POST", url=f"{server.url}/tickets", body=body), timeout=5)
            await carrier.send(Request(method="GET", url=f"{login.url}/elsewhere"), timeout=5)
    assert b"authorization: Bearer t1" in server.heard[0]
    assert all(b"Bearer" not in request for request in login.heard)
    assert b"authorization: Basic" in login.heard[0]
    assert b"uthorization" not in login.heard[1]
