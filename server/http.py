"""Serving clients over Streamable HTTP, at `/mcp`.

It listens on loopback unless told otherwise, checks `Host` and `Origin` always, and stops without cutting a call.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio
import uvicorn
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.subscriptions import ListenHandler
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from .app import Context, Service, build, settle
from .bodies import exactly
from .doors import VISIT, Doors, Visit
from .settings import HttpSettings, SettingError
from .stopping import on_stop

__all__ = ["serve_http"]

log = logging.getLogger("unabridged.server")

_CLOSING = 2
"""Seconds that connections get to close after the last call has ended."""

_CANCELLED = -32800  # what the SDK answers a cancelled request with over this transport


async def serve_http(service: Service, settings: HttpSettings, *, listening: Callable[[str], None]) -> int:
    """Serve *service* until a signal comes; return the exit status (0 after SIGTERM, 130 after SIGINT).

    *listening* is called with the URL once requests are taken.  After a signal new requests are refused with 503,
    calls in flight have `settings.drain` seconds to end, and streams that only listen are closed.  Raises
    SettingError if the address cannot be listened on.
    """
    server = build(service, carry=held)
    server.middleware.append(_ending_with_client(service))
    sessions = _sessions(server, settings)
    doors = Doors(exactly(sessions.handle_request, limit=settings.largest_body), at="/mcp", token=settings.token)
    settle()
    stopping = anyio.Event()
    with _listening(settings) as door, on_stop(stopping.set, limit=settings.drain + 2 * _CLOSING) as asked:
        front = _Front(_configured(doors, settings))
        front.started_with = lambda: listening(_url(settings.host, door.getsockname()[1]))
        async with sessions.run(), anyio.create_task_group() as group:
            group.start_soon(_drain, stopping, server, doors, front, settings.drain)
            await front.serve(sockets=[door])
            group.cancel_scope.cancel()
        return asked.status


def _sessions(server: Server[Any], settings: HttpSettings) -> StreamableHTTPSessionManager:
    return StreamableHTTPSessionManager(
        server,
        security_settings=TransportSecuritySettings(
            allowed_hosts=list(settings.hosts), allowed_origins=list(settings.origins)
        ),
        max_request_body_size=settings.largest_body,
        max_sessions=settings.most_sessions,
        session_idle_timeout=settings.session_idle,
    )


def held(ctx: Context, members: Mapping[str, bytes]) -> dict[str, Any]:
    """Carry *members* beside the SDK: its result holds a word for each, which `Visit` replaces on the way out."""
    return _visit(ctx).hold(members)


def _ending_with_client(service: Service) -> ServerMiddleware[Any]:
    """End a read whose client went away: on 2025 connections the SDK goes on, for an answer that nobody can get."""

    async def end(ctx: Context, call_next: CallNext) -> HandlerResult:
        if ctx.method != "tools/call" or ctx.protocol_version in MODERN_PROTOCOL_VERSIONS or not _reads(service, ctx):
            return await call_next(ctx)
        with anyio.CancelScope() as scope:
            _visit(ctx).when_left(scope.cancel)
            return await call_next(ctx)
        raise MCPError(_CANCELLED, "Request cancelled")

    return end


def _visit(ctx: Context) -> Visit:
    if ctx.request is None:
        raise TypeError("this server was built for HTTP")
    visit: Visit = ctx.request.scope[VISIT]
    return visit


def _reads(service: Service, ctx: Context) -> bool:
    params = ctx.params or {}
    directed = service.offer.now.called(str(params.get("name")), params.get("arguments") or {})
    return directed is not None and directed.contract.effects == "read"


# ------------------------------------------------------------------------------------------- the HTTP server


class _Front(uvicorn.Server):
    """uvicorn, with the signals left to us and a word when it takes requests."""

    started_with: Callable[[], None]

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.started_with()


def _configured(doors: Doors, settings: HttpSettings) -> uvicorn.Config:
    return uvicorn.Config(
        doors,
        host=settings.host,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="off",
        proxy_headers=False,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=_CLOSING,
    )


async def _drain(stopping: anyio.Event, server: Server[Any], doors: Doors, front: _Front, limit: float) -> None:
    await stopping.wait()
    doors.draining = True
    listen = server.get_request_handler("subscriptions/listen")
    if listen is not None and isinstance(listen.handler, ListenHandler):
        listen.handler.close()
    with anyio.move_on_after(limit) as waiting:
        await doors.emptied()
    if waiting.cancelled_caught:
        log.warning("calls still run %s seconds after the server was asked to stop; they are cut", limit)
    front.should_exit = True


@contextmanager
def _listening(settings: HttpSettings) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delay off only where it is: 40 ms an answer otherwise.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
        if os.name == "posix":
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.host, settings.port))
            door.listen(2048)
        except (OSError, OverflowError) as error:
            where, reason = _url(settings.host, settings.port), getattr(error, "strerror", None) or error
            raise SettingError(f"cannot listen on {where}: {reason}; choose another --port or --host") from None
        yield door


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/mcp" if ":" in host else f"http://{host}:{port}/mcp"
