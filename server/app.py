"""The MCP server: contracts as tools, calls as answers.

It never decides what is whole; it asks `Service.call` and shows the answer.
"""

from __future__ import annotations

import gc
import logging
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import orjson
from mcp.server.caching import CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.subscriptions import ListenHandler
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
)
from opentelemetry import trace

from ..schemas.answer import Answer, Asked, Delivered, Withheld
from ..schemas.contract import Contract
from ..schemas.wire import Json
from ..tools.observer import Observer, Silent
from ..tools.people import Caller
from ..tools.shelf import MemoryShelf, Shelf
from .audience import Audience
from .people import caller_of, input_required
from .progress import Steps, reporting
from .result import BUDGET, Reply, failed_internally, reply, within_budget
from .surface import Offer

__all__ = ["Carry", "Context", "Service", "build", "decoded", "settle"]

log = logging.getLogger("unabridged.server")

_KEPT: Final = 5_000
"""Milliseconds for which a client may keep a list: the files may change, and not every client listens."""

Context: TypeAlias = ServerRequestContext[Any, Any]

Carry: TypeAlias = Callable[[Context, Mapping[str, bytes]], dict[str, Any]]
"""How members of a result that are already JSON travel through the SDK on one transport."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is served: the tools that are offered, and how one is called.

    *call* never raises but for cancellation.  *kept* takes every answer before the client gets it.  *budget* is the
    most characters of JSON that one answer may have.  *shelf* holds the questions that wait for a person.
    """

    offer: Offer
    call: Callable[[Contract, Mapping[str, Json], Observer, Caller], Awaitable[Answer | Asked]]
    kept: Callable[[Answer], None]
    version: str
    budget: int = BUDGET
    shelf: Shelf = field(default_factory=lambda: MemoryShelf(clock=time.time))


def decoded(_: Context, members: Mapping[str, bytes]) -> dict[str, Any]:
    """Carry *members* as plain objects, which every transport of the SDK can send."""
    return {name: orjson.loads(content) for name, content in members.items()}


def build(service: Service, *, carry: Carry = decoded) -> Server[Any]:
    """Return the MCP server of *service*, for a transport that takes ready-made JSON as *carry* says."""
    offer, audience = service.offer, Audience()
    server = _Telling(
        "unabridged",
        title="Unabridged",
        version=service.version,
        instructions=offer.now.instructions,
        cache_hints={"tools/list": CacheHint(ttl_ms=_KEPT), "server/discover": CacheHint(ttl_ms=_KEPT)},
        get_tool_input_schema=offer.input_schema,
        on_list_tools=_lister(offer),
        on_call_tool=_caller(service),
        on_subscriptions_listen=ListenHandler(audience.bus),
    )
    server.middleware.append(audience.joining)
    server.middleware.append(_splicing(carry))

    async def changed() -> None:
        server.instructions = offer.now.instructions
        await audience.tell()

    offer.on_change(changed)
    return server


class _Telling(Server[Any]):
    """The SDK's server, which says to 2025 clients as well that it tells when its tools change."""

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        """Return what is said in the handshake; the SDK's HTTP manager asks for it without options."""
        telling = notification_options or NotificationOptions(tools_changed=True)
        return super().create_initialization_options(telling, experimental_capabilities, extensions)


