"""One call from arguments to answer, over a scripted transport."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.scripted import World, answer, code, content, contract, items, query
from unabridged.schemas.answer import Withheld
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Fault, FaultKind, Json, Outcome, Request
from unabridged.tools.call import call

pytestmark = pytest.mark.anyio

TICKETS: list[Json] = [{"id": number, "subject": f"ticket {number}"} for number in range(11)]


def desk(request: Request) -> Outcome:
    """Eleven tickets, three to a page, honestly."""
    start = int(query(request).get("after", "0"))
    more = start + 3 < 11
    return answer(
        {"tickets": TICKETS[start : start + 3], "count": 11, "more": more, "next": str(start + 3) if more else None}
    )


class Lies:
    """Gives *lie* for the first *times* requests that *match*, and the truth afterwards."""

    def __init__(self, lie: Outcome, *, times: int = 1, after: str | None = None) -> None:
        self.lie, self.left, self.after = lie, times, after

    def __call__(self, request: Request) -> Outcome:
        if query(request).get("after") == self.after and self.left:
            self.left -= 1
            return self.lie
        return desk(request)


async def test_a_sound_walk_is_delivered_whole_with_its_grade() -> None:
    delivered = await World(desk).call(contract())
    assert items(delivered) == TICKETS
    assert delivered.receipt.grade is Grade.COUNTED
    assert (delivered.receipt.items, delivered.receipt.expected, delivered.receipt.pages) == (11, 11, 4)


@pytest.mark.requirement("G21")
async def test_three_of_eleven_without_a_cursor_are_asked_for_again() -> None:
    world = World(Lies(answer({"tickets": TICKETS[:3]})))
    assert items(await world.call(contract())) == TICKETS
    assert len(world.sent) == 5
    assert world.waits == [0.125]


FAULTS: list[tuple[str, Outcome, str]] = [
    ("the flag is missing", answer({"tickets": TICKETS[:3], "count": 11, "next": "3"}), "end_marker_missing"),
    ("the flag is null", answer({"tickets": TICKETS[:3], "count": 11, "more": None, "next": "3"}), "end_marker_missing"),
    ("the cursor is missing", answer({"tickets": TICKETS[:3], "count": 11, "more": True}), "more_without_cursor"),
    ("the end comes early", answer({"tickets": TICKETS[:3], "count": 11, "more": False, "next": None}), "total_mismatch"),
    ("a cursor stands beside the end", answer({"tickets": TICKETS, "count": 11, "more": False, "next": "3"}), "cursor_after_end"),
    ("the total is missing", answer({"tickets": TICKETS[:3], "more": True, "next": "3"}), "total_missing"),
    ("the items are missing", answer({"count": 11, "more": True, "next": "3"}), "items_missing"),
    ("the items are null", answer({"tickets": None, "count": 11, "more": True, "next": "3"}), "items_missing"),
    ("the items are an object", answer({"tickets": {}, "count": 11, "more": True, "next": "3"}), "items_missing"),
    ("an item is null", answer({"tickets": [None], "count": 11, "more": True, "next": "3"}), "item_invalid"),
    ("an item has no id", answer({"tickets": [{}], "count": 11, "more": True, "next": "3"}), "id_missing"),
    ("an item comes twice", answer({"tickets": [TICKETS[0]] * 2, "count": 11, "more": True, "next": "3"}), "duplicate_id"),
    ("the body is an error", answer({"error": "overloaded"}), "items_missing"),
    ("the body is empty", answer({}), "items_missing"),
    ("the body is a login page", answer("please log in", fields={"content-type": "text/html"}), "wrong_media_type"),
    ("a part comes", answer({"tickets": TICKETS}, status=206), "partial_response"),
    ("a range comes", answer({"tickets": TICKETS}, fields={"content-range": "bytes 0-2/11"}), "partial_response"),
    ("the answer comes later", answer({"tickets": TICKETS}, status=202), "unexpected_status"),
    ("a problem document comes", answer({"tickets": []}, fields={"content-type": "application/problem+json"}), "upstream_error"),
    ("the service is down", answer({}, status=503), "unavailable"),
    ("the gateway is down", answer({}, status=502), "unavailable"),
    ("too many requests", answer({}, status=429), "rate_limited"),
    ("the credential is wrong", answer({}, status=401), "auth_failed"),
    ("nothing is there", answer({}, status=404), "not_found"),
    ("the arguments are wrong", answer({}, status=422), "request_rejected"),
    ("a redirect", answer({}, status=302), "redirected"),
    ("the body is cut", Fault(kind="truncated", code="truncated_body", sent="maybe", detail="cut"), "truncated_body"),
    ("no connection", Fault(kind="connect", code="unreachable", sent="never", detail="refused"), "unreachable"),
    ("a foreign address", Fault(kind="forbidden", code="forbidden_address", sent="never", detail="no"), "forbidden_address"),
]  # fmt: skip


@pytest.mark.requirement("G20", "G21", "G40")
@pytest.mark.parametrize(("fault", "expected"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
async def test_a_lasting_fault_withholds_with_its_code(fault: Outcome, expected: str) -> None:
    withheld = await World(Lies(fault, times=99)).call(contract())
    assert code(withheld) == expected


@pytest.mark.parametrize(
    ("kind", "name", "requests"),
    [
        ("credential", "not_configured", 0),
        ("forbidden", "forbidden_address", 0),
        ("forbidden", "definition_error", 0),
        ("credential", "auth_failed", 1),  # the token service was asked
    ],
)
async def test_what_was_never_sent_is_not_counted_as_asked(kind: FaultKind, name: str, requests: int) -> None:
    withheld = await World(Lies(Fault(kind=kind, code=name, sent="never", detail="no"), times=99)).call(contract())
    assert (code(withheld), withheld.receipt.requests) == (name, requests)
    sent = await World(Lies(Fault(kind=kind, code=name, sent="maybe", detail="no"), times=99)).call(contract())
    assert (code(sent), sent.receipt.requests) == (name, 1)


@pytest.mark.parametrize("identifier", ["", "/_id"])
async def test_an_object_identifies_an_item_by_all_that_it_says(identifier: str) -> None:
    rows: list[Json] = [{"_id": {"$oid": f"{number}", "part": 1}} for number in range(3)]
    whole = {"response": {"items": {"at": "/rows", "id": identifier}}, "walk": {"kind": "single"}}
    promise = contract(**whole, complete={"require": "counted", "total": {"at": "/count"}})
    assert items(await World(lambda _: answer({"rows": rows, "count": 3})).call(promise)) == rows
    turned: Json = {"_id": {"part": 1, "$oid": "0"}}
    twice = World(lambda _: answer({"rows": [*rows[:2], turned], "count": 3}))
    assert code(await twice.call(promise)) == "duplicate_id"


CURED = [
    case
    for case in FAULTS
    if case[2]
    not in ("auth_failed", "not_found", "request_rejected", "redirected", "unexpected_status", "forbidden_address")
]


@pytest.mark.parametrize("fault", [case[1] for case in CURED], ids=[case[0] for case in CURED])
@pytest.mark.parametrize("after", [None, "3"])
async def test_a_passing_fault_is_recovered_from(fault: Outcome, after: str | None) -> None:
    delivered = await World(Lies(fault, times=2, after=after)).call(contract())
    assert items(delivered) == TICKETS


async def test_a_page_that_lost_its_items_is_found_by_the_total() -> None:
    lost = answer({"tickets": [], "count": 11, "more": True, "next": "6"})
    assert code(await World(Lies(lost, times=99, after="3")).call(contract())) == "total_mismatch"


@pytest.mark.requirement("G20")
async def test_a_page_that_comes_twice_is_refused() -> None:
    again = answer({"tickets": TICKETS[:3], "count": 11, "more": True, "next": "6"})
    assert code(await World(Lies(again, times=99, after="3")).call(contract())) == "repeated_page"


@pytest.mark.requirement("G20")
@pytest.mark.parametrize("cursor", ["3", "6"])
async def test_a_cursor_that_comes_twice_never_walks_for_ever(cursor: str) -> None:
    def circle(request: Request) -> Outcome:
        after = query(request).get("after")
        page = {None: 0, "3": 3, "6": 6, "9": 9}[after]
        return answer(
            {
                "tickets": TICKETS[page : page + 3],
                "count": 11,
                "more": True,
                "next": {None: "3", "3": "6"}.get(after, cursor),
            }
        )

    assert code(await World(circle).call(contract())) == "cursor_loop"


@pytest.mark.requirement("G20")
async def test_a_total_that_changes_is_refused() -> None:
    grown = answer({"tickets": TICKETS[3:6], "count": 12, "more": True, "next": "6"})
    assert code(await World(Lies(grown, times=99, after="3")).call(contract())) == "total_changed"


async def test_a_changed_total_starts_the_walk_anew_where_declared() -> None:
    grown = answer({"tickets": TICKETS[3:6], "count": 12, "more": True, "next": "6"})
    restarting = contract(
        walk={
            "kind": "cursor",
            "more": "/more",
            "next": "/next",
            "send": "query:after",
            "restart_on": ["total_changed"],
        }
    )
    assert items(await World(Lies(grown, times=3, after="3")).call(restarting)) == TICKETS


@pytest.mark.requirement("G3")
async def test_a_page_is_asked_for_three_times_at_most() -> None:
    world = World(lambda request: answer({}, status=503))
    await world.call(contract())
    assert len(world.sent) == 3


@pytest.mark.requirement("G6")
async def test_the_service_is_never_asked_earlier_than_it_says() -> None:
    world = World(Lies(answer({}, status=429, fields={"retry-after": "7"})))
    assert items(await world.call(contract())) == TICKETS
    assert world.waits == [7.0]


@pytest.mark.requirement("G6")
async def test_a_wait_beyond_the_deadline_is_not_waited_for() -> None:
    world = World(Lies(answer({}, status=429, fields={"retry-after": "600"})))
    withheld = await world.call(contract())
    assert code(withheld) == "rate_limited"
    assert isinstance(withheld, Withheld)
    assert withheld.verdict.findings[0].after == 600
    assert world.waits == []


@pytest.mark.requirement("G1")
async def test_the_deadline_ends_a_call_with_a_receipt() -> None:
    world = World(desk, costs=lambda request: 20.0)
    slow = contract(policy={"deadline": 30, "attempt_timeout": 25})
    withheld = await world.call(slow)
    assert code(withheld) == "deadline_exceeded"
    assert withheld.receipt.pages == 1
    assert world.time <= 30.0


async def test_an_attempt_that_times_out_is_made_again() -> None:
    costs = iter([8.0])
    world = World(desk, costs=lambda request: next(costs, 0.1))
    assert items(await world.call(contract(policy={"attempt_timeout": 5}))) == TICKETS


@pytest.mark.requirement("G4")
async def test_a_thousand_failing_calls_cause_at_most_thirty_five_extra_requests() -> None:
    world = World(lambda request: answer({}, status=503))
    surroundings = replace(world.surroundings(), clock=lambda: 0.0, now=lambda: 1_000_000.0)  # all at once
    for _ in range(1000):
        await call(contract(policy={"breaker": None}), {}, surroundings=surroundings)
    assert len(world.sent) - 1000 == 35


WRITE: dict[str, Any] = {
    "claim": "one",
    "effects": "write",
    "request": {"url": "https://desk.test/tickets", "method": "POST", "body": {"subject": "hello"}},
    "response": {"status": [201], "data": "/ticket"},
    "walk": {"kind": "single"},
    "complete": {},
}
MAYBE = Fault(kind="truncated", code="truncated_body", sent="maybe", detail="cut")
NEVER = Fault(kind="connect", code="unreachable", sent="never", detail="refused")


@pytest.mark.requirement("G8", "G10")
@pytest.mark.parametrize("fault", [MAYBE, answer({}, status=500), answer({}, status=201)])
async def test_a_write_that_may_have_happened_is_never_sent_twice(fault: Outcome) -> None:
    world = World(lambda request: fault)
    assert code(await world.call(contract(**WRITE))) == "outcome_unknown"
    assert len(world.sent) == 1


@pytest.mark.requirement("G8")
async def test_a_write_that_was_never_sent_is_sent_again() -> None:
    outcomes: Iterator[Outcome] = iter([NEVER, answer({"ticket": {"id": 7}}, status=201)])
    assert content(await World(lambda _: next(outcomes)).call(contract(**WRITE))) == b'{"id": 7}'


@pytest.mark.requirement("G8")
async def test_a_write_with_an_idempotency_key_is_sent_again_with_the_same_key() -> None:
    outcomes: Iterator[Outcome] = iter([MAYBE, answer({"ticket": {"id": 7}}, status=201)])
    world = World(lambda _: next(outcomes))
    request: dict[str, Any] = WRITE["request"]
    keyed: dict[str, Any] = {**WRITE, "request": {**request, "idempotency": {}}}
    assert content(await world.call(contract(**keyed))) == b'{"id": 7}'
    keys = [dict(request.headers)["idempotency-key"] for request in world.sent]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert keys[0].startswith("receipt-1-")  # the receipt, to be found by at the service


async def test_a_mistake_of_ours_delivers_nothing_and_says_nothing_of_itself() -> None:
    def broken(request: Request) -> Outcome:
        raise RuntimeError("secret-canary")

    withheld = await World(broken).call(contract())
    assert code(withheld) == "internal_error"
    assert "secret-canary" not in repr(withheld)


PARALLEL: dict[str, Any] = {
    "response": {"items": {"at": "/tickets", "id": "/id"}},
    "walk": {"kind": "offset", "send": "query:offset"},
    "complete": {"require": "counted", "total": {"at": "/count"}},
}


def by_offset(request: Request) -> Outcome:
    start = int(query(request)["offset"])
    return answer({"tickets": TICKETS[start : start + 2], "count": 11})


@pytest.mark.requirement("G49")
async def test_pages_that_can_be_addressed_are_sent_for_at_once() -> None:
    world = World(by_offset)
    assert items(await world.call(contract(**PARALLEL))) == TICKETS
    assert [query(request)["offset"] for request in world.sent] == ["0", "2", "4", "6", "8", "10"]


@pytest.mark.requirement("G47")
async def test_a_page_shorter_than_planned_is_noticed_and_the_gap_is_filled() -> None:
    def clamped(request: Request) -> Outcome:
        start = int(query(request)["offset"])
        size = 1 if start == 4 else 2
        return answer({"tickets": TICKETS[start : start + size], "count": 11})

    assert items(await World(clamped).call(contract(**PARALLEL))) == TICKETS


@pytest.mark.requirement("G49")
async def test_a_fault_among_parallel_pages_is_mended_alone() -> None:
    left = [1]

    def once(request: Request) -> Outcome:
        if query(request)["offset"] == "6" and left:
            left.pop()
            return answer({}, status=503)
        return by_offset(request)

    world = World(once)
    assert items(await world.call(contract(**PARALLEL))) == TICKETS
    assert len(world.sent) == 7


def bounded(claim: dict[str, Json]) -> Contract:
    return contract(
        claim=claim, complete={}, input={"type": "object", "properties": {"limit": {"type": "integer", "default": 4}}}
    )


async def test_the_first_n_are_exactly_n_and_say_so() -> None:
    world = World(desk)
    delivered = await world.call(bounded({"first": "{input.limit}"}), limit=5)
    assert items(delivered) == TICKETS[:5]
    assert delivered.receipt.claim == "first: 5"
    assert len(world.sent) == 2


async def test_the_first_n_of_fewer_are_all_of_them() -> None:
    assert items(await World(desk).call(bounded({"first": "{input.limit}"}), limit=50)) == TICKETS


@pytest.mark.requirement("M8")
async def test_arguments_that_do_not_fit_are_refused_before_anything_is_sent() -> None:
    world = World(desk)
    withheld = await world.call(contract(), status="open")
    assert code(withheld) == "invalid_arguments"
    assert world.sent == []


@pytest.mark.requirement("G20")
async def test_too_many_pages_are_an_error_and_never_a_short_success() -> None:
    limited = contract(
        walk={"kind": "cursor", "more": "/more", "next": "/next", "send": "query:after", "limits": {"pages": 2}}
    )
    assert code(await World(desk).call(limited)) == "page_budget"


async def test_more_than_the_service_lets_anyone_walk_is_refused_at_once() -> None:
    capped = contract(
        walk={"kind": "cursor", "more": "/more", "next": "/next", "send": "query:after", "limits": {"window": 10}}
    )
    world = World(desk)
    assert code(await world.call(capped)) == "window_cap"
    assert len(world.sent) == 1


async def test_items_leave_as_the_bytes_that_came() -> None:
    def exact(request: Request) -> Outcome:
        raw = b'{"tickets": [{"id": 18446744073709551617, "price":\n1.10}], "count": 1, "more": false, "next": null}'
        return replace(answer({}), content=raw)

    delivered = await World(exact).call(contract())
    assert content(delivered) == b'[{"id": 18446744073709551617, "price":1.10}]'


ONE: dict[str, Any] = {"claim": "one", "walk": {"kind": "single"}, "complete": {}}
TICKET: dict[str, Any] = {"type": "object", "required": ["id"]}


ANSWERS: list[tuple[dict[str, Any], Json, bytes | str]] = [
    ({}, {"id": 7}, b'{"id": 7}'),
    ({"schema": TICKET}, {"id": 7}, b'{"id": 7}'),
    ({"data": "/ticket"}, {"ticket": {"id": 7}}, b'{"id": 7}'),
    ({"data": "/ticket"}, {"ticket": False}, b"false"),
    ({"items": {"at": "/tickets"}}, {"tickets": [{"id": 7}]}, b'{"id": 7}'),
    ({"schema": {"type": "object"}}, {}, b"{}"),
    ({"schema": TICKET}, {"error": "overloaded"}, "schema_violation"),
    ({}, {}, "data_missing"),
    ({}, [], "data_missing"),
    ({"data": "/ticket"}, {"error": "overloaded"}, "data_missing"),
    ({"data": "/ticket"}, {"ticket": None}, "data_missing"),
    ({"items": {"at": "/tickets"}}, {"tickets": []}, "not_one"),
    ({"items": {"at": "/tickets"}}, {"tickets": [{}, {}]}, "not_one"),
]


@pytest.mark.parametrize(("response", "body", "expected"), ANSWERS)
async def test_one_is_the_one_that_was_promised(response: dict[str, Any], body: Json, expected: bytes | str) -> None:
    answered = await World(lambda _: answer(body)).call(contract(**ONE, response=response))
    if isinstance(expected, bytes):
        assert content(answered) == expected
    else:
        assert code(answered) == expected
        assert len(answered.receipt.findings) == 1


async def test_the_best_k_of_many_are_not_held_against_the_total() -> None:
    ranked = answer({"tickets": TICKETS[:8], "count": 5000})
    promised = contract(claim={"top_k": 8}, walk={"kind": "single"}, complete={"total": {"at": "/count"}})
    delivered = await World(lambda _: ranked).call(promised)
    assert items(delivered) == TICKETS[:8]
    assert (delivered.receipt.claim, delivered.receipt.grade) == ("top_k: 8", Grade.TERMINATED)
    assert delivered.receipt.expected is None


@pytest.mark.parametrize(
    "fault", [MAYBE, answer({}, status=500), answer({}, status=201), answer({}, status=200), answer({}, status=202)]
)
async def test_a_write_with_a_key_that_never_gets_a_whole_answer_is_not_called_failed(fault: Outcome) -> None:
    operation: dict[str, Any] = WRITE["request"]
    keyed: dict[str, Any] = {**WRITE, "request": {**operation, "idempotency": {}}}
    assert code(await World(lambda _: fault).call(contract(**keyed))) == "outcome_unknown"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [(NEVER, "unreachable"), (answer({}, status=429), "rate_limited"), (answer({}, status=422), "request_rejected")],
)
async def test_a_write_that_cannot_have_happened_says_why(fault: Outcome, expected: str) -> None:
    assert code(await World(lambda _: fault).call(contract(**WRITE))) == expected


async def test_no_items_at_all_are_asked_for_twice() -> None:
    nothing = answer({"tickets": [], "count": 0, "more": False, "next": None})
    assert items(await World(Lies(nothing)).call(contract())) == TICKETS
    world = World(lambda _: nothing)
    assert items(await world.call(contract())) == []
    assert len(world.sent) == 2


async def test_an_attempt_for_which_there_was_no_time_is_none() -> None:
    world = World(lambda request: answer({}, status=429, fields={"retry-after": "600"}))
    withheld = await world.call(contract())
    assert code(withheld) == "rate_limited"
    assert len(world.sent) == withheld.receipt.requests == len(withheld.receipt.evidence.attempts) == 1
