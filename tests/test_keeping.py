"""What is kept is read back as it was, byte by byte, or it is nothing."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scripted import World, answer, contract, query
from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.evidence import Evidence, Page
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.answering import recalled
from unabridged.tools.keeping import LARGEST, Held, MemoryStore, keep, recall
from unabridged.tools.spool import Spool

NOW = 1_000_000.0
CONTRACT: Contract = replace(contract(), digest="d1")
TICKETS: list[Json] = [{"id": number, "subject": 'café "quoted" \\ \u2028'} for number in range(1, 7)]


def desk(request: Request) -> Outcome:
    start = int(query(request).get("after", "0"))
    more = start + 2 < len(TICKETS)
    return answer(
        {"tickets": TICKETS[start : start + 2], "count": 6, "more": more, "next": str(start + 2) if more else None}
    )


def delivered(script: Any = desk, promised: Contract = CONTRACT) -> Delivered:
    """A whole answer of three pages."""
    given = anyio.run(World(script).call, promised)
    assert isinstance(given, Delivered), given
    return given


WHOLE = delivered()


def spool_of(answered: Delivered) -> Spool:
    assert isinstance(answered.payload, Spool)
    return answered.payload


def store() -> MemoryStore:
    return MemoryStore(now=lambda: NOW, secret=b"s" * 32)


def kept(answered: Delivered = WHOLE, name: str = "a") -> MemoryStore:
    made = store()
    assert keep(made, name, answered.receipt.evidence, spool_of(answered), receipt=answered.receipt.id, until=NOW + 60)
    return made


def bytes_of(held: Held | None) -> bytes | None:
    return None if held is None else b"".join(held.spool.chunks())


def test_what_is_kept_is_read_back_as_it_was() -> None:
    held = recall(kept(), "a")
    assert held is not None
    assert held.evidence == WHOLE.receipt.evidence
    assert (held.receipt, held.spool.digest) == (WHOLE.receipt.id, WHOLE.receipt.payload_digest)
    assert json.loads(bytes_of(held) or b"") == TICKETS


SHAPES: list[tuple[str, dict[str, Any], Json]] = [
    ("no items", {}, {"tickets": [], "count": 0, "more": False, "next": None}),
    ("one item", {}, {"tickets": [{"id": 1}], "count": 1, "more": False, "next": None}),
    ("one value", {"claim": "one", "walk": {"kind": "single"}, "complete": {}, "response": {}}, {"a": [1.10, 2**70]}),
    ("best of many", {"claim": {"top_k": 1}, "walk": {"kind": "single"}, "complete": {}}, {"tickets": [{"id": 1}]}),
]


@pytest.mark.parametrize(("parts", "body"), [case[1:] for case in SHAPES], ids=[case[0] for case in SHAPES])
def test_every_shape_of_an_answer_can_be_kept(parts: dict[str, Any], body: Json) -> None:
    promised = replace(contract(**parts), digest="d1")

    def script(_: Request) -> Outcome:
        return answer(body)

    whole = delivered(script, promised)
    held = recall(kept(whole), "a")
    assert held is not None
    again = recalled(promised, held, identity="again", now=NOW + 1)
    assert again is not None
    assert b"".join(again.payload.chunks()) == b"".join(whole.payload.chunks())
    assert again.payload.count == whole.payload.count


def _empty_pages(sizes: Sequence[int]) -> tuple[Evidence, Spool]:
    """Pages of so many items each, none among them perhaps."""
    spool, pages, number = Spool(), list[Page](), 0
    for size in sizes:
        items = b",".join(b"%d" % (number + step) for step in range(size))
        number += size
        page = Page(
            number=len(pages) + 1,
            asked=None,
            offered=None,
            more=None,
            next=None,
            decision="end",
            count=size,
            ids=(),
            fingerprint=sha256(items).hexdigest(),
        )
        pages.append(page)
        spool.append(items, size, page.fingerprint)
    spool.seal()
    return Evidence(stopped="end", pages=tuple(pages), kept=spool.kept, payload=spool.chained), spool


@given(st.lists(st.integers(0, 3), max_size=6))
def test_pages_begin_where_they_began_even_where_some_are_empty(sizes: list[int]) -> None:
    evidence, spool = _empty_pages(sizes)
    made = store()
    assert keep(made, "a", evidence, spool, receipt="r", until=NOW + 1)
    held = recall(made, "a")
    assert held is not None
    assert (held.evidence, held.spool.sizes) == (evidence, spool.sizes)
    assert bytes_of(held) == b"".join(spool.chunks())


# ------------------------------------------------------------------------------------------- alteration

SEALED = kept().contents["a"][1]


def altered(content: bytes) -> MemoryStore:
    made = store()
    made.put("a", content, until=NOW + 60)
    return made


@pytest.mark.requirement("G25")
@settings(max_examples=400)
@given(at=st.integers(0, len(SEALED) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_is_ever_delivered(at: int, bit: int) -> None:
    flipped = SEALED[:at] + bytes([SEALED[at] ^ 1 << bit]) + SEALED[at + 1 :]
    made = altered(flipped)
    assert recall(made, "a") is None
    assert made.contents == {}


@pytest.mark.requirement("G25")
@settings(max_examples=200)
@given(at=st.integers(0, len(SEALED)), inserted=st.binary(min_size=1, max_size=8))
def test_nothing_that_was_put_between_is_ever_delivered(at: int, inserted: bytes) -> None:
    assert recall(altered(SEALED[:at] + inserted + SEALED[at:]), "a") is None


@pytest.mark.requirement("G25")
@settings(max_examples=200)
@given(at=st.integers(0, len(SEALED) - 1), length=st.integers(1, 50))
def test_nothing_that_lost_bytes_is_ever_delivered(at: int, length: int) -> None:
    assert recall(altered(SEALED[:at] + SEALED[at + length :]), "a") is None


@pytest.mark.requirement("G25")
def test_no_cut_is_ever_delivered() -> None:
    assert [at for at in range(len(SEALED)) if recall(altered(SEALED[:at]), "a") is not None] == []


@given(st.binary(max_size=200))
def test_scribble_is_nothing(content: bytes) -> None:
    assert recall(altered(content), "a") is None


def test_what_is_kept_under_one_name_is_nothing_under_another() -> None:
    made = store()
    made.put("b", SEALED, until=NOW + 60)
    assert recall(made, "b") is None


def test_what_was_sealed_with_another_key_is_nothing() -> None:
    other = MemoryStore(now=lambda: NOW, secret=b"t" * 32)
    other.put("a", SEALED, until=NOW + 60)
    assert recall(other, "a") is None


def test_bytes_that_do_not_fit_their_evidence_are_nothing_even_under_a_sound_seal() -> None:
    evidence = WHOLE.receipt.evidence
    swapped = replace(evidence, pages=(evidence.pages[1], evidence.pages[0], evidence.pages[2]))
    made = store()
    assert keep(made, "a", swapped, spool_of(WHOLE), receipt="r", until=NOW + 60)
    assert recall(made, "a") is None


def test_evidence_that_proves_nothing_by_todays_contract_is_not_given_again() -> None:
    held = recall(kept(), "a")
    assert held is not None
    stricter = replace(CONTRACT, complete=replace(CONTRACT.complete, past_end=True))
    assert recalled(stricter, held, identity="again", now=NOW + 1) is None
    assert bytes_of(held) == b""


# ------------------------------------------------------------------------------------------- what is not kept


def test_an_answer_that_is_too_large_is_not_kept() -> None:
    spool = Spool(single=True)
    spool.append(b'"' + b"x" * LARGEST + b'"', 1, "f")
    made = store()
    assert not keep(made, "a", Evidence(stopped="end"), spool, receipt="r", until=NOW + 60)
    assert made.contents == {}
    spool.close()


def test_facts_that_cannot_be_written_down_are_not_kept() -> None:
    strange = replace(WHOLE.receipt.evidence, position="\ud800")
    made = store()
    assert not keep(made, "a", strange, spool_of(WHOLE), receipt="r", until=NOW + 60)
    assert made.contents == {}


def test_the_largest_answer_takes_a_few_times_its_size_and_no_more() -> None:
    item = b'{"id":%d,"text":"' + b"x" * 60_000 + b'"}'
    spool, pages = Spool(), list[Page]()
    for number in range(1, LARGEST // 610_000):
        items = b",".join(item % (number * 10 + step) for step in range(10))
        print_ = sha256(items).hexdigest()
        pages.append(
            Page(
                number=number,
                asked=None,
                offered=None,
                more=None,
                next=None,
                decision="end",
                count=10,
                ids=(),
                fingerprint=print_,
            )
        )
        spool.append(items, 10, print_)
    spool.seal()
    made = store()
    tracemalloc.start()
    try:
        assert keep(made, "a", Evidence(stopped="end", pages=tuple(pages)), spool, receipt="r", until=NOW + 60)
        held = recall(made, "a")
        assert held is not None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held.spool.digest == spool.digest
    assert peak < 3 * LARGEST
    held.spool.close()
    spool.close()
