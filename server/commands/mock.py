"""`unabridged mock`: a service that honours tool files with generated data, and lies on request."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import anyio
from rich.text import Text

from ...tools.catalog import Catalog, read
from ...tools.mocking.faults import BY_NAME, Lie, lies_of
from ...tools.mocking.honouring import Honoured, honoured
from ...tools.mocking.mock import Line, Mock, Settings
from ..counted import count
from ..logs import log_nothing
from ..mocking.copying import check_targets, copy, mounted
from ..mocking.serving import ADMIN, Address, serving
from ..rendering import console, tell_errors
from ..sources import find
from ..usage import UsageError, meant

__all__ = ["Choice", "list_faults", "mock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the command line says of the data and of the lies."""

    items: int
    page_size: int | None
    seed: int
    faults: Sequence[str]
    rate: float
    credential: str | None

    def settings(self, tools: Sequence[str]) -> Settings:
        """The same as settings; raises `UsageError` for what is not known."""
        return Settings(
            items=self.items,
            page_size=self.page_size,
            seed=self.seed,
            lies=tuple(lie for word in self.faults for lie in _lies(word, tools)),
            rate=self.rate,
            credential=self.credential,
        )


def list_faults(*, as_json: bool) -> int:
    """Print every lie that can be told."""
    known = {name: _first_sentence(fault) for name, fault in BY_NAME.items()}
    if as_json:
        sys.stdout.write(json.dumps(known, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{name:18} {says}\n" for name, says in known.items()))
    return 0


def _first_sentence(fault: Callable[..., object]) -> str:
    return (fault.__doc__ or "").strip().partition("\n")[0]


def mock(paths: Sequence[str], *, host: str, port: int, choice: Choice, write: str | None, log: str | None) -> int:
    """Serve the mock until it is interrupted, and return the exit status."""
    log_nothing()
    sources = find(paths, os.environ)
    catalog = read(sources.paths)
    if not catalog.contracts:
        raise UsageError("no tool was found that could be mocked; `unabridged check` says what is wrong")
    settings = choice.settings([contract.name for contract in catalog.contracts])
    files = _copied(sources.paths, catalog, write)
    found = anyio.run(honoured, catalog.contracts, settings)
    if not found.contracts:
        raise UsageError("none of these tools can be mocked; " + _left_out(found)[0])
    with ExitStack() as open_files:
        file = None if log is None else open_files.enter_context(_opened(log))
        served = Mock(contracts=found.contracts, settings=settings, observe=_observer(file))

        def ready(address: Address) -> None:
            copied = _written(files, address, write)
            tell_errors(len(catalog.errors))
            _announce(found, copied, address, write)

        _serve(served, host=host, port=port, ready=ready)
    return 0


def _serve(served: Mock, *, host: str, port: int, ready: Callable[[Address], None]) -> None:
    """Serve until it is interrupted, and call *ready* when it listens."""

    async def run() -> UsageError | None:
        async with serving(served, host=host, port=port) as address:
            try:
                ready(address)
            except UsageError as mistake:
                return mistake  # if it were raised, it would leave the block as one of a group
            await anyio.sleep_forever()
        return None

    try:
        mistake = anyio.run(run)
    except OSError as trouble:
        raise UsageError(f"nothing can listen at {host}:{port}: {trouble.strerror or trouble}") from None
    if mistake is not None:
        raise mistake


def _copied(files: Sequence[Path], catalog: Catalog, write: str | None) -> list[Path]:
    """Choose those of *files* that are copied: all that hold a tool, where copies are wanted."""
    if write is None:
        return []
    wrong = {problem.file for problem in catalog.errors}
    chosen = [file for file in files if file not in wrong or read([file]).contracts]
    check_targets(chosen, Path(write), files)
    return chosen


def _written(files: Sequence[Path], address: Address, write: str | None) -> list[Path]:
    try:
        return [copy(file, address.url, Path(write or "")) for file in files]
    except OSError as trouble:
        raise UsageError(f"--write: {write} cannot be written to: {trouble.strerror or trouble}") from None


def _opened(log: str) -> TextIO:
    try:
        return Path(log).open("a", encoding="utf-8")
    except OSError as trouble:
        raise UsageError(f"--log: {log} cannot be written: {trouble.strerror or trouble}") from None


def _lies(word: str, tools: Sequence[str]) -> tuple[Lie, ...]:
    name, _, tool = word.partition(":")
    if tool and tool not in tools:
        raise UsageError(f"there is no tool {tool!r}; {meant(tool, tools)}")
    if (found := lies_of(word, tools)) is None:
        raise UsageError(f"there is no fault {name!r}; {meant(name, [*BY_NAME, 'random', 'none'])}")
    return found


def _left_out(found: Honoured) -> list[str]:
    return [f"{name} is not mocked: {reason}" for name, reason in found.left_out.items()]


def _announce(found: Honoured, copied: Sequence[Path], address: Address, write: str | None) -> None:
    """Say that the mock is ready, and what was *copied*."""
    screen = console()
    screen.print(f"Mocking {count(len(found.contracts), 'tool')} at {address.url}, log at /{ADMIN}/log", soft_wrap=True)
    for sentence in _left_out(found):
        screen.print(Text(sentence, style="yellow"), soft_wrap=True)
    for name, base in dict.fromkeys((one.provider.name, one.provider.base_url) for one in found.contracts):
        screen.print(Text(f"  {name}  {mounted(base, address.url, name)}"), soft_wrap=True)
    if write is None:
        screen.print(
            "Put these base URLs into your tools, or let --write DIR write copies of the files that have them."
        )
    else:
        screen.print(Text(f"Wrote {count(len(copied), 'file')} to {write}: unabridged serve {write}"), soft_wrap=True)
        if any(contract.provenance for contract in found.contracts):
            says = "Lines that were inferred are proven of no mock: the copies say `policy: {unproven: flag}`, and such answers `grade: unproven`."
            screen.print(Text(says, style="yellow"), soft_wrap=True)


def _observer(file: TextIO | None) -> Callable[[Line], None]:
    def observe(line: Line) -> None:
        told = f"  {line.fault}" if line.fault else ""
        sys.stderr.write(f"{line.status} {line.method} {line.target}  {line.tool or '-'} {line.purpose}{told}\n")
        sys.stderr.flush()
        if file is not None:
            file.write(json.dumps(asdict(line)) + "\n")
            file.flush()

    return observe
