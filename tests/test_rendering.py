"""What people see: facts in few lines, plain where there is no terminal, and no markup out of data."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from tests.test_receipts import a_page, a_receipt
from unabridged.schemas.answer import Receipt, Withheld
from unabridged.schemas.contract import Contract
from unabridged.schemas.evidence import Attempt, Evidence
from unabridged.schemas.verdict import Finding, Incomplete
from unabridged.server.rendering import console, proof, receipt, refusal, show
from unabridged.server.sources import DEMO
from unabridged.server.watching import watching
from unabridged.tools.catalog import read
from unabridged.tools.observer import Observer, Silent

FINDING = Finding(code="rate_limited", message="too many requests for now", page=2, where="status", after=30.0)


def shown(what: RenderableType) -> str:
    stream = io.StringIO()
    show(console(stream), what)
    return stream.getvalue()


def withheld(*findings: Finding) -> Withheld:
    return Withheld(verdict=Incomplete(findings=findings), receipt=replace(a_receipt(), payload_digest=None))


@pytest.fixture
def contract() -> Contract:
    return read([DEMO]).contracts[0]


def test_a_proof_says_claim_grade_and_count() -> None:
    text = shown(proof(a_receipt()))
    assert "11 of 11 items of demo_list_tickets" in text
    assert "claim    all" in text
    assert "counted (required: counted)" in text
    assert "1 answer on the way (cursor_missing)" in text


def test_a_write_says_that_it_was_settled_and_is_no_second_one() -> None:
    evidence = replace(a_receipt().evidence, settled="applied", resumed=True)
    text = " ".join(shown(proof(replace(a_receipt(), evidence=evidence))).split())
    assert "the one that a call before began, not a second one; its answer was lost, and a read shows that" in text


def test_a_single_result_is_not_counted() -> None:
    assert "one result of demo_list_tickets" in shown(proof(replace(a_receipt(), items=None, expected=None)))


def test_a_refusal_says_where_what_to_do_and_how_long_to_wait() -> None:
    text = shown(refusal(withheld(FINDING, Finding(code="stale", message="three days old"))))
    assert text.startswith("withheld  rate_limited  too many requests for now\n")
    assert "page 2, status" in text
    assert "Not before 30.0 s have passed." in " ".join(text.split())  # wherever the line breaks
    assert "stale: three days old" in text


def test_a_refusal_of_an_unknown_code_is_shown_all_the_same() -> None:
    assert "withheld  made_up  of a file's own" in shown(
        refusal(withheld(Finding(code="made_up", message="of a file's own")))
    )


def test_nothing_in_data_is_read_as_markup() -> None:
    finding = Finding(code="x", message="[bold]not bold[/bold] [/]", where="query:page[after]")
    assert "[bold]not bold[/bold] [/]" in shown(refusal(withheld(finding)))
    assert "query:page[after]" in shown(receipt(replace(a_receipt(), findings=(finding,))))


def test_a_receipt_says_where_the_time_went() -> None:
    text = shown(receipt(a_receipt()))
    assert "requests  800 ms, of which 800 ms for answers that were refused" in text
    assert "our own   450 ms" in text


@pytest.mark.parametrize(
    "bare",
    [
        replace(a_receipt(), evidence=Evidence(stopped="failed"), witnesses=(), findings=(), axes=()),
        replace(a_receipt(), payload_digest=None, contract_digest=""),
        replace(a_receipt(), evidence=Evidence(stopped="end", pages=(replace(a_page(1), total=None, offered=None),))),
    ],
)
def test_a_receipt_with_little_in_it_is_shown_too(bare: Receipt) -> None:
    assert "Time" in shown(receipt(bare))


def test_lines_do_not_end_in_blanks() -> None:
    assert not [line for line in shown(receipt(a_receipt())).splitlines() if line != line.rstrip()]


def watched(screen: Console, contract: Contract) -> Observer:
    attempt = Attempt(
        purpose="page", page=1, number=1, method="GET", status=200, finding=FINDING, waited=0, elapsed=0, bytes=0
    )
    with watching(screen, contract) as observer:
        observer.attempted(attempt)
        observer.turned(a_page(1))
    return observer


def test_a_terminal_sees_each_page_and_each_refusal(contract: Contract) -> None:
    screen = Console(file=io.StringIO(), width=120, force_terminal=True)
    watched(screen, contract)
    assert isinstance(screen.file, io.StringIO)
    assert "page 1: 4 of 11 items" in screen.file.getvalue()


def test_without_a_terminal_nothing_is_shown(contract: Contract) -> None:
    screen = Console(file=io.StringIO(), width=120, force_terminal=False)
    assert isinstance(watched(screen, contract), Silent)
    assert isinstance(screen.file, io.StringIO)
    assert screen.file.getvalue() == ""
