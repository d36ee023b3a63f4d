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
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self
from urllib.parse import unquote_plus, urlencode

import anyio

from ..schemas.provider import Provider
from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Outcome, Request, Response, Sent
from .connection import Connection, Connections
from .credential import Credentials, Grant
from .dialling import Dialler
from .egress import Destination, Resolver, destination, resolve
from .fault import fault, fault_of
from .head import head
from .message import Outgoing, exchange
from .redirect import location, within_origin
from .unpacking import unpacked

__all__ = ["Connections", "HttpTransport"]

_REDIRECTS: Final = 3


@dataclass(slots=True)
class _Progress:
    """How far one attempt got: whether the server can have seen the request."""

    sent: Sent = "never"


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
        self._dialler = Dialler(
            provider.network, resolver=resolver, environment=environment or {}, ssl_context=ssl_context
        )
        self._credentials = credentials
        self._limit = limit
        self._agent = f"unabridged/{version}"
        self._clock = clock
        self._now = now
        self._connections = connections or Connections()
        self._closes = connections is None

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

    def secrets(self) -> frozenset[str]:
        """Return what was, or may have been, added to requests, for whoever must leave it out of what is kept."""
        return self._credentials.secrets()

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
            further = location(outcome)
            if further is None:
                return outcome
            url = within_origin(request.url, further) if request.method in ("GET", "HEAD") else None
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
        fresh = await self._dialler.dial(to)
        if isinstance(fresh, Fault):
            return replace(fresh, sent=progress.sent)
        return await self._carried(fresh, request, to, outgoing, progress)

    async def _carried(
        self, connection: Connection, request: Request, to: Destination, outgoing: Outgoing, progress: _Progress
    ) -> Outcome:
        """Exchange one message over *connection*, which is kept after a sound one and closed after anything else."""
        sound = False
        try:
            outcome = await self._received(connection, request, outgoing)
            sound = isinstance(outcome, Response)
        finally:
            progress.sent = "maybe" if connection.sent else progress.sent
            if not sound:
                connection.close()
        if isinstance(outcome, Fault):
            return replace(outcome, sent=progress.sent)
        self._connections.put(to.origin, connection, self._clock())
        return outcome

    async def _received(self, connection: Connection, request: Request, outgoing: Outgoing) -> Outcome:
        message = await exchange(connection, outgoing, limit=self._limit, accepted=request.framing)
        if isinstance(message, Fault):
            return message
        return unpacked(message, request, limit=self._limit, received_at=self._now(), peer=connection.peer)


def _target(to: Destination, grant: Grant) -> str:
    """The target with the credential's parameters, once: some services write what they were sent into their next URLs."""
    if not grant.query:
        return to.target
    path, _, query = to.target.partition("?")
    own = {name for name, _ in grant.query}
    others = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) not in own]
    return f"{path}?{'&'.join([*others, urlencode(grant.query)])}"


def _closed_while_idle(outcome: Outcome, connection: Connection, request: Request) -> bool:
    """Whether the server closed a reused connection before it can have answered (RFC 9112, 9.3.1)."""
    unanswered = isinstance(outcome, Fault) and outcome.code in ("truncated_body", "unreachable")
    return unanswered and not connection.received and (request.resend or not connection.sent)
