"""`unabridged demo`: the side-by-side story, on a terminal or as JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import Any, Final, assert_never

import anyio
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...schemas.answer import Answer
from ...schemas.contract import Contract
from ...tools.call import call
from ...tools.catalog import read
from ...tools.shelf import MemoryShelf
from ...tools.surroundings import surroundings
from ..counted import count
from ..demo.desk import STALL, Desk
from ..demo.story import Endless, Loud, Outcome, Row, Silent, Summary, Whole, summary, tell
from ..logs import log_nothing
from ..receipts import Receipts, open_receipts
from ..rendering import console, seconds, show
from ..sources import DEMO, DESK_PORT

__all__ = ["demo"]

REAL_STALL: Final = 8.0
WIDE: Final = 116
"""Columns from which on a line has room for details."""


def demo(*, real_time: bool, as_json: bool) -> int:
    """Tell the story and return the exit status: 0 if Unabridged handed over nothing incomplete."""
    log_nothing()
    contracts = read([DEMO]).contracts
    stall = REAL_STALL if real_time else STALL
    screen = console(sys.stdout)
    if not as_json:
        _print_head(screen)
    shown = _ignore if as_json else _printer(screen)
    started = time.monotonic()
    with Desk(stall=stall) as desk, closing(open_receipts(os.environ)) as receipts:
        rows = anyio.run(_tell_all, contracts, desk, receipts, shown)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(rows, stall), indent=2) + "\n")
    else:
        _print_end(screen, rows, stall, time.monotonic() - started)
    return 0 if rows and not summary([row.unabridged for row in rows]).silent else 1


async def _tell_all(
    contracts: tuple[Contract, ...], desk: Desk, receipts: Receipts, shown: Callable[[Row], None]
) -> list[Row]:
    around = surroundings({**os.environ, DESK_PORT: str(desk.port)}, version=version("unabridged"))

    async def ask(contract: Contract) -> Answer:
        forgetful = replace(around, shelf=MemoryShelf(clock=around.now))  # each story begins with a desk that is well
        answer = await call(contract, {}, surroundings=forgetful)
        receipts.keep(answer.receipt)
        return answer

    rows: list[Row] = []
    for contract in contracts:
        rows.append(await tell(contract, desk.url, ask))
        shown(rows[-1])
    return rows


# ------------------------------------------------------------------------------------------ for people


def _ignore(_: Row) -> None:
    """Show nothing until the end."""


def _wide(screen: Console) -> bool:
    return screen.width >= WIDE


def _line(screen: Console, title: str, naive: str | Text, proven: str | Text) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for width in (30, 34 if _wide(screen) else 24, None):
        grid.add_column(width=width, overflow="fold")
    grid.add_row(title, naive, proven)
    return grid


def _print_head(screen: Console) -> None:
    screen.print("A desk holds 11 tickets, and lies as real services do. Two clients ask it for all of them.\n")
    show(screen, _line(screen, "the desk", "a naive client gets", "Unabridged hands over"), style="bold")


def _printer(screen: Console) -> Callable[[Row], None]:
    wide = _wide(screen)

    def printing(row: Row) -> None:
        show(screen, _line(screen, row.title, _naively(row.naive, wide=wide), _proven(row.unabridged, wide=wide)))

    return printing


def _naively(outcome: Outcome, *, wide: bool) -> Text:
    match outcome:
        case Whole(number):
            return Text.assemble(("✓ ", "green"), f"{number} tickets")
        case Silent(number, flaw):
            of, error = "" if " of " in flaw else f"{number} tickets, ", ", no error" if wide else ""
            return Text.assemble(("✗ ", "bold red"), (f"{of}{flaw}{error}", "red"))
        case Loud(reason):
            return Text.assemble(("! ", "yellow"), reason)
        case Endless(requests):
            return Text.assemble(("✗ ", "bold red"), (f"no end after {requests}{' requests' if wide else ''}", "red"))
    assert_never(outcome)


def _proven(outcome: Outcome, *, wide: bool) -> Text:
    match outcome:
        case Whole(number, grade, after):
            caught = f", after {', '.join(after)}" if after and wide else ""
            return Text.assemble(("✓ ", "bold green"), f"{number} tickets, {grade}", (caught, "dim"))
        case Loud(reason, detail):
            return Text.assemble(
                ("■ ", "cyan"), "refused: " if wide else "", reason, (f", {detail}" if detail and wide else "", "dim")
            )
        case other:
            return _naively(other, wide=wide)


def _print_end(screen: Console, rows: list[Row], stall: float, elapsed: float) -> None:
    naive, proven = summary([row.naive for row in rows]), summary([row.unabridged for row in rows])
    screen.print()
    screen.print(_totals("naive client", naive, "right", "errors"))
    screen.print(_totals("Unabridged", proven, "whole and proven", "refused with the reason"))
    screen.print(f"\n{count(len(rows), 'call')} each in {seconds(elapsed)}. {_pace(stall)}", style="dim")
    bold = "bold"
    screen.print(
        Text.assemble("Next: ", ("unabridged call demo_list_tickets", bold), ", ", ("unabridged explain last", bold))
    )
    screen.print(Text.assemble(("unabridged serve", bold), " gives the same tools to an MCP client."))


def _totals(name: str, counted: Summary, whole: str, loud: str) -> Text:
    wrong = counted.silent + counted.endless
    detail = f"{counted.silent} silently wrong, {counted.endless} without end"
    return Text.assemble(
        (f"{name:<14}", "bold"),
        f"{counted.whole} {whole}, {counted.loud} {loud}, ",
        (detail, "red" if wrong else "bold green"),
    )


def _pace(stall: float) -> str:
    if stall >= REAL_STALL:
        return f"The overloaded desk took its true {stall:g} s."
    return f"The overloaded desk waited {stall:g} s here; --real-time gives it its true {REAL_STALL:g} s."


# ------------------------------------------------------------------------------------------ for programs


def _as_json(rows: list[Row], stall: float) -> dict[str, Any]:
    return {
        "stall_s": stall,
        "calls": [_row_as_json(row) for row in rows],
        "naive": asdict(summary([row.naive for row in rows])),
        "unabridged": asdict(summary([row.unabridged for row in rows])),
    }


def _row_as_json(row: Row) -> dict[str, Any]:
    return {
        "tool": row.tool,
        "title": row.title,
        "naive": _outcome_as_json(row.naive),
        "unabridged": {**_outcome_as_json(row.unabridged), "receipt": row.receipt},
    }


def _outcome_as_json(outcome: Outcome) -> Mapping[str, Any]:
    return {"outcome": type(outcome).__name__.lower(), **asdict(outcome)}
