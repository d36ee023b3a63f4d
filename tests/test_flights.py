"""Equal calls at one time are one request upstream, and nobody's leaving is anybody else's loss."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scripted import World, answer, code, content, contract
from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.evidence import Attempt, Page
from unabridged.schemas.wire import Fault, Json, Outcome, Request
from unabridged.tools.call import call
from unabridged.tools.flights import Flights, Landed
from unabridged.tools.observer import Observer, Silent
from unabridged.tools.people import Caller
from unabridged.tools.surroundings import Surroundings

pytestmark = pytest.mark.requirement("G27")
PATIENCE = 20.0  # seconds; a limit for a broken flight, never a wait

WHOLE = answer({"tickets": [{"id": 1}], "count": 1, "more": False, "next": None})
WHO: ContextVar[str] = ContextVar("who", default="nobody")


@dataclass(slots=True)
class Gate:
    """A service that answers when it is let; it counts who asks and who was cut off."""

    outcome: Outcome = WHOLE
    asked: list[Request] = field(default_factory=list[Request])
    asked_by: list[str] = field(default_factory=list[str])
    cut: int = 0
    opened: anyio.Event = field(default_factory=anyio.Event)
    reached: anyio.Event = field(default_factory=anyio.Event)
    cut_off: anyio.Event = field(default_factory=anyio.Event)

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        self.asked.append(request)
        self.asked_by.append(WHO.get())
        self.reached.set()
        try:
            await self.opened.wait()
        except anyio.get_cancelled_exc_class():
            self.cut += 1
            self.cut_off.set()
            raise
        return self.outcome

    @asynccontextmanager
    async def open(self, _contract: Contract, _environment: Mapping[str, str]) -> AsyncGenerator[Gate]:
        yield self


def desks(**parts: Any) -> Contract:
    return replace(contract(**parts), digest="d1")


def process(gate: Gate, flights: Flights) -> Surroundings:
    """One process whose flights are *flights*; time stands still."""
    numbers = count(1)
    made = World(lambda _: WHOLE).surroundings()
    return replace(made, open_transport=gate.open, identify=lambda: f"call-{next(numbers)}", flights=flights)


@dataclass(slots=True)
class Callers:
    """Callers of one process, each in a task of its own."""

    around: Surroundings
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    scopes: dict[str, anyio.CancelScope] = field(default_factory=dict[str, anyio.CancelScope])

    async def call(
        self,
        name: str,
        promised: Contract | None = None,
        arguments: Mapping[str, Json] | None = None,
        principal: str = "local",
        observer: Observer | None = None,
    ) -> None:
        WHO.set(name)
        around = replace(self.around, observer=observer or Silent())
        with anyio.CancelScope() as self.scopes[name]:
            self.answers[name] = await call(
                promised or desks(), arguments or {}, surroundings=around, caller=Caller(principal=principal)
            )


async def settled() -> None:
    """Let every task run as far as it can."""
    for _ in range(30):
        await checkpoint()


@pytest.mark.anyio
async def test_fifty_equal_calls_are_one_request() -> None:
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(callers.call, f"caller {number}")
        await settled()
        gate.opened.set()
    assert len(gate.asked) == 1
    assert {content(given) for given in callers.answers.values()} == {b'[{"id": 1}]'}
    receipts = [given.receipt for given in callers.answers.values()]
    assert len({receipt.id for receipt in receipts}) == 50
    assert sum(receipt.requests for receipt in receipts) == 1
    assert [receipt.origin for receipt in receipts].count(None) == 1
    bearer = next(receipt.id for receipt in receipts if receipt.origin is None)
    assert {receipt.origin for receipt in receipts} == {None, bearer}


@pytest.mark.anyio
async def test_a_refusal_is_shared_like_an_answer() -> None:
    gate = Gate(outcome=answer({}, status=404))
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        for number in range(3):
            group.start_soon(callers.call, f"caller {number}")
        await settled()
        gate.opened.set()
    assert len(gate.asked) == 1
    assert {code(given) for given in callers.answers.values()} == {"not_found"}


@pytest.mark.anyio
async def test_who_began_it_may_leave_and_the_others_get_the_answer() -> None:
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        for name in ("first", "second", "third"):
            group.start_soon(callers.call, name)
            await settled()
        callers.scopes["first"].cancel()
        await settled()
        gate.opened.set()
    assert (len(gate.asked), gate.cut) == (1, 0)
    assert sorted(callers.answers) == ["second", "third"]
    assert {content(given) for given in callers.answers.values()} == {b'[{"id": 1}]'}
    assert sorted(given.receipt.requests for given in callers.answers.values()) == [0, 1]


@pytest.mark.requirement("G33")
@pytest.mark.anyio
async def test_with_the_last_caller_the_flight_ends_at_once() -> None:
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        for name in ("first", "second"):
            group.start_soon(callers.call, name)
        await gate.reached.wait()
        await settled()
        callers.scopes["first"].cancel()
        await settled()
        assert gate.cut == 0
        callers.scopes["second"].cancel()
        with anyio.fail_after(0.1):
            await gate.cut_off.wait()
    assert callers.answers == {}


@pytest.mark.anyio
async def test_after_everyone_left_the_next_caller_asks_anew() -> None:
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        group.start_soon(callers.call, "first")
        await gate.reached.wait()
        callers.scopes["first"].cancel()
        group.start_soon(callers.call, "second")
        await settled()
        gate.opened.set()
    assert (len(gate.asked), gate.cut) == (2, 1)
    assert content(callers.answers["second"]) == b'[{"id": 1}]'


BY_STATUS: dict[str, Any] = {"input": {"type": "object", "properties": {"status": {}}}}
APART: list[tuple[str, dict[str, Any]]] = [
    ("another principal", {"principal": "bob"}),
    ("another argument", {"arguments": {"status": "closed"}}),
    ("another contract", {"promised": replace(desks(**BY_STATUS), digest="d2")}),
]


@pytest.mark.parametrize("changed", [case[1] for case in APART], ids=[case[0] for case in APART])
@pytest.mark.anyio
async def test_calls_that_differ_are_apart(changed: dict[str, Any]) -> None:
    gate = Gate()
    usual: dict[str, Any] = {"promised": desks(**BY_STATUS), "arguments": {"status": "open"}, "principal": "alice"}
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        for name, parts in (("first", usual), ("second", {**usual, **changed})):
            group.start_soon(lambda name, parts: callers.call(name, **parts), name, parts)
        await settled()
        gate.opened.set()
    assert len(gate.asked) == 2


WRITE: dict[str, Any] = {
    "claim": "one",
    "effects": "write",
    "request": {"url": "https://desk.test/tickets", "method": "POST", "body": {}},
    "walk": {"kind": "single"},
    "complete": {},
}


@pytest.mark.parametrize("parts", [WRITE, {"review": ["stale"]}], ids=["writes", "review"])
@pytest.mark.anyio
async def test_writes_and_calls_that_people_decide_on_are_each_ones_own(parts: dict[str, Any]) -> None:
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        for name in ("first", "second"):
            group.start_soon(callers.call, name, desks(**parts))
        await settled()
        gate.opened.set()
    assert len(gate.asked) == 2


@pytest.mark.anyio
async def test_who_reads_after_a_write_boards_no_flight_that_began_before_it() -> None:
    gate, written = Gate(), Gate()
    written.opened.set()
    around = process(gate, flights := Flights())
    callers, writers = Callers(around), Callers(replace(around, open_transport=written.open))
    async with flights, anyio.create_task_group() as group:
        group.start_soon(callers.call, "before")
        await gate.reached.wait()
        await writers.call("write", desks(**WRITE))
        for name in ("after", "after too"):
            group.start_soon(callers.call, name)
        await settled()
        gate.opened.set()
    assert (len(written.asked), len(gate.asked)) == (1, 2)
    origins = {name: given.receipt.origin for name, given in callers.answers.items()}
    assert origins["before"] is None
    assert {origins["after"], origins["after too"]} >= {None}


@pytest.mark.anyio
async def test_who_has_another_credential_by_now_boards_no_flight_of_the_old_one(tmp_path: Path) -> None:
    key = tmp_path / "key"
    auth = {"kind": "bearer", "token": {"file": str(key)}}
    base = {"base_url": "https://{sub}.desk.test", "variables": {"sub": {"default": "x"}}}
    held = desks(provider={"name": "desk", **base, "auth": auth}, request={"url": "/tickets"})
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        key.write_text("a")
        group.start_soon(callers.call, "alice", held)
        await gate.reached.wait()
        key.write_text("b")
        group.start_soon(callers.call, "bob", held)
        with anyio.fail_after(PATIENCE):
            while len(gate.asked) < 2:  # the file is read in another thread
                await checkpoint()
        gate.opened.set()
    assert [content(callers.answers[name]) for name in ("alice", "bob")] == [b'[{"id": 1}]'] * 2


@pytest.mark.anyio
async def test_without_a_place_for_flights_everyone_asks_alone() -> None:
    gate = Gate()
    callers = Callers(process(gate, Flights()))
    async with anyio.create_task_group() as group:
        for number in range(3):
            group.start_soon(callers.call, f"caller {number}")
        await settled()
        gate.opened.set()
    assert len(gate.asked) == 3


@dataclass(slots=True)
class Noting:
    """Notes what it is told."""

    told: list[str] = field(default_factory=list[str])

    def attempted(self, attempt: Attempt) -> None:
        self.told.append(f"attempt {attempt.page}")

    def turned(self, page: Page) -> None:
        self.told.append(f"page {page.number}")


@pytest.mark.anyio
async def test_who_comes_late_is_told_what_has_come_already() -> None:
    gate, late, early = Gate(), Noting(), Noting()
    pages = iter(
        [
            answer({"tickets": [{"id": 1}], "count": 2, "more": True, "next": "1"}),
            answer({"tickets": [{"id": 2}], "count": 2, "more": False, "next": None}),
        ]
    )

    async def send(request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        if gate.asked:
            await Gate.send(gate, request, timeout=timeout)
        gate.asked.append(request)
        return next(pages)

    @dataclass
    class Slow:
        send: Any

    @asynccontextmanager
    async def opened(_contract: Contract, _environment: Mapping[str, str]) -> AsyncGenerator[Slow]:
        yield Slow(send)

    callers = Callers(replace(process(gate, flights := Flights()), open_transport=opened))
    async with flights, anyio.create_task_group() as group:
        group.start_soon(lambda: callers.call("early", observer=early))
        await gate.reached.wait()
        group.start_soon(lambda: callers.call("late", observer=late))
        await settled()
        gate.opened.set()
    assert late.told == early.told == ["attempt 1", "page 1", "attempt 2", "page 2"]


@pytest.mark.anyio
async def test_the_flight_runs_on_behalf_of_who_began_it() -> None:
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        for name in ("first", "second"):
            group.start_soon(callers.call, name)
            await settled()
        gate.opened.set()
    assert gate.asked_by == ["first"]


@pytest.mark.anyio
async def test_who_has_less_time_leaves_earlier_with_a_refusal_of_its_own() -> None:
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        group.start_soon(callers.call, "patient")
        await gate.reached.wait()
        hasty = desks(policy={"deadline": 0.01})
        await callers.call("hasty", hasty)
        assert code(callers.answers["hasty"]) == "deadline_exceeded"
        assert "patient" not in callers.answers
        gate.opened.set()
    assert content(callers.answers["patient"]) == b'[{"id": 1}]'
    assert len(gate.asked) == 1


@pytest.mark.anyio
async def test_the_payload_is_closed_when_the_last_reader_closed_it() -> None:
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        for name in ("first", "second"):
            group.start_soon(callers.call, name)
        await settled()
        gate.opened.set()
    first, second = callers.answers.values()
    assert isinstance(first, Delivered)
    assert isinstance(second, Delivered)
    first.payload.close()
    first.payload.close()
    assert b"".join(second.payload.chunks()) == b'[{"id": 1}]'
    second.payload.close()
    assert b"".join(second.payload.chunks()) == b""


@pytest.mark.anyio
async def test_a_mistake_of_ours_in_a_flight_is_each_callers_own_refusal_and_nobody_elses_end() -> None:
    @asynccontextmanager
    async def broken(_contract: Contract, _environment: Mapping[str, str]) -> AsyncGenerator[Gate]:
        await checkpoint()
        raise RuntimeError("ours")
        yield Gate()

    around = replace(process(Gate(), flights := Flights()), open_transport=broken)
    callers = Callers(around)
    async with flights:
        async with anyio.create_task_group() as group:
            for name in ("first", "second"):
                group.start_soon(callers.call, name)
        assert {code(given) for given in callers.answers.values()} == {"internal_error"}
        sound = Callers(replace(around, open_transport=(gate := Gate()).open))
        gate.opened.set()
        await sound.call("third")
        assert content(sound.answers["third"]) == b'[{"id": 1}]'


@pytest.mark.anyio
async def test_flights_that_are_broken_off_from_outside_leave_their_callers_to_themselves() -> None:
    gate = Gate()
    callers = Callers(process(gate, flights := Flights()))
    async with anyio.create_task_group() as group:
        async with flights:
            group.start_soon(callers.call, "first")
            await gate.reached.wait()
        await settled()
        assert (gate.cut, len(gate.asked)) == (1, 2)
        gate.opened.set()
    assert content(callers.answers["first"]) == b'[{"id": 1}]'


@pytest.mark.anyio
async def test_what_is_raised_where_flights_are_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError, match="mine"):
        async with Flights():
            raise LookupError("mine")


@pytest.mark.anyio
async def test_who_still_has_time_is_not_refused_because_the_time_of_another_is_up() -> None:
    gate = Gate(outcome=Fault(kind="timeout", code="attempt_timeout", sent="maybe", detail="no answer in time"))
    callers = Callers(process(gate, flights := Flights()))
    async with flights, anyio.create_task_group() as group:
        group.start_soon(callers.call, "hasty", desks(policy={"deadline": 5}))
        await gate.reached.wait()
        for name in ("patient", "calm"):
            group.start_soon(callers.call, name, desks(policy={"deadline": 50}))
        await settled()
        gate.opened.set()
        await checkpoint()
        gate.outcome = WHOLE
    assert code(callers.answers["hasty"]) == "deadline_exceeded"
    assert {content(callers.answers[name]) for name in ("patient", "calm")} == {b'[{"id": 1}]'}
    assert len(gate.asked) == 2


# ------------------------------------------------------------------------------------------- whatever happens, in any order


@dataclass(slots=True, eq=False)
class Counted:
    """A payload that knows whether it is open."""

    closed: int = 0
    count: int | None = None
    size: int = 4

    def chunks(self) -> Iterator[bytes]:
        assert not self.closed
        yield b"true"

    def close(self) -> None:
        self.closed += 1


def _sample() -> Delivered:
    answered = anyio.run(World(lambda _: WHOLE).call, contract())
    assert isinstance(answered, Delivered)
    return answered


SAMPLE = _sample()


class Airport:
    """Flights on two routes, with passengers who come, leave and read in any order."""

    def __init__(self, flights: Flights, group: TaskGroup) -> None:
        self.flights, self.group = flights, group
        self.under_way: dict[str, anyio.Event] = {}
        self.payloads: list[Counted] = []
        self.waiting: dict[int, tuple[str, anyio.CancelScope]] = {}
        self.holding: dict[int, Landed] = {}
        self.cut: list[str] = []
        self.numbers = count()

    async def come(self, route: str) -> None:
        number, scope = next(self.numbers), anyio.CancelScope()

        async def fly(_: Observer) -> Answer:
            assert route not in self.under_way, "two flights on one route"
            self.under_way[route] = landing = anyio.Event()
            try:
                await landing.wait()
            except anyio.get_cancelled_exc_class():
                self.cut.append(route)
                raise
            finally:
                del self.under_way[route]
            self.payloads.append(Counted())
            return replace(SAMPLE, payload=self.payloads[-1])

        async def wait() -> None:
            with scope:
                self.waiting[number] = (route, scope)
                try:
                    flown = await self.flights.join(
                        route, fly, passenger=str(number), observer=Silent(), seconds=PATIENCE
                    )
                finally:
                    del self.waiting[number]
                assert isinstance(flown, Landed)
                self.holding[number] = flown

        self.group.start_soon(wait)
        await settled()

    async def leave(self, which: int) -> None:
        if self.waiting:
            route, scope = list(self.waiting.values())[which % len(self.waiting)]
            others = sum(other == route for other, _ in self.waiting.values()) - 1
            cut = len(self.cut)
            scope.cancel()
            await settled()
            assert len(self.cut) - cut == (0 if others else 1)

    async def land(self, route: str) -> None:
        if route in self.under_way:
            due = sorted(number for number, (other, _) in self.waiting.items() if other == route)
            self.under_way[route].set()
            await settled()
            assert all(number in self.holding for number in due)
            assert [self.holding[number].first for number in due].count(None) == 1

    async def read(self, which: int) -> None:
        if self.holding:
            flown = self.holding.pop(list(self.holding)[which % len(self.holding)])
            assert isinstance(flown.answer, Delivered)
            assert b"".join(flown.answer.payload.chunks()) == b"true"
            flown.answer.payload.close()


ROUTES = st.sampled_from(["a", "b"])
STEPS = st.one_of(
    st.tuples(st.just("come"), ROUTES),
    st.tuples(st.just("land"), ROUTES),
    st.tuples(st.just("leave"), st.integers(0, 9)),
    st.tuples(st.just("read"), st.integers(0, 9)),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=30))
def test_in_any_order_nobody_is_lost_nothing_is_left_open_and_nothing_is_closed_too_early(
    steps: list[tuple[str, Any]],
) -> None:
    async def run() -> None:
        async with Flights() as flights, anyio.create_task_group() as group:
            airport = Airport(flights, group)
            for name, choice in steps:
                await getattr(airport, name)(choice)
            for route in ("a", "b"):
                await airport.land(route)
            while airport.holding:
                await airport.read(0)
            assert not airport.waiting
            assert not airport.under_way
            assert [payload.closed for payload in airport.payloads] == [1] * len(airport.payloads)

    anyio.run(run)
