"""What people see on a terminal: the proof, a refusal, a receipt, a code, a list of tools.

It shows facts and computes nothing but sums.  Values of an upstream never get here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..schemas.answer import Receipt, Tried, Withheld
from ..schemas.approving import Decision
from ..schemas.codes import CODES, Code
from ..schemas.contract import Contract
from ..schemas.evidence import Attempt, Page
from ..schemas.verdict import Finding, Witness
from ..schemas.wire import Json
from .advice import fix
from .counted import count

__all__ = ["code", "console", "moment", "proof", "receipt", "refusal", "seconds", "show", "table", "tell_errors"]

PLAIN_WIDTH = 120
"""Columns where the output is no terminal and nobody says how wide it is."""


def console(stream: TextIO | None = None) -> Console:
    """Return a console on *stream* (standard error if None) that obeys NO_COLOR and whether it is a terminal.

    It reads no markup: `query:page[after]` is a place, and not a style.
    """
    chosen = stream or sys.stderr
    width = None if chosen.isatty() or os.environ.get("COLUMNS", "").isdigit() else PLAIN_WIDTH
    return Console(file=chosen, width=width, highlight=False, markup=False, emoji=False)


def show(screen: Console, shown: RenderableType, *, style: str | None = None) -> None:
    """Print *shown* without the blanks that fill up table cells at the end of lines."""
    with screen.capture() as captured:
        screen.print(shown, style=style)
    screen.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
    screen.file.flush()


def tell_errors(number: int) -> None:
    """Say on standard error how many errors the tool files of a command hold, if there are any."""
    if number:
        console().print(f"{count(number, 'error')} in these files; `unabridged check` lists them", style="yellow")


# ------------------------------------------------------------------------------------------ words and numbers


def seconds(value: float) -> str:
    """Write a length of time.

    >>> seconds(0.0031), seconds(0.25), seconds(12.345)
    ('3 ms', '250 ms', '12.3 s')
    """
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def moment(at: float) -> str:
    """Write Unix time *at* as UTC.

    >>> moment(0)
    '1970-01-01 00:00:00 UTC'
    """
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def table(*columns: str, right: Sequence[int] = (), wrapped: Sequence[int] = (-1,)) -> Table:
    """Return an empty table without lines; columns in *right* are aligned there, those in *wrapped* may break."""
    built = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for index, column in enumerate(columns):
        may_wrap = index in wrapped or index - len(columns) in wrapped
        built.add_column(column, justify="right" if index in right else "left", no_wrap=not may_wrap, overflow="fold")
    return built


def _pairs(rows: Iterable[tuple[str, RenderableType | None]]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        if value is not None:
            grid.add_row(name, Text(value) if isinstance(value, str) else value)
    return grid


# ------------------------------------------------------------------------------------------ an answer


def proof(receipt: Receipt) -> RenderableType:
    """Show in a few lines what was proven, and from what."""
    head = Text.assemble(("complete", "bold green"), "  ", _delivered(receipt))
    return Group(head, Padding(_pairs(_proof_rows(receipt)), (0, 0, 0, 2)))


def _delivered(receipt: Receipt) -> str:
    if receipt.items is None:
        return f"one result of {receipt.tool}"
    of = "" if receipt.expected is None else f" of {receipt.expected:,}"
    return (
        f"{receipt.items:,}{of} items of {receipt.tool}" if of else f"{count(receipt.items, 'item')} of {receipt.tool}"
    )


def _grade(receipt: Receipt) -> str:
    if receipt.unproven:
        return f"unproven; {receipt.grade} if these lines are true: {', '.join(receipt.unproven)}"
    return f"{receipt.grade} (required: {receipt.required})"


def _proof_rows(receipt: Receipt) -> list[tuple[str, RenderableType | None]]:
    refused = [attempt for attempt in receipt.evidence.attempts if attempt.finding is not None]
    codes = ", ".join(dict.fromkeys(attempt.finding.code for attempt in refused if attempt.finding))
    return [
        ("claim", receipt.claim),
        ("grade", _grade(receipt)),
        ("because", "\n".join(witness.says for witness in receipt.witnesses if witness.grade) or None),
        ("meaning", "\n".join(witness.says for witness in receipt.witnesses if witness.axis == "meaning") or None),
        ("asked", f"{count(receipt.pages, 'page')}, {count(receipt.requests, 'request')}"),
        ("refused", f"{count(len(refused), 'answer')} on the way ({codes})" if refused else None),
        ("before", "\n".join(_leg(tried) for tried in _gone_before(receipt)) or None),
        ("kept", _kept(receipt)),
        ("write", _write(receipt)),
        ("shared", _shared(receipt)),
        *_decisions(receipt),
        ("as of", f"{moment(receipt.as_of)}, from {receipt.provider}, in {seconds(receipt.elapsed)}"),
        ("receipt", receipt.id),
    ]


def _gone_before(receipt: Receipt) -> tuple[Tried, ...]:
    """The ways that did not lead to the answer: all but the last, or all where a kept answer stands in."""
    return receipt.tried if receipt.because is not None else receipt.tried[:-1]


def _kept(receipt: Receipt) -> str | None:
    if receipt.source != "cache":
        return None
    age = "of unknown age" if receipt.age is None else f"{seconds(receipt.age)} old"
    kept = f"given again, {age}, as the call with receipt {receipt.origin} brought it"
    return f"{kept}; it may be stale, and stands in because of {receipt.because.code}" if receipt.because else kept


def _write(receipt: Receipt) -> str | None:
    same = ["the one that a call before began, not a second one"] if receipt.evidence.resumed else []
    seen = ["its answer was lost, and a read shows that it took effect"] if receipt.evidence.settled else []
    return "; ".join(same + seen) or None


def _decisions(receipt: Receipt) -> list[tuple[str, RenderableType | None]]:
    """Who was asked, and what they said: to sending, or to handing over in spite of what speaks against it."""
    return [(_GATES[decision.kind], _said(decision)) for decision in receipt.decisions]


_GATES = {"approval": "sending", "review": "release"}


def _said(decision: Decision) -> str:
    """Write what a person said.

    >>> _said(Decision(kind="review", action="approved", by="local:ada", at=0, codes=("stale",)))
    'approved by local:ada, 1970-01-01 00:00:00 UTC, in spite of stale'
    """
    spite = f", in spite of {', '.join(decision.codes)}" if decision.codes else ""
    return f"{decision.action} by {decision.by}, {moment(decision.at)}{spite}"


def _shared(receipt: Receipt) -> str | None:
    if receipt.source == "cache" or receipt.origin is None:
        return None
    return f"with an equal call at the same time, receipt {receipt.origin}, which made the requests"


def refusal(
    answer: Withheld, contract: Contract | None = None, *, given: Mapping[str, Json] | None = None
) -> RenderableType:
    """Show why there is no answer, and what to do; more precisely where the *contract* is known, and what was *given*."""
    first, *others = answer.verdict.findings or (Finding(code="internal_error", message="No reason was given."),)
    head = Text.assemble(("withheld", "bold red"), "  ", (first.code, "bold"), "  ", first.message)
    known = CODES.get(first.code)
    advice = fix(contract, first, given=given) if contract and known else known.fix if known else ""
    after = f" Not before {seconds(first.after)} have passed." if first.after else ""
    rows: list[tuple[str, RenderableType | None]] = [
        ("where", _where(first)),
        ("have", None if first.have is None else str(first.have)),
        ("expected", None if first.expected is None else str(first.expected)),
        ("against", "\n".join(f"{finding.code}: {finding.message}" for finding in others) or None),
        ("for", "\n".join(f"{witness.name}: {witness.says}" for witness in answer.verdict.witnesses) or None),
        ("asked", f"{count(answer.receipt.requests, 'request')} in {seconds(answer.receipt.elapsed)}"),
        ("tried", "\n".join(_leg(tried) for tried in answer.receipt.tried) or None),
        *_decisions(answer.receipt),
        ("to do", advice + after if advice else None),
        ("receipt", f"{answer.receipt.id} (unabridged explain {answer.receipt.id})"),
    ]
    return Group(head, Padding(_pairs(rows), (0, 0, 0, 2)))


def _leg(tried: Tried) -> str:
    """Write in one line who was asked in which way, and what came of it.

    >>> _leg(Tried(way="recover 1", tool="search", provider="kb", finding=None, requests=1, elapsed=0.2, changed=("k",)))
    'recover 1: search of kb, with another k: answered (1 request, 200 ms)'
    """
    changed = f", with another {', '.join(tried.changed)}" if tried.changed else ""
    came = tried.finding.code if tried.finding is not None else "answered"
    spent = f"{count(tried.requests, 'request')}, {seconds(tried.elapsed)}"
    return f"{tried.way}: {tried.tool} of {tried.provider}{changed}: {came} ({spent})"


def _where(finding: Finding) -> str | None:
    parts = (None if finding.page is None else f"page {finding.page}", finding.where)
    return ", ".join(part for part in parts if part) or None


# ------------------------------------------------------------------------------------------ codes


def code(name: str, known: Code) -> RenderableType:
    """Show what a code means and what to do."""
    again = "asking again may help" if known.retry else "asking again will not help"
    return Group(Text(name, style="bold"), _pairs([("meaning", known.meaning), ("to do", known.fix), ("retry", again)]))


# ------------------------------------------------------------------------------------------ a receipt


def receipt(shown: Receipt) -> RenderableType:
    """Show how an answer came to be: every page and attempt, every witness, and where the time went."""
    parts: list[RenderableType] = [_heading(shown), _pairs(_receipt_rows(shown))]
    parts += _section("Ways", _ways(shown.tried)) if shown.tried else []
    parts += _section("Attempts", _attempts(shown.evidence.attempts)) if shown.evidence.attempts else []
    parts += _section("Pages", _pages(shown.evidence.pages)) if shown.evidence.pages else []
    parts += _section("Witnesses for", _witnesses(shown.witnesses)) if shown.witnesses else []
    parts += _section("Against", _findings(shown.findings)) if shown.findings else []
    parts += _section("Axes", _pairs((axis, standing) for axis, standing in shown.axes)) if shown.axes else []
    parts += _section("Time", _pairs(_time(shown)))
    return Group(*parts)


def _section(title: str, body: RenderableType) -> list[RenderableType]:
    return [Text(), Text(title, style="bold"), Padding(body, (0, 0, 0, 2))]


def _heading(shown: Receipt) -> Text:
    delivered = shown.payload_digest is not None and not shown.findings
    word, style = ("complete", "bold green") if delivered else ("withheld", "bold red")
    what = _delivered(shown) if delivered else shown.tool
    return Text.assemble((word, style), "  ", what, "  ", (shown.id, "dim"))


def _receipt_rows(shown: Receipt) -> list[tuple[str, RenderableType | None]]:
    return [
        ("claim", shown.claim),
        ("grade", _grade(shown)),
        ("provider", shown.provider),
        ("kept", _kept(shown)),
        ("shared", _shared(shown)),
        ("as of", moment(shown.as_of)),
        ("contract", f"sha256 {shown.contract_digest[:16]}" if shown.contract_digest else None),
        ("payload", f"sha256 {shown.payload_digest[:16]}" if shown.payload_digest else "none"),
        *_decisions(shown),
    ]


def _ways(legs: Sequence[Tried]) -> Table:
    built = table("way", "tool", "provider", "requests", "took", "other arguments", "outcome", right=(3, 4))
    for tried in legs:
        finding = tried.finding
        outcome = Text("answered", style="green") if finding is None else Text(f"{finding.code}: {finding.message}")
        changed = ", ".join(tried.changed) or "-"
        built.add_row(
            tried.way, tried.tool, tried.provider, str(tried.requests), seconds(tried.elapsed), changed, outcome
        )
    return built


def _attempts(attempts: Sequence[Attempt]) -> Table:
    built = table("for", "attempt", "status", "waited", "took", "bytes", "outcome", right=(1, 2, 3, 4, 5))
    for attempt in attempts:
        what = f"page {attempt.page}" if attempt.purpose == "page" else attempt.purpose.replace("_", " ")
        finding = attempt.finding
        outcome = (
            Text("whole", style="green")
            if finding is None
            else Text(f"{finding.code}: {finding.message}", style="yellow")
        )
        status = "-" if attempt.status is None else str(attempt.status)
        waited, took = seconds(attempt.waited), seconds(attempt.elapsed)
        built.add_row(what, str(attempt.number), status, waited, took, f"{attempt.bytes:,}", outcome)
    return built


def _pages(pages: Sequence[Page]) -> Table:
    built = table("page", "items", "total", "asked for", "offers", "says", "attempts", right=(0, 1, 2, 6))
    for page in pages:
        total = "-" if page.total is None else f"{page.total:,}"
        says = "there is more" if page.decision == "continue" else "this is the end"
        built.add_row(
            str(page.number), f"{page.count:,}", total, page.asked or "-", page.offered or "-", says, str(page.attempts)
        )
    return built


def _witnesses(witnesses: Sequence[Witness]) -> Table:
    built = table("witness", "on", "standing", "reaches", "says")
    for witness in witnesses:
        reaches = str(witness.grade) if witness.grade else "-"
        built.add_row(witness.name, witness.axis, witness.standing, reaches, Text(witness.says))
    return built


def _findings(findings: Sequence[Finding]) -> Table:
    built = table("code", "where", "have", "expected", "message")
    for finding in findings:
        have = "-" if finding.have is None else str(finding.have)
        expected = "-" if finding.expected is None else str(finding.expected)
        built.add_row(Text(finding.code, style="red"), _where(finding) or "-", have, expected, Text(finding.message))
    return built


def _time(shown: Receipt) -> list[tuple[str, RenderableType | None]]:
    """Where the time went.  Requests that ran side by side are counted one by one, so the parts may exceed the whole."""
    asking = sum(attempt.elapsed for attempt in shown.evidence.attempts)
    waiting = sum(attempt.waited for attempt in shown.evidence.attempts)
    lost = sum(attempt.elapsed for attempt in shown.evidence.attempts if attempt.finding is not None)
    others = shown.elapsed - (shown.evidence.ended_at - shown.evidence.started_at) if shown.tried else 0.0
    return [
        ("in all", seconds(shown.elapsed)),
        ("other ways", seconds(others) if others > 0 else None),
        ("requests", seconds(asking) + (f", of which {seconds(lost)} for answers that were refused" if lost else "")),
        ("waiting", f"{seconds(waiting)} between attempts"),
        ("our own", seconds(max(0.0, shown.elapsed - others - asking - waiting))),
    ]
