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


async def _cell(contract: Contract, case: Case, lie: Lie, *, forever: bool) -> Ran:
    paged = case.shape().paged
    largest = 3 if contract.walk.page_size is None else None
    return await run(resized(contract, 3, 4), case, count=11 if paged else 1, lie=lie, forever=forever, largest=largest)


async def main() -> None:
    """Run every tool against every lie, once and for ever, and print one row a tool."""
    began = time.perf_counter()
    contracts = {contract.name: contract for contract in read(tuple(bundled().values())).contracts}
    outcomes, codes = Counter[str](), Counter[str]()
    for case in CASES:
        row = ""
        for lie in Lie if case.shape().paged else OF_ANY_ANSWER:
            pair = [await _cell(contracts[case.tool], case, lie, forever=forever) for forever in (False, True)]
            row += "".join(ran.outcome[0] for ran in pair) + " "
            outcomes.update(f"{'for ever' if forever else 'once'}: {ran.outcome}" for forever, ran in enumerate(pair))
            codes.update(ran.code for ran in pair if ran.code)
        sys.stdout.write(f"{case.tool:32} {contracts[case.tool].complete.require!s:13} {row}\n")
    lines = [f"{number:3}. {lie.value}" for number, lie in enumerate(Lie, 1)]
    lines += [f"{count:5} {outcome}" for outcome, count in sorted(outcomes.items())]
    lines += [f"{count:5} {code}" for code, count in codes.most_common()]
    sys.stdout.write("\n".join([*lines, f"{outcomes.total()} runs in {time.perf_counter() - began:.1f} s", ""]))


if __name__ == "__main__":
    asyncio.run(main())
