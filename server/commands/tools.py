"""`unabridged tools`: what each tool claims, how strongly it can be proven, and what its schema costs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ...schemas.contract import Contract
from ...tools.catalog import Catalog, read
from ...tools.reaching import reachable
from ..listing import servable
from ..pricing import SIGNS_PER_TOKEN, price
from ..rendering import console, count, show, table
from ..sources import find
from ..usage import UsageError

__all__ = ["tools"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One tool; *tokens* is an estimate of what its definition costs a model that is shown it."""

    name: str
    title: str
    claim: str
    required: str
    reachable: str
    tokens: int
    provider: str


def tools(paths: Sequence[str], *, as_json: bool) -> int:
    """List the sound tools of *paths* and return the exit status."""
    catalog = read(find(paths, os.environ).paths)
    rows = [_row(contract) for contract in servable(catalog.contracts)[0]]
    if not rows:
        raise UsageError("there is no sound tool in these files; `unabridged check` lists the mistakes")
    if as_json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n")
    else:
        _print(rows)
        _print_what_is_missing(catalog)
    return 0


def _row(contract: Contract) -> Row:
    return Row(
        name=contract.name,
        title=contract.title,
        claim=str(contract.claim),
        required=str(contract.complete.require),
        reachable=str(reachable(contract)),
        tokens=price(contract),
        provider=contract.provider.name,
    )


def _print(rows: Sequence[Row]) -> None:
    built = table("tool", "claim", "requires", "can reach", "tokens", "title", right=(4,))
    for row in rows:
        built.add_row(row.name, row.claim, row.required, row.reachable, f"~{row.tokens:,}", row.title)
    screen = console(sys.stdout)
    show(screen, built)
    tokens = sum(row.tokens for row in rows)
    told = f"{count(len(rows), 'tool')}, about {tokens:,} tokens (an estimate: bytes of JSON / {SIGNS_PER_TOKEN})"
    screen.print(f"\n{told}", style="dim")


def _print_what_is_missing(catalog: Catalog) -> None:
    errors = sum(problem.severity == "error" for problem in catalog.problems)
    if errors:
        console().print(f"{count(errors, 'error')} in these files; `unabridged check` lists them", style="yellow")
