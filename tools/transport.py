"""The one way out: a request goes to an address that was checked, and comes back as one whole message or as a fault.

    send ── credential ── egress ── connection ── message ── integrity ──► Response
                 └──────────┴───────────┴────────────┴───────────┴──────► Fault

Never judges a status or a body, never follows a redirect to another origin, never hands over a message whose end is
not proven, and never raises but for cancellation, which closes the connection at once.  It reuses a connection only
when nothing waits on it that nobody asked for, and sends a request twice only when the server closed an idle
connection before any byte of the response, when a token had expired, or to follow a redirect of a read.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlencode, urljoin

import anyio

from ..schemas.contract import Provider
from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Headers, Outcome, Request, Response, Sent
from ..validators.integrity import decoded, digests
from .connection import Connection, connect
from .credential import Credentials, Grant
from .egress import Address, Destination, Resolver, admit, destination, resolve
from .fault import fault, fault_of
from .head import head
from .message import Message, Outgoing, exchange
from .proxy import Proxy, proxy_for, tunnel

__all__ = ["Connections", "HttpTransport"]

_REDIRECTS: Final = 3
_REDIRECTED: Final = frozenset({301, 302, 303, 307, 308})
_IDLE: Final = 30.0  # seconds after which an idle connection is not used again


@dataclass(slots=True)
class _Progress:
    """How far one attempt got: whether the server can have seen the request."""

    sent: Sent = "never"


@dataclass(slots=True)
class Connections:
    """Idle connections by origin, each with the time since which it has been idle."""

    idle: dict[str, list[tuple[Connection, float]]] = field(default_factory=dict[str, list[tuple[Connection, float]]])

    def take(self, origin: str, now: float) -> Connection | None:
        """Return a connection to *origin* on which nothing waits; close those that are too old or not silent."""
        waiting = self.idle.get(origin, [])
        while waiting:
            connection, since = waiting.pop()
            if now - since < _IDLE and connection.waiting() == "nothing":
                return connection
            connection.close()
        return None

    def put(self, origin: str, connection: Connection, now: float) -> None:
        """Keep *connection*, or close it if it cannot be used again."""
        if connection.reopen():
            self.idle.setdefault(origin, []).append((connection, now))
        else:
            connection.close()

    def close(self) -> None:
        """Close every idle connection."""
        for waiting in self.idle.values():
            for connection, _ in waiting:
                connection.close()
        self.idle.clear()


class HttpTransport:
    """Sends the requests of one tool call to one provider.

    *limit* bounds the content of one response in bytes, on the wire and unpacked.  *clock* is monotonic and *now* is
    Unix time, in seconds.  *version* goes into the User-Agent field.  *connections* outlive the transport if they are
    given; otherwise they are closed with it.  *environment* is where proxies are looked up, when the provider's
    network says so.  *ssl_context* replaces the system's trust store.
    """

    def __init__(
        self,
        provider: Provider,
        credentials: Credentials,
        *,
        limit: int,
        version: str = "0",
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        resolver: Resolver = resolve,
        environment: Mapping[str, str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        connections: Connections | None = None,
    ) -> None:
        self._network = provider.network
        self._credentials = credentials
        self._limit = limit
        self._agent = f"unabridged/{version}"
        self._clock = clock
        self._now = now
        self._resolver = resolver
        self._environment = environment or {}
        self._ssl_context = ssl_context
        self._connections = connections or Connections()
        self._closes = connections is None
        self._admitted: dict[str, tuple[Address, ...]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the idle connections, unless they were given from outside."""
        if self._closes:
            self._connections.close()

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109  a value comes out, no cancellation
        """Send *request* and return its outcome within *timeout* seconds; never raises but for cancellation."""
        started = self._clock()
        progress = _Progress()
        outcome: Outcome | None = None
        with anyio.move_on_after(timeout):
            outcome = await self._guarded(request, progress)
        if outcome is None:
            outcome = fault("attempt_timeout", "The service did not answer in time.", sent=progress.sent)
        return replace(outcome, elapsed=self._clock() - started)

    async def _guarded(self, request: Request, progress: _Progress) -> Outcome:
        try:
            return await self._followed(request, progress)
        except Exception:  # the promise of this file: whatever happens is a value
            return fault("internal_error", "The transport failed in a way that it does not know.", sent=progress.sent)

    async def _followed(self, request: Request, progress: _Progress) -> Outcome:
        """Follow redirects: of reads only, within one origin only, a few only."""
        for _ in range(_REDIRECTS + 1):
            outcome = await self._authorized(request, progress)
            location = _location(outcome)
            if location is None:
                return outcome
            url = _within_origin(request.url, location) if request.method in ("GET", "HEAD") else None
            if url is None:
                return fault("redirected", "The service redirects to where it is not followed.", sent=progress.sent)
            request = replace(request, url=url)
        return fault("redirected", "The service redirects again and again.", sent=progress.sent)

    async def _authorized(self, request: Request, progress: _Progress) -> Outcome:
        """Send with the credential of the request's origin; once more with a new token if the first is refused."""
        to = destination(request.url)
        if isinstance(to, Finding):
            return fault_of(to, sent=progress.sent)
        for renewed in (False, True):
            grant = await self._credentials.grant(to, self._token_exchange)
            if isinstance(grant, Fault):
                return replace(grant, sent=progress.sent)
            outcome = await self._exchanged(request, to, grant, progress)
            refused = isinstance(outcome, Response) and outcome.status == 401
            if renewed or not refused or not self._credentials.expire(grant):
                return outcome
        raise AssertionError  # the second turn returns

    async def _token_exchange(self, request: Request) -> Outcome:
        to = destination(request.url)
        if isinstance(to, Finding):
            return fault_of(to, sent="never")
        return await self._exchanged(request, to, Grant(), _Progress())

    async def _exchanged(self, request: Request, to: Destination, grant: Grant, progress: _Progress) -> Outcome:
        lines = head(request, to, grant.headers, agent=self._agent)
        if isinstance(lines, Finding):
            return fault_of(lines, sent=progress.sent)
        content = request.body.content if request.body is not None else b""
        outgoing = Outgoing(method=request.method, target=_target(to, grant), headers=lines, content=content)
        kept = self._connections.take(to.origin, self._clock())
        if kept is not None:
            outcome = await self._carried(kept, request, to, outgoing, progress)
            if not _closed_while_idle(outcome, kept, request):
                return outcome
        fresh = await self._opened(to)
        if isinstance(fresh, Fault):
            return replace(fresh, sent=progress.sent)
        return await self._carried(fresh, request, to, outgoing, progress)

    async def _carried(
        self, connection: Connection, request: Request, to: Destination, outgoing: Outgoing, progress: _Progress
    ) -> Outcome:
        """Exchange one message over *connection*, which is kept or closed afterwards, whatever happens."""
        whole = False
        try:
            message = await exchange(connection, outgoing, limit=self._limit, accepted=request.framing)
            whole = isinstance(message, Message)
        finally:
            progress.sent = "maybe" if connection.sent else progress.sent
            if not whole:
                connection.close()
        if isinstance(message, Fault):
            return replace(message, sent=progress.sent)
        self._connections.put(to.origin, connection, self._clock())
        return self._verified(message, request, connection.peer)

    def _verified(self, message: Message, request: Request, peer: str) -> Outcome:
        """Undo the content coding and check the digests."""
        if message.framing == "none":
            return self._response(message, b"", (), peer)
        content = decoded(message.content, message.headers, limit=self._limit)
        if isinstance(content, Finding):
            return fault_of(content, sent="maybe")
        required = request.integrity if 200 <= message.status < 300 else ()
        fields = _digest_fields(message, request)
        matched = digests(fields, coded=message.content, content=content, required=required)
        if isinstance(matched, Finding):
            return fault_of(matched, sent="maybe")
        return self._response(message, content, matched, peer)

    def _response(self, message: Message, content: bytes, matched: tuple[str, ...], peer: str) -> Response:
        return Response(
            status=message.status,
            headers=message.headers,
            content=content,
            framing=message.framing,
            received_at=self._now(),
            wire_bytes=len(message.content),
            digests=matched,
            peer=peer,
        )

    async def _opened(self, to: Destination) -> Connection | Fault:
        try:
            proxy = proxy_for(to, self._environment) if self._network.proxy == "environment" else None
            return await (self._directly(to) if proxy is None else self._through(proxy, to))
        except ssl.SSLError:
            return fault("tls_failed", "No trusted TLS connection could be made.", sent="never")
        except OSError:
            return fault("unreachable", "No connection could be made.", sent="never")
        except ValueError:  # a name that the system's resolver cannot spell, or a proxy that is none
            return fault("definition_error", "The host, or the proxy in the environment, is not one.", sent="never")

    async def _directly(self, to: Destination) -> Connection | Fault:
        addresses = await self._addresses(to)
        if isinstance(addresses, Fault):
            return addresses
        return await self._secured(await connect(addresses, to.port), to)

    async def _through(self, proxy: Proxy, to: Destination) -> Connection | Fault:
        """Tunnel through *proxy*, which resolves names itself; an address is still checked here."""
        if to.address is not None and isinstance(refused := admit(to, (str(to.address),), self._network), Finding):
            return fault_of(refused, sent="never")
        addresses = tuple(map(ip_address, await self._resolver(proxy.host, proxy.port)))
        connection = await connect(addresses, proxy.port)
        try:
            await tunnel(connection, proxy, to)
        except BaseException:
            connection.close()
            raise
        return await self._secured(connection, to)

    async def _secured(self, connection: Connection, to: Destination) -> Connection:
        if to.scheme == "https":
            try:
                await connection.secure(self._ssl_context or _trusting(), to.host)
            except BaseException:
                connection.close()
                raise
        return connection

    async def _addresses(self, to: Destination) -> tuple[Address, ...] | Fault:
        """Resolve the name once a call, and check every address; what was checked is what is connected to."""
        if to.origin not in self._admitted:
            named = await self._resolver(to.host, to.port) if to.address is None else (str(to.address),)
            admitted = admit(to, named, self._network)
            if isinstance(admitted, Finding):
                return fault_of(admitted, sent="never")
            self._admitted[to.origin] = admitted
        return self._admitted[to.origin]


