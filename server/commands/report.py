"""`unabridged report`: what became of the calls of some days, and what people said when they were asked."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ..counted import count
from ..overview import Gate, ToolCalls, gates, overview
from ..receipts import open_receipts
from ..rendering import console, show, table
from ..state import open_shelf
from ..tally import tallies

__all__ = ["report"]

_WAYS = ("at once", "after retries", "recover", "fallback", "cache", "stood in", "released")


def report(*, days: int, as_json: bool) -> int:
    """Sum up the last *days*, and return the exit status."""
    with closing(open_receipts(os.environ)) as receipts, closing(open_shelf(os.environ)) as shelf:
        calls = overview(receipts.briefly(time.time() - days * 86_400))
        asked = list(gates(tallies(shelf)))
    if as_json:
        sys.stdout.write(json.dumps(_object(calls, asked, days), indent=2) + "\n")
    else:
        show(console(sys.stdout), _shown(calls, asked, days))
    return 0


def _object(calls: Sequence[ToolCalls], asked: Sequence[Gate], days: int) -> dict[str, object]:
    return {
        "days": days,
        "tools": [_tool_object(tool) for tool in calls],
        "gates": [_gate_object(gate) for gate in asked],
    }


def _tool_object(calls: ToolCalls) -> dict[str, object]:
    counts = {"calls": calls.calls, "delivered": calls.delivered}
    return {"tool": calls.tool, **counts, "came": dict(calls.came), "withheld": dict(calls.withheld)}


def _gate_object(gate: Gate) -> dict[str, object]:
    counts = {**asdict(gate.counts), "unanswered": gate.counts.unanswered}
    return {"tool": gate.tool, "gate": gate.gate, **counts, "approved_share": gate.approved, "warning": gate.warning}


def _shown(calls: Sequence[ToolCalls], asked: Sequence[Gate], days: int) -> RenderableType:
    total, delivered = sum(tool.calls for tool in calls), sum(tool.delivered for tool in calls)
    if not total and not asked:
        return Text(f"No call of the last {count(days, 'day')} left a receipt, and nobody was asked.")
    heading = f"{count(total, 'call')} in {count(days, 'day')}: {delivered:,} delivered, {total - delivered:,} withheld"
    parts: list[RenderableType] = [Text(heading, style="bold")]
    parts += [Padding(_calls(calls), (0, 0, 0, 2))] if calls else []
    parts += _section("Withheld", _codes(calls)) if total > delivered else []
    parts += _section("People, in all", _gates(asked)) if asked else []
    parts += [Text(f"{gate.tool}, {gate.gate}: {gate.warning}", style="yellow") for gate in asked if gate.warning]
    return Group(*parts)


def _section(title: str, body: RenderableType) -> list[RenderableType]:
    return [Text(), Text(title, style="bold"), Padding(body, (0, 0, 0, 2))]


def _calls(calls: Sequence[ToolCalls]) -> RenderableType:
    ways = [way for way in _WAYS if any(tool.came[way] for tool in calls)]
    built = table("tool", "calls", "delivered", *ways, "withheld", right=range(1, len(ways) + 4), wrapped=(0,))
    for tool in calls:
        came = [f"{tool.came[way]:,}" if tool.came[way] else "-" for way in ways]
        withheld = tool.calls - tool.delivered
        built.add_row(tool.tool, f"{tool.calls:,}", f"{tool.delivered:,}", *came, f"{withheld:,}" if withheld else "-")
    return built


def _codes(calls: Sequence[ToolCalls]) -> RenderableType:
    built = table("code", "calls", "tools", right=(1,))
    codes = sum((tool.withheld for tool in calls), Counter[str]())
    for code, times in codes.most_common():
        built.add_row(code, f"{times:,}", ", ".join(tool.tool for tool in calls if tool.withheld[code]))
    return built


def _gates(asked: Sequence[Gate]) -> RenderableType:
    built = table(
        "tool", "gate", "asked", "yes", "no", "closed", "open", "could not ask", "yes of all", right=range(2, 9)
    )
    for gate in asked:
        counts = gate.counts
        numbers = (
            counts.asked,
            counts.approved,
            counts.declined,
            counts.cancelled,
            counts.unanswered,
            counts.unavailable,
        )
        share = "-" if gate.approved is None else f"{gate.approved:.1%}"
        built.add_row(gate.tool, gate.gate, *(f"{number:,}" for number in numbers), share)
    return built
