"""`unabridged tools`: what each tool claims, how strongly it can be proven, and what its schema costs."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ...schemas.contract import Contract
from ...tools.catalog import read
from ...tools.reaching import reachable
from ..counted import count
from ..listing import servable
from ..pricing import SIGNS_PER_TOKEN, price, price_of
from ..profiles import Profile, Wanted, chosen_by, profile
from ..rendering import console, show, table, tell_errors
from ..settings import SettingError, tool_budget
from ..settled import settled, standing
from ..sources import find
from ..usage import UsageError

__all__ = ["tools"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One tool; *proven* says how its definition stands, *tokens* is an estimate of what it costs a model that is shown it."""

    name: str
    title: str
    claim: str
    required: str
    reachable: str
    proven: str
    tokens: int
    provider: str
    tags: tuple[str, ...]


def tools(wanted: Wanted, *, as_json: bool) -> int:
    """List the sound tools that are *wanted* and return the exit status."""
    catalog = read(find(wanted.paths, os.environ).paths)
    chosen = profile(wanted, os.environ)
    now = time.time()
    contracts = chosen_by(chosen, servable(catalog.contracts)[0])
    rows = [_row(contract, now) for contract in contracts]
    if not rows:
        raise UsageError("there is no sound tool in these files; `unabridged check` lists the mistakes")
    if as_json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n")
    else:
        _print(rows, settled(contracts, now=now)[0], _budget(chosen))
        tell_errors(len(catalog.errors))
    return 0


def _row(contract: Contract, now: float) -> Row:
    return Row(
        name=contract.name,
        title=contract.title,
        claim=str(contract.claim),
        required=str(contract.complete.require),
        reachable=str(reachable(contract)),
        proven=standing(contract, now=now),
        tokens=price(contract),
        provider=contract.provider.name,
        tags=contract.tags,
    )


def _budget(chosen: Profile) -> int | None:
    try:
        return tool_budget(os.environ, chosen.budget)
    except SettingError as wrong:
        raise UsageError(str(wrong)) from None


def _print(rows: Sequence[Row], served: Sequence[Contract], budget: int | None) -> None:
    """Print *rows*, and how clients see those that are *served*."""
    tagged = any(row.tags for row in rows)
    named = ("tool", "claim", "requires", "can reach", "proven", "tokens", *(("tags",) if tagged else ()), "title")
    built = table(*named, right=(5,))
    for row in rows:
        tags = (", ".join(row.tags),) if tagged else ()
        built.add_row(
            row.name, row.claim, row.required, row.reachable, row.proven, f"~{row.tokens:,}", *tags, row.title
        )
    screen = console(sys.stdout)
    show(screen, built)
    tokens = sum(row.tokens for row in rows)
    told = f"{count(len(rows), 'tool')}, about {tokens:,} tokens (an estimate: bytes of JSON / {SIGNS_PER_TOKEN})"
    screen.print(f"\n{told}", style="dim")
    shown = _shown(price_of(served), budget)
    if served and len(served) < len(rows):
        shown = f"{count(len(served), 'tool')} of them would be served, about {price_of(served):,} tokens, {shown}"
    screen.print(shown if served else "none of them would be served: `serve` says why", style="dim")


def _shown(tokens: int, budget: int | None) -> str:
    """Say how clients would see tools of so many *tokens*.

    >>> _shown(900, 1000)
    'within the budget of 1,000 tokens: `serve` lists the tools themselves'
    """
    if budget is None:
        return "no budget is set: `serve` lists the tools themselves"
    if tokens <= budget:
        return f"within the budget of {budget:,} tokens: `serve` lists the tools themselves"
    return f"above the budget of {budget:,} tokens: `serve` lists search_tools and call_tool, which find and call them"
