"""What becomes of an import, told to people on standard error and to programs as JSON.

It shows what was decided elsewhere, and decides nothing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..schemas.contract import Contract
from ..tools.importing.description import Skipped
from ..tools.importing.overlay import Overlay
from ..tools.importing.prose import line
from ..tools.importing.trying import Tried
from .counted import count
from .pricing import price, price_of
from .rendering import console
from .rewritten import Rewriting
from .settings import SettingError, tool_budget

__all__ = ["print_outcome", "print_overlays", "print_price", "report"]


# ------------------------------------------------------------------------------------------ for people


def print_overlays(overlays: Sequence[tuple[str, Overlay]], spec: str) -> None:
    """Tell which of *overlays*, by their files, say that they are for another document than *spec*."""
    for path, overlay in overlays:
        if spec != "-" and not overlay.meant_for(spec):
            told = f"{line(path)} was written for {line(overlay.extends)[:200]}, and is laid over {line(spec)[:200]}"
            console().print(told, style="yellow", soft_wrap=True)


def print_price(contracts: Sequence[Contract]) -> None:
    """Tell what a model would pay for being shown *contracts*, before anything is written."""
    tokens = price_of(contracts)
    screen = console()
    screen.print(f"{count(len(contracts), 'tool')}, about {tokens:,} tokens for a model that is shown all of them")
    try:
        budget = tool_budget(os.environ)
    except SettingError:
        budget = None
    if budget is not None and tokens > budget:
        sure = [contract for contract in contracts if not contract.provenance]  # the others are not served as they are
        once = ", once they are proven," if price_of(sure) <= budget else ""
        told = (
            f"That is more than {budget:,} tokens: `unabridged serve` will{once} offer search_tools and call_tool instead of "
            "the list. Choose fewer with --include, --exclude or --read-only."
        )
        screen.print(told, style="yellow", soft_wrap=True)


def print_outcome(attempt: Tried, written: Rewriting, skipped: Sequence[Skipped], *, dry_run: bool) -> None:
    """Tell what was written, what became of earlier tools, and what was left out with its reason."""
    screen = console()
    unproven = sum(bool(contract.provenance) for contract in attempt.contracts.values())
    for change in written.changes:
        screen.print(f"{change.kind}  {change.says}", soft_wrap=True, style="yellow" if change.asks else None)
    imported = {one.operation.pointer for one in attempt.sound.tools}
    skipped = [one for one in skipped if not _is_part(one) or _operation(one.pointer) in imported]
    reasons = Counter(one.reason for one in skipped)
    if reasons:
        parts = sum(map(_is_part, skipped))
        whole = [count(len(skipped) - parts, "operation")] if parts < len(skipped) else []
        inside = [count(parts, "part of an operation", "parts of operations")] if parts else []
        screen.print(f"{' and '.join((*whole, *inside))} left out:", style="yellow")
    for reason, number in reasons.most_common(12):
        first = next(one.pointer for one in skipped if one.reason == reason)
        more = f" and {number - 1:,} more" if number > 1 else ""
        screen.print(f"  {line(first)}{more}: {line(reason)}", soft_wrap=True)
    if len(reasons) > 12:
        screen.print(f"  … and {len(reasons) - 12:,} more reasons; --report FILE lists all", soft_wrap=True)
    if unproven:
        screen.print(
            f"{count(unproven, 'tool')} with inferred lines: `unabridged prove TOOL` shows whether they are true"
        )
    for file in written.files:
        screen.print(f"{'would write' if dry_run else 'wrote'} {file}", soft_wrap=True)
    for file in written.gone:
        screen.print(f"{'would remove' if dry_run else 'removed'} {file}, which has no tool any more", soft_wrap=True)


def _operation(pointer: str) -> str:
    """The pointer of the operation that *pointer* leads to or into: `#/paths/~1tickets/get`."""
    steps = pointer.split("/")
    return "/".join(steps[: 5 if steps[3:4] == ["additionalOperations"] else 4])


def _is_part(one: Skipped) -> bool:
    """Whether it is less than an operation, which nobody asks for who did not choose the operation."""
    return _operation(one.pointer) != one.pointer


# ------------------------------------------------------------------------------------------ for programs


def report(api: str, attempt: Tried, written: Rewriting, skipped: Sequence[Skipped]) -> Mapping[str, Any]:
    """Return as JSON what became of each operation."""
    contracts = attempt.contracts
    tools = [
        {
            "name": one.name,
            "method": one.operation.method.upper(),
            "path": one.operation.path,
            "claim": str(contracts[one.name].claim),
            "effects": contracts[one.name].effects,
            "inferred": sorted(contracts[one.name].provenance),
            "tokens": price(contracts[one.name]),
        }
        for one in attempt.sound.tools
    ]
    return {
        "api": api,
        "files": [str(file) for file in written.files],
        "tokens": sum(price(contracts[one.name]) for one in attempt.sound.tools),
        "tools": tools,
        "skipped": [{"pointer": one.pointer, "reason": one.reason} for one in skipped],
        "changes": [{"kind": one.kind, "tool": one.tool, "says": one.says} for one in written.changes],
    }
