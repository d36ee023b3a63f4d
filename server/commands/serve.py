"""`unabridged serve`: tools for an MCP client, over stdio or HTTP."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from importlib.metadata import version

import anyio

from ...schemas.answer import Answer, Asked
from ...schemas.contract import Contract
from ...schemas.wire import Json
from ...tools.call import call_or_ask
from ...tools.catalog import read
from ...tools.observer import Observer
from ...tools.people import Caller
from ...tools.shelf import MemoryShelf, Shelf
from ...tools.surroundings import Surroundings, surroundings
from ..app import Service
from ..kept import open_store
from ..listing import servable
from ..logs import log_to_stderr
from ..receipts import Receipts, open_receipts
from ..recorder import Recorder
from ..recordings import Record
from ..remembered import remembering
from ..settings import SettingError, http_settings, largest_answer, tool_budget
from ..settled import settled
from ..sources import Sources, asks_the_desk, find, served
from ..state import Aside, open_shelf
from ..surface import Offer, Surface
from ..usage import UsageError

__all__ = ["serve"]

Call = Callable[[Contract, Mapping[str, Json], Observer, Caller], Awaitable[Answer | Asked]]


def serve(paths: Sequence[str], *, http: bool, host: str, port: int, record: Record | None = None) -> int:
    """Serve the tools of *paths* until the client goes or a signal comes; return the exit status."""
    log_to_stderr()
    sources = find(paths, os.environ)
    contracts = _sound(sources)
    try:
        with _recorder(record) as recorder:
            return _serve(sources, contracts, recorder, http=http, host=host, port=port)
    except SettingError as wrong:
        raise UsageError(str(wrong)) from None


@contextmanager
def _recorder(record: Record | None) -> Generator[Recorder | None]:
    """Keep a recorder open for the length of the block, where one is wanted."""
    if record is None:
        yield None
        return
    recorder = Recorder(record.path, places=record.places, warn=_say)
    try:
        recorder.open()
    except OSError as trouble:
        raise UsageError(f"--record: {record.path} cannot be used: {trouble.strerror or trouble}") from None
    with closing(recorder):
        yield recorder


def _serve(
    sources: Sources,
    contracts: Mapping[str, Contract],
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
        offer = Offer(Surface(contracts, budget=tool_budget(os.environ)))
        service = _service(around, offer, receipts, recorder)
        return _over_http(service, around, host, port) if http else _over_stdio(service, around)


def _over_stdio(service: Service, around: Surroundings) -> int:
    from ..stdio import serve_stdio  # noqa: PLC0415 - the one transport does not wait for the other

    if sys.stdin.isatty():
        _say("waiting for an MCP client on standard input; `unabridged call` calls a tool from a terminal")

    async def run() -> int:
        async with around.flights:
            return await serve_stdio(service)

    return anyio.run(run)


def _over_http(service: Service, around: Surroundings, host: str, port: int) -> int:
    from ..http import serve_http  # noqa: PLC0415 - the one transport does not wait for the other

    async def run() -> int:
        async with around.flights:
            return await serve_http(service, settings, listening=lambda url: _say(f"listening on {url}"))

    settings = http_settings(os.environ, host=host, port=port)
    return anyio.run(run)


def _sound(sources: Sources) -> Mapping[str, Contract]:
    """Return the tools that can be served, and say on standard error why others cannot."""
    catalog = read(sources.paths, parse=remembering(os.environ))
    for problem in catalog.problems:
        sys.stderr.write(f"{problem}\n")
    contracts, faults = servable(catalog.contracts)
    for name, reasons in faults.items():
        _say(f"{name} is not served: {'; '.join(reasons)}")
    sound, doubts = settled(contracts, now=time.time())
    for name, said in doubts.items():
        _say(f"{name} {said}")
    if contracts and not sound:
        raise UsageError("no tool of these files is proven; `unabridged prove` settles what was inferred")
    if not sound:
        raise UsageError("there is no sound tool to serve; `unabridged check` lists the mistakes")
    return {contract.name: contract for contract in sound}


def _say(message: str) -> None:
    sys.stderr.write(f"unabridged: {message}\n")


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
        here = replace(around, tools=offer.now.contracts, observer=observer, shelf=_shelf_for(contract, around.shelf))
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