@cache
def _trusting() -> ssl.SSLContext:
    """The system's trust store, as httpx2 finds it; made once, because it is slow to make."""
    import httpx2  # noqa: PLC0415  a fifth of a second that plain http on loopback need not pay

    context = httpx2.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _digest_fields(message: Message, request: Request) -> Headers:
    """The fields and trailers that may hold digests of this content: elsewhere some are about another representation."""
    fields = message.headers + message.trailers
    if message.status == 200 and request.method in ("GET", "QUERY"):
        return fields
    return tuple(line for line in fields if line[0] not in ("repr-digest", "docker-content-digest"))


def _target(to: Destination, grant: Grant) -> str:
    if not grant.query:
        return to.target
    return to.target + ("&" if "?" in to.target else "?") + urlencode(grant.query)


def _closed_while_idle(outcome: Outcome, connection: Connection, request: Request) -> bool:
    """Whether the server closed a reused connection before it can have answered (RFC 9112, 9.3.1)."""
    unanswered = isinstance(outcome, Fault) and outcome.code in ("truncated_body", "unreachable")
    return unanswered and not connection.received and (request.resend or not connection.sent)


def _location(outcome: Outcome) -> str | None:
    if isinstance(outcome, Fault) or outcome.status not in _REDIRECTED:
        return None
    return next((value for name, value in outcome.headers if name == "location"), None)


def _within_origin(url: str, location: str) -> str | None:
    """The URL that *location* means at *url* (RFC 9110, 10.2.2), None outside the origin."""
    try:
        joined = urljoin(url, location)
    except ValueError:
        return None
    here, there = destination(url), destination(joined)
    if isinstance(here, Finding) or isinstance(there, Finding) or here.origin != there.origin:
        return None
    return joined
