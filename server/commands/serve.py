"""`unabridged serve`: tools for an MCP client, over stdio or HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio

from ...schemas.answer import Answer, Asked
from ...schemas.contract import Contract
from ...schemas.wire import Json
from ...tools.call import call_or_ask
from ...tools.observer import Observer
from ...tools.people import Caller
from ...tools.shelf import MemoryShelf, Shelf
from ...tools.surroundings import Surroundings, surroundings
from ..app import Service
from ..kept import open_store
from ..logs import log_to_stderr
from ..offering import Offered, Say, offered, offered_anew, stamp
from ..profiles import Wanted
from ..receipts import Receipts, open_receipts
from ..reloading import Reading, reloading
from ..settings import SettingError, http_settings, largest_answer
from ..sources import Sources, asks_the_desk, served
from ..state import Aside, open_shelf
from ..surface import Offer
from ..usage import UsageError

if TYPE_CHECKING:
    from ..recorder import Recorder
    from ..recordings import Record

__all__ = ["serve"]

Call: TypeAlias = Callable[[Contract, Mapping[str, Json], Observer, Caller], Awaitable[Answer | Asked]]
Watch: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
Beside: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]


def serve(wanted: Wanted, *, http: bool, host: str, port: int, record: Record | None = None) -> int:
    """Serve the tools that are *wanted* until the client goes or a signal comes; return the exit status."""
    log_to_stderr()
    seen = stamp(wanted, os.environ)
    try:
        first = offered(wanted, os.environ, say=_line)
        offer = Offer(first.surface)
        reading = Reading(look=partial(stamp, wanted, os.environ), read=partial(_read, wanted), say=_line)
        watch = partial(reloading, offer, first, seen, reading)
        with _recorder(record) as recorder:
            return _serve(first.sources, offer, watch, recorder, http=http, host=host, port=port)
    except SettingError as wrong:
        raise UsageError(str(wrong)) from None


@contextmanager
def _recorder(record: Record | None) -> Generator[Recorder | None]:
    """Keep a recorder open for the length of the block, where one is wanted."""
    if record is None:
        yield None
        return
    from ..recorder import Recorder  # noqa: PLC0415 - most servers record nothing, and start without it

    recorder = Recorder(record.path, places=record.places, warn=_say)
    try:
        recorder.open()
    except OSError as trouble:
        raise UsageError(f"--record: {record.path} cannot be used: {trouble.strerror or trouble}") from None
    with closing(recorder):
        yield recorder


def _serve(
    sources: Sources,
    offer: Offer,
    watch: Watch,
    recorder: Recorder | None,
    *,
    http: bool,
    host: str,
    port: int,
) -> int:
    with (
        served(sources, os.environ) as environment,
        closing(open_receipts(os.environ)) as receipts,
        closing(open_shelf(os.environ)) as shelf,
        closing(open_store(os.environ)) as store,
    ):
        real = surroundings(environment, version=version("unabridged"))
        around = replace(real, shelf=shelf, store=store, abandoned=receipts.keep)
        service = _service(around, offer, receipts, recorder)
        beside = partial(_beside, around, watch)
        return _over_http(service, beside, host, port) if http else _over_stdio(service, beside)


@asynccontextmanager
async def _beside(around: Surroundings, watch: Watch) -> AsyncGenerator[None]:
    """Do what goes on beside the calls for the length of the block: the flights that they share, and the files."""
    watching = asyncio.create_task(watch())  # no task group, which would wrap what the server raises
    try:
        async with around.flights:
            yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _over_stdio(service: Service, beside: Beside) -> int:
    from ..stdio import serve_stdio  # noqa: PLC0415 - the one transport does not wait for the other

    if sys.stdin.isatty():
        _say("waiting for an MCP client on standard input; `unabridged call` calls a tool from a terminal")

    async def run() -> int:
        async with beside():
            return await serve_stdio(service)

    return anyio.run(run)


def _over_http(service: Service, beside: Beside, host: str, port: int) -> int:
    from ..http import serve_http  # noqa: PLC0415 - the one transport does not wait for the other

    async def run() -> int:
        async with beside():
            return await serve_http(service, settings, listening=lambda url: _say(f"listening on {url}"))

    settings = http_settings(os.environ, host=host, port=port)
    return anyio.run(run)


def _read(wanted: Wanted, say: Say) -> Offered:
    return offered_anew(wanted, os.environ, say=say)


def _line(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _say(message: str) -> None:
    _line(f"unabridged: {message}")


def _service(around: Surroundings, offer: Offer, receipts: Receipts, recorder: Recorder | None) -> Service:
    def kept(answer: Answer) -> None:
        receipts.keep(answer.receipt)

    return Service(
        offer=offer,
        call=_calling(around, offer, recorder),
        kept=kept,
        version=version("unabridged"),
        budget=largest_answer(around.environment),
        shelf=around.shelf,
    )


def _calling(around: Surroundings, offer: Offer, recorder: Recorder | None) -> Call:
    async def ask(
        contract: Contract, arguments: Mapping[str, Json], observer: Observer, caller: Caller
    ) -> Answer | Asked:
        here = replace(around, tools=offer.now.tools, observer=observer, shelf=_shelf_for(contract, around.shelf))
        if recorder is None:
            return await call_or_ask(contract, arguments, surroundings=here, caller=caller)
        tape, at = recorder.tape(here.open_transport), here.now()
        taped = replace(here, open_transport=tape.open)
        answer = await call_or_ask(contract, arguments, surroundings=taped, caller=caller)
        if not isinstance(answer, Asked):
            recorder.keep(tape, contract, arguments, answer, at=at)
        return answer

    return ask


def _shelf_for(contract: Contract, shelf: Shelf) -> Shelf:
    """A desk that fails on purpose would soon have used up its budget, and with it every recovery that it is to show."""
    return Aside(shelf, "standing/", MemoryShelf(clock=time.time)) if asks_the_desk(contract) else shelf
