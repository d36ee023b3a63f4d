"""Who is told when the list of tools changes: 2025 clients by a notification, 2026 clients on the streams that they opened.

Nobody is waited for, and a client that is gone or does not read costs the others nothing.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Any, Final

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ToolsListChanged

__all__ = ["Audience"]

log = logging.getLogger("unabridged.server")

_MOST: Final = 1000
"""Sessions of 2025 clients that are told; the SDK does not say when one has ended, so the oldest are forgotten."""

_PATIENCE: Final = 2.0  # seconds for a client to take a notification


class Audience:
    """The clients that want to know."""

    def __init__(self, *, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self.bus = InMemorySubscriptionBus()
        self._sessions: OrderedDict[str, ServerSession] = OrderedDict()

    async def joining(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Remember the session of a 2025 client once it is ready to be told; a middleware."""
        if ctx.method == "notifications/initialized":
            self._sessions[_name(ctx)] = ctx.session
            if len(self._sessions) > _MOST:
                self._sessions.popitem(last=False)
        return await call_next(ctx)

    async def tell(self) -> None:
        """Tell everyone that the list of tools is another one."""
        await self.bus.publish(ToolsListChanged())
        async with anyio.create_task_group() as group:
            for name, session in list(self._sessions.items()):
                group.start_soon(self._notify, name, session)

    async def _notify(self, name: str, session: ServerSession) -> None:
        try:
            with anyio.fail_after(self._patience):
                await session.send_tool_list_changed()
        except TimeoutError:  # it may read again
            log.debug("a client did not take in time that the tools have changed")
        except Exception as error:  # whatever became of one client, the others are told
            log.debug("a client was not told that the tools have changed: %s", type(error).__name__)
            self._sessions.pop(name, None)


def _name(ctx: ServerRequestContext[Any, Any]) -> str:
    return "" if ctx.request is None else str(ctx.request.headers.get("mcp-session-id", ""))