def settle() -> None:
    """Take what start-up made out of the collector's sight, for it lives as long as the process.

    Nothing is collected first: that would look through everything once, a tenth of the start, for next to nothing.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


# ------------------------------------------------------------------------------------------- ready-made JSON

_members: ContextVar[dict[str, bytes]] = ContextVar("members")
"""What the handler of this request leaves for the middleware around it."""


def _splicing(carry: Carry) -> ServerMiddleware[Any]:
    """Put ready-made JSON into a result after the SDK has checked and shaped the rest of it.

    A handler returns a small result without the large members, so that the SDK's gates all apply and its two walks
    over the result cost nothing.
    """

    async def splice(ctx: Context, call_next: CallNext) -> HandlerResult:
        members: dict[str, bytes] = {}
        token = _members.set(members)
        try:
            result = await call_next(ctx)
        finally:
            _members.reset(token)
        return {**result, **carry(ctx, members)} if members and isinstance(result, dict) else result

    return splice


# ------------------------------------------------------------------------------------------- tools/list


def _lister(offer: Offer) -> Callable[[Context, PaginatedRequestParams | None], Awaitable[ListToolsResult]]:
    async def list_tools(ctx: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        try:
            tools, cursor = offer.now.listing.page(params.cursor if params is not None else None)
        except KeyError:
            raise MCPError(INVALID_PARAMS, "Invalid cursor") from None
        _members.get()["tools"] = tools
        return ListToolsResult(tools=[], next_cursor=cursor)

    return list_tools


# ------------------------------------------------------------------------------------------- tools/call


def _caller(
    service: Service,
) -> Callable[[Context, CallToolRequestParams], Awaitable[CallToolResult | InputRequiredResult]]:
    async def call_tool(ctx: Context, params: CallToolRequestParams) -> CallToolResult | InputRequiredResult:
        answered = await _directed(service, params, ctx)
        if isinstance(answered, Asked):
            return input_required(answered)
        _members.get().update(answered.members())
        return CallToolResult(content=[], is_error=answered.failed)

    return call_tool


async def _directed(service: Service, params: CallToolRequestParams, ctx: Context) -> Reply | Asked:
    """Call what *params* names, or what it says is to be called: all that follows is about that tool and its arguments."""
    surface, arguments = service.offer.now, params.arguments or {}
    directed = surface.called(params.name, arguments)
    if directed is not None:
        about = params.model_copy(update={"name": directed.contract.name, "arguments": dict(directed.arguments)})
        return await _answered(service, directed.contract, about, ctx)
    answered = surface.answered(params.name, arguments)
    if answered is None:
        where = "search_tools finds" if surface.searched else "tools/list names"
        raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name[:64]!r}. {where} those that are served.")
    return answered


async def _answered(service: Service, contract: Contract, params: CallToolRequestParams, ctx: Context) -> Reply | Asked:
    """Call, and turn whatever comes into a reply: no exception's text ever reaches a client."""
    async with AsyncExitStack() as stack:
        try:
            answer = await _observed(service, contract, params, ctx)
            if isinstance(answer, Asked):
                return answer
            if isinstance(answer, Delivered):
                stack.callback(answer.payload.close)
            answer = within_budget(answer, service.budget)
            _remember(service, answer)
            _mark_span(answer)
            return reply(contract, answer, given=params.arguments or {})
        except Exception as error:
            return failed_internally(_incident(contract, error))


async def _observed(
    service: Service, contract: Contract, params: CallToolRequestParams, ctx: Context
) -> Answer | Asked:
    arguments: Mapping[str, Json] = params.arguments or {}
    caller = caller_of(ctx, params, contract, service.shelf, service.offer)
    if ctx.meta is None or "progress_token" not in ctx.meta:
        return await service.call(contract, arguments, Silent(), caller)
    steps = Steps(contract)
    async with reporting(steps, ctx.session.report_progress):
        return await service.call(contract, arguments, steps, caller)


def _remember(service: Service, answer: Answer) -> None:
    """Keep the receipt; an answer is not worth less because its receipt could not be written."""
    try:
        service.kept(answer)
    except Exception as error:
        log.warning("the receipt %s could not be kept: %s", answer.receipt.id, type(error).__name__)


def _mark_span(answer: Answer) -> None:
    receipt = answer.receipt
    span = trace.get_current_span()
    span.set_attributes(
        {
            "unabridged.tool": receipt.tool,
            "unabridged.grade": str(receipt.grade),
            "unabridged.pages": receipt.pages,
            "unabridged.attempts": receipt.requests,
            "unabridged.receipt": receipt.id,
        }
    )
    match answer:
        case Withheld(verdict=verdict) if verdict.findings:
            span.set_attribute("unabridged.code", verdict.findings[0].code)
        case _:
            pass


def _incident(contract: Contract, error: Exception) -> str:
    """Log where *error* came from, without its text, which may hold what nobody should read; return its name."""
    name = secrets.token_hex(4)
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("incident %s in %s: %s\n%s", name, contract.name, type(error).__name__, frames)
    return name
