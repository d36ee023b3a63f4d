"""`unabridged call`: one tool, once, from a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from importlib.metadata import version

import anyio

from ...schemas.answer import Answer, Delivered, Withheld
from ...schemas.contract import Contract
from ...schemas.wire import Json
from ...tools.bundle import bundled
from ...tools.call import call as ask
from ...tools.catalog import Catalog, read
from ...tools.shelf import Shelf
from ...tools.surroundings import surroundings
from ..arguments import arguments
from ..logs import log_nothing
from ..readable import readable
from ..receipts import open_receipts
from ..rendering import console, proof, refusal, show
from ..result import reply
from ..sources import find, served
from ..state import open_shelf
from ..usage import UsageError, meant
from ..watching import watching

__all__ = ["call"]


def call(tool: str, words: Sequence[str], text: str | None, paths: Sequence[str], *, as_json: bool) -> int:
    """Call *tool*, print its answer, and return the exit status."""
    log_nothing()
    sources = find(paths, os.environ)
    catalog = read(sources.paths)
    contract = _chosen(tool, catalog)
    tools = {known.name: known for known in catalog.contracts}
    given = arguments(words, text, contract.input)
    with (
        served(sources, os.environ) as environment,
        closing(open_receipts(os.environ)) as receipts,
        closing(open_shelf(os.environ)) as shelf,
    ):
        answer = anyio.run(_ask, contract, given, tools, environment, shelf)
        receipts.keep(answer.receipt)
        return _show(contract, answer, as_json=as_json)


def _chosen(tool: str, catalog: Catalog) -> Contract:
    for contract in catalog.contracts:
        if contract.name == tool:
            return contract
    errors = [str(problem) for problem in catalog.problems if problem.severity == "error"]
    known = [contract.name for contract in catalog.contracts]
    if errors:
        raise UsageError(f"there is no sound tool {tool!r}, and mistakes in the files:\n" + "\n".join(errors))
    hint = next((f"it is one of the bundled ones: --tools {name}" for name in _bundling(tool)), meant(tool, known))
    raise UsageError(f"there is no tool {tool!r}; {hint}")


def _bundling(tool: str) -> Iterator[str]:
    """Name the bundled files that define *tool*, without reading them as tool files."""
    for name, path in bundled().items():
        if f"name: {tool}\n" in path.read_text("utf-8"):
            yield name


async def _ask(
    contract: Contract,
    given: Mapping[str, Json],
    tools: Mapping[str, Contract],
    environment: Mapping[str, str],
    shelf: Shelf,
) -> Answer:
    with watching(console(), contract) as observer:
        real = surroundings(environment, version=version("unabridged"))
        around = replace(real, observer=observer, tools=tools, shelf=shelf)
        return await ask(contract, given, surroundings=around)


def _show(contract: Contract, answer: Answer, *, as_json: bool) -> int:
    match answer:
        case Delivered(payload=payload, receipt=receipt):
            with closing(payload):
                envelope = reply(contract, answer).envelope if as_json else b"".join(payload.chunks())
            _print(envelope.decode() if as_json else readable(envelope.decode()))
            if not as_json:
                show(console(), proof(receipt))
            return 0
        case Withheld():
            if as_json:
                _print(reply(contract, answer).envelope.decode())
            else:
                show(console(), refusal(answer))
            return 3


def _print(text: str) -> None:
    """Write *text* as UTF-8, which JSON is, whatever the locale says."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()
