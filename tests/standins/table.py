"""Print what becomes of every lie at every bundled tool: `python -m tests.standins.table`.

w: delivered whole, r: refused, S: silently wrong; first when the lie is told once, then when it is told for ever.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter

from unabridged.schemas.contract import Contract
from unabridged.tools.bundle import bundled
from unabridged.tools.catalog import read

from .cases import CASES, Case, resized
from .running import Ran, run
from .shape import OF_ANY_ANSWER, Lie

__all__ = ["main"]

Cells = dict[Lie, tuple[Ran, Ran]]


async def _cell(contract: Contract, case: Case, lie: Lie, *, forever: bool) -> Ran:
    paged = case.shape().paged
    largest = 3 if contract.walk.page_size is None else None
    return await run(resized(contract, 3, 4), case, count=11 if paged else 1, lie=lie, forever=forever, largest=largest)


async def _row(contract: Contract, case: Case) -> Cells:
    lies = tuple(Lie) if case.shape().paged else OF_ANY_ANSWER
    return {
        lie: (await _cell(contract, case, lie, forever=False), await _cell(contract, case, lie, forever=True))
        for lie in lies
    }


def _summary(rows: list[Cells]) -> list[str]:
    lines = ["| lie | told once: whole, refused, silent | told for ever: whole, refused, silent |", "|---|---|---|"]
    for lie in Lie:
        told = [Counter(row[lie][index].outcome for row in rows if lie in row) for index in (0, 1)]
        counts = [f"{count['whole']}, {count['refused']}, {count['SILENT']}" for count in told]
        lines.append(f"| {lie.value} | {counts[0]} | {counts[1]} |")
    return lines


async def main() -> None:
    """Run every tool against every lie, once and for ever; print a row a tool and a line a lie."""
    began = time.perf_counter()
    contracts = {contract.name: contract for contract in read(tuple(bundled().values())).contracts}
    rows: list[Cells] = []
    for case in CASES:
        rows.append(await _row(contracts[case.tool], case))
        letters = " ".join(once.outcome[0] + forever.outcome[0] for once, forever in rows[-1].values())
        sys.stdout.write(f"{case.tool:32} {contracts[case.tool].complete.require!s:13} {letters}\n")
    ran = [cell for row in rows for pair in row.values() for cell in pair]
    codes = Counter(cell.code for cell in ran if cell.code)
    lines = ["", *_summary(rows), "", *(f"{count:5} {code}" for code, count in codes.most_common())]
    sys.stdout.write("\n".join([*lines, "", f"{len(ran)} runs in {time.perf_counter() - began:.1f} s", ""]))


if __name__ == "__main__":
    asyncio.run(main())
