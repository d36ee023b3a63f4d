"""How a provider stands, through whole calls: left alone when it fails, asked as fast as it bears, and by so many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import anyio
import pytest

from tests.scripted import World, answer, code, items, query
from tests.scripted import contract as scripted
from tests.timeline import Timeline
from unabridged.schemas.answer import Answer, Delivered, Withheld
from unabridged.schemas.contract import Contract
from unabridged.schemas.evidence import Attempt, Page
from unabridged.schemas.provider import Provider
from unabridged.schemas.secret import Bearer, FromEnvironment
from unabridged.schemas.wire import Fault, Json, Outcome, Request
from unabridged.server.state import FileShelf
from unabridged.tools.call import call
from unabridged.tools.shelf import Change, MemoryShelf, Shelf
from unabridged.tools.standing import key

pytestmark = pytest.mark.anyio

T = TypeVar("T")
CUT = Fault(kind="truncated", code="truncated_body", sent="maybe", detail="cut")
UNMARKED: Json = {"tickets": [{"id": 1}], "count": 1}
WHOLE: Json = {"tickets": [{"id": 1}], "count": 1, "more": False, "next": None}


def well(request: Request) -> Outcome:
    return answer(WHOLE)


def down(request: Request) -> Outcome:
    return answer({}, status=503)


def contract(**policy: Any) -> Contract:
    return scripted(policy={"retry": {"attempts": 1}, **policy})


def codes(answers: list[Answer]) -> Counter[str]:
    return Counter("whole" if isinstance(one, Delivered) else code(one) for one in answers)


def after(answered: Answer) -> float | None:
    assert isinstance(answered, Withheld)
    return answered.verdict.findings[0].after


BREAKER = {"breaker": {"least": 4, "open": 5, "most": 60}}

# ------------------------------------------------------------------------------------------- the breaker


@pytest.mark.requirement("G28")
async def test_a_provider_that_fails_is_left_alone_and_the_refusal_says_for_how_long() -> None:
    time = Timeline(down)
    surroundings = time.surroundings()
    first = await time.calls(contract(**BREAKER), 4, surroundings=surroundings)
    later = await time.calls(contract(**BREAKER), 30, surroundings=surroundings)
    assert codes(first) == {"unavailable": 4}
    assert codes(later) == {"circuit_open": 30}
    assert len(time.begun) == 4
    assert all(after(one) == pytest.approx(4.375) for one in later)
    assert all(one.receipt.requests == 0 for one in later)


@pytest.mark.requirement("G28")
async def test_fifty_calls_at_half_open_send_exactly_one_probe() -> None:
    time = Timeline(down)
    surroundings = time.surroundings()
    await time.calls(contract(**BREAKER), 4, surroundings=surroundings)
    time.time, time.most = time.time + 6, 0
    answers = await time.calls(contract(**BREAKER), 50, surroundings=surroundings)
    assert len(time.begun) == 4 + 1
    assert codes(answers) == {"unavailable": 1, "circuit_open": 49}


@pytest.mark.requirement("G28")
async def test_a_probe_that_succeeds_opens_the_way_for_all() -> None:
    time = Timeline(down)
    surroundings = time.surroundings()
    await time.calls(contract(**BREAKER), 4, surroundings=surroundings)
    time.time, time.script = time.time + 6, well
    assert codes(await time.calls(contract(**BREAKER), 50, surroundings=surroundings)) == {
        "whole": 1,
        "circuit_open": 49,
    }
    assert codes(await time.calls(contract(**BREAKER), 50, surroundings=surroundings)) == {"whole": 50}


@pytest.mark.requirement("G28")
async def test_an_answer_that_cannot_be_verified_is_a_failure_of_its_provider() -> None:
    time = Timeline(lambda request: answer({"tickets": [], "count": 3, "more": None, "next": None}))
    surroundings = time.surroundings()
    await time.calls(contract(**BREAKER), 4, surroundings=surroundings)
    assert codes(await time.calls(contract(**BREAKER), 1, surroundings=surroundings)) == {"circuit_open": 1}


@pytest.mark.requirement("G28")
@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 429])
async def test_mistakes_of_callers_do_not_open_it(status: int) -> None:
    time = Timeline(lambda request: answer({}, status=status))
    answers = await time.calls(contract(**BREAKER), 50)
    assert len(time.begun) == 50
    assert "circuit_open" not in codes(answers)


@pytest.mark.requirement("G28")
async def test_a_cancelled_call_does_not_count_and_gives_its_probe_back() -> None:
    time = Timeline(down)
    surroundings = time.surroundings()
    await time.calls(contract(**BREAKER), 4, surroundings=surroundings)
    time.time += 6
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: call(contract(**BREAKER), {}, surroundings=surroundings))
        await anyio.wait_all_tasks_blocked()
        assert len(time.begun) == 5
        group.cancel_scope.cancel()
    time.script = well
    assert codes(await time.calls(contract(**BREAKER), 1, surroundings=surroundings)) == {"whole": 1}


@pytest.mark.requirement("G28")
async def test_who_waited_for_its_turn_finds_that_another_one_probes() -> None:
    paced = contract(pace={"requests": 1, "burst": 1}, **BREAKER)
    time = Timeline(down)
    surroundings = time.surroundings()
    await time.calls(contract(**BREAKER), 4, surroundings=surroundings)
    time.time, time.cost = time.time + 6, 3.0
    assert codes(await time.calls(paced, 2, surroundings=surroundings)) == {"unavailable": 1, "circuit_open": 1}
    assert len(time.begun) == 5


@pytest.mark.requirement("G28")
async def test_a_probe_that_is_told_to_come_later_may_probe_again() -> None:
    time = Timeline(down)
    surroundings = time.surroundings()
    await time.calls(contract(**BREAKER), 4, surroundings=surroundings)
    outcomes = iter([answer({}, status=429, fields={"retry-after": "2"})])
    time.time, time.script = time.time + 6, lambda request: next(outcomes, answer(WHOLE))
    answers = await time.calls(scripted(policy=BREAKER), 1, surroundings=surroundings)
    assert codes(answers) == {"whole": 1}


async def test_cancelled_calls_do_not_open_it() -> None:
    time = Timeline(well)
    surroundings = time.surroundings()
    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(lambda: call(contract(**BREAKER), {}, surroundings=surroundings))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert codes(await time.calls(contract(**BREAKER), 1, surroundings=surroundings)) == {"whole": 1}


async def test_a_walk_whose_pages_are_sent_ahead_probes_with_one_request_and_goes_on_with_many() -> None:
    def rows(request: Request) -> Outcome:
        start = int(query(request)["offset"])
        return answer({"tickets": [{"id": number} for number in range(start, start + 5)], "count": 40})

    time = Timeline(down)
    surroundings = time.surroundings()
    await time.calls(contract(**BREAKER), 4, surroundings=surroundings)
    time.time, time.script, time.most = time.time + 6, rows, 0
    walk = {"kind": "offset", "send": "query:offset"}
    answers = await time.calls(scripted(walk=walk, policy={"in_flight": 4, **BREAKER}), 1, surroundings=surroundings)
    assert [item["id"] for item in items(answers[0])] == list(range(40))
    assert len(time.begun) == 4 + 8
    assert time.most == 4


async def test_slow_answers_open_it_where_the_file_says_what_is_slow() -> None:
    time = Timeline(lambda request: replace(answer(WHOLE), elapsed=3.0))
    slow = contract(breaker={"least": 4, "slow": 2})
    surroundings = time.surroundings()
    assert codes(await time.calls(slow, 4, surroundings=surroundings)) == {"whole": 4}
    assert codes(await time.calls(slow, 1, surroundings=surroundings)) == {"circuit_open": 1}


@pytest.mark.requirement("G28")
async def test_a_provider_that_hangs_is_left_alone_also_where_the_deadline_is_shorter_than_an_attempt() -> None:
    time = Timeline(well, cost=100.0)
    surroundings = time.surroundings()
    hasty = contract(deadline=5, **BREAKER)
    assert codes(await time.calls(hasty, 4, surroundings=surroundings)) == {"deadline_exceeded": 4}
    assert codes(await time.calls(hasty, 1, surroundings=surroundings)) == {"circuit_open": 1}


@pytest.mark.requirement("G28")
async def test_attempts_that_had_little_time_left_say_nothing_of_the_provider() -> None:
    time = Timeline(well, cost=2.0)
    surroundings = time.surroundings()
    late = contract(deadline=5, concurrency={"calls": 1, "queue": 9}, **BREAKER)
    for _ in range(4):  # the third of each three begins with a second left
        answers = await time.calls(late, 3, surroundings=surroundings)
        assert codes(answers) == {"whole": 2, "deadline_exceeded": 1}


@pytest.mark.requirement("G28", "G31")
async def test_where_a_mirror_is_declared_an_open_circuit_costs_no_answer() -> None:
    time = Timeline(lambda request: well(request) if "mirror" in request.url else down(request))
    surroundings = time.surroundings()
    mirrored = scripted(
        request={"url": "/tickets"},
        policy={
            "retry": {"attempts": 1},
            "fallback": [{"mirror": {"name": "mirror", "base_url": "https://mirror.test"}}],
            **BREAKER,
        },
    )
    answers = await time.calls(mirrored, 40, surroundings=surroundings)
    answers += await time.calls(mirrored, 40, surroundings=surroundings)
    assert codes(answers) == {"whole": 80}
    assert len(time.begun) == 40 + 80  # of the second forty, none was sent to the one that is down


async def test_without_a_breaker_a_provider_is_asked_however_often_it_fails() -> None:
    time = Timeline(down)
    assert codes(await time.calls(contract(breaker=None), 60)) == {"unavailable": 60}


async def test_a_call_that_the_breaker_cuts_short_says_what_went_wrong_at_the_service() -> None:
    world = World(down)
    answered = await world.call(scripted(policy={"breaker": {"least": 2}}))
    assert code(answered) == "unavailable"
    assert isinstance(answered, Withheld)
    assert "too many requests to this provider fail" in answered.verdict.findings[0].message
    assert len(world.sent) == 2


async def test_another_credential_is_another_standing() -> None:
    provider = Provider(name="desk", base_url="https://desk.test/v1")
    token = Bearer(token=FromEnvironment(env="A"))
    others = [
        replace(provider, name="other"),
        replace(provider, base_url="https://other.test/v1"),
        replace(provider, auth=token),
        replace(provider, auth=Bearer(token=FromEnvironment(env="B"))),
    ]
    assert len({key(one) for one in [provider, *others]}) == 5
    assert key(provider) == key(replace(provider, base_url="https://DESK.test/v2", title="The desk"))


# ------------------------------------------------------------------------------------------- what it costs


@dataclass(slots=True)
class Counted:
    """A shelf that takes down what is done to it."""

    shelf: Shelf
    events: list[str] = field(default_factory=list[str])

    def look(self, name: str) -> bytes | None:
        self.events.append(f"look {name.rpartition('/')[2]}")
        return self.shelf.look(name)

    def change(self, name: str, change: Change[T], *, keep: float) -> T:
        self.events.append(name.rpartition("/")[2])
        return self.shelf.change(name, change, keep=keep)

    def all(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        self.events.append("look")
        return self.shelf.all(prefix)


async def test_a_provider_that_is_well_costs_one_look_for_each_request_and_no_write() -> None:
    world = World(well)
    counted = Counted(MemoryShelf(clock=lambda: 0.0))
    for _ in range(3):
        await call(scripted(), {}, surroundings=replace(world.surroundings(), shelf=counted))
    assert counted.events == ["look"] * len(world.sent)


@dataclass(slots=True)
class Watcher:
    """An observer that takes down when an attempt was judged."""

    events: list[str]

    def attempted(self, attempt: Attempt) -> None:
        self.events.append("verified" if attempt.finding is None else f"refuted: {attempt.finding.code}")

    def turned(self, page: Page) -> None:
        pass


@pytest.mark.requirement("G30")
async def test_the_order_of_what_stands_before_and_behind_an_attempt_is_fixed() -> None:
    cut: Json = {"tickets": [], "count": 1}
    bodies = iter((cut, WHOLE))
    time = Timeline(lambda request: answer(next(bodies)))
    counted = Counted(MemoryShelf(clock=time.now), time.events)
    policy = {"deadline": 20, "concurrency": {"calls": 1}, "pace": {"requests": 1, "burst": 1}}
    around = replace(time.surroundings(), shelf=counted, observer=Watcher(time.events))
    assert codes(await time.calls(scripted(policy=policy), 1, surroundings=around)) == {"whole": 1}
    assert time.events == [
        "places",  # admission: a place
        *("look", "pace"),  # admission: the breaker is closed, and the pace has room
        *(
            "send for 15",
            "breaker",
            "refuted: end_marker_missing",
        ),  # attempt timeout, verification; the breaker is told
        *("budget", "wait 0.125"),  # a retry is paid for
        *("look", "pace", "wait 0.775", "look"),  # and stands in line as any other request
        *("send for 15", "breaker", "verified", "budget"),
        "places",
    ]


# ------------------------------------------------------------------------------------------- all of it together


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_a_provider_does_it_is_asked_within_all_bounds_and_never_given_up(seed: int) -> None:
    chance = Random(seed)
    share = chance.choice([0.0, 0.3, 0.7, 1.0])
    faults: list[Outcome] = [
        answer({}, status=503),
        answer({}, status=429, fields={"retry-after": "3"}),
        answer(UNMARKED),
        CUT,
    ]
    time = Timeline(lambda request: chance.choice(faults) if chance.random() < share else answer(WHOLE))
    policy = {
        "deadline": chance.choice([5, 30]),
        "breaker": {"least": chance.choice([2, 8]), "open": 2, "most": 16},
        "pace": {"requests": 5, "burst": 3},
        "concurrency": {"calls": 4, "queue": 6},
    }
    surroundings = replace(time.surroundings(), random=chance.random)
    bounded = scripted(policy=policy)
    for _ in range(4):
        for one in await time.calls(bounded, chance.choice([1, 12]), surroundings=surroundings):
            assert codes([one]).keys() <= {
                *("whole", "unavailable", "rate_limited", "truncated_body", "end_marker_missing"),
                *("circuit_open", "overloaded_here", "deadline_exceeded"),
            }
        time.time += chance.choice([0.0, 1.0, 5.0])
    assert time.most <= 4
    for first, begin in enumerate(time.begun):
        for count, end in enumerate(time.begun[first:], 1):
            assert count <= 3 + 5 * (end - begin) + 0.01
    share, time.time = 0.0, time.time + 17  # it is well again, and every rest is over
    assert codes(await time.calls(bounded, 1, surroundings=surroundings)) == {"whole": 1}


# ------------------------------------------------------------------------------------------- retries


@pytest.mark.requirement("G4")
async def test_a_thousand_calls_over_two_shelves_on_one_file_cause_thirty_five_extra_requests(tmp_path: Path) -> None:
    world = World(down)
    shelves = [FileShelf(tmp_path, clock=lambda: 1e6, warn=print) for _ in range(2)]
    surroundings = replace(world.surroundings(), clock=lambda: 0.0, now=lambda: 1e6)  # all at once
    for number in range(1000):
        await call(
            scripted(policy={"breaker": None}), {}, surroundings=replace(surroundings, shelf=shelves[number % 2])
        )
    assert len(world.sent) == 1000 + 35


@pytest.mark.requirement("G4", "G28")
async def test_a_thousand_calls_to_a_provider_that_is_down_are_twenty_requests() -> None:
    world = World(down)
    surroundings = replace(world.surroundings(), clock=lambda: 0.0, now=lambda: 1e6)  # all at once
    answers = [await call(scripted(), {}, surroundings=surroundings) for _ in range(1000)]
    assert len(world.sent) == 20
    assert codes(answers)["circuit_open"] > 980


# ------------------------------------------------------------------------------------------- the pace


@pytest.mark.requirement("G32")
async def test_requests_are_sent_as_fast_as_the_file_says_and_no_faster() -> None:
    time = Timeline(well)
    answers = await time.calls(contract(pace={"requests": 4, "per": 1, "burst": 2}), 10)
    assert codes(answers) == {"whole": 10}
    assert time.begun == pytest.approx([0, 0, *(number / 4 for number in range(1, 9))])


@pytest.mark.requirement("G32")
async def test_who_cannot_wait_for_its_turn_is_refused_at_once_with_the_time_to_wait() -> None:
    time = Timeline(well)
    answers = await time.calls(contract(pace={"requests": 1, "per": 1}, deadline=3.5), 6)
    assert codes(answers) == {"whole": 4, "rate_limited": 2}
    assert time.begun == pytest.approx([0, 1, 2, 3])
    assert [after(one) for one in answers if isinstance(one, Withheld)] == pytest.approx([4.0, 4.0])


@pytest.mark.requirement("G32")
async def test_pages_that_are_sent_ahead_keep_the_pace() -> None:
    def rows(request: Request) -> Outcome:
        start = int(query(request)["offset"])
        return answer({"tickets": [{"id": number} for number in range(start, start + 5)], "count": 40})

    time = Timeline(rows)
    walk = {"kind": "offset", "send": "query:offset"}
    paced = scripted(walk=walk, policy={"in_flight": 8, "pace": {"requests": 2, "burst": 1}})
    answers = await time.calls(paced, 1)
    assert [item["id"] for item in items(answers[0])] == list(range(40))
    assert time.begun == pytest.approx([number / 2 for number in range(8)])


@pytest.mark.requirement("G32", "G6")
@pytest.mark.parametrize("status", [429, 503])
async def test_when_one_call_is_told_to_wait_all_others_wait_too(status: int) -> None:
    outcomes = iter([answer({}, status=status, fields={"retry-after": "7"})])
    time = Timeline(lambda request: next(outcomes, answer(WHOLE)))
    surroundings = time.surroundings()
    assert codes(await time.calls(contract(), 1, surroundings=surroundings)) != {"whole": 1}
    told = time.time
    assert codes(await time.calls(contract(), 3, surroundings=surroundings)) == {"whole": 3}
    assert time.begun[1:] == pytest.approx([told + 7] * 3)


@pytest.mark.requirement("G32")
async def test_who_waits_for_its_turn_hears_of_a_moment_that_is_named_meanwhile() -> None:
    outcomes = iter([answer({}, status=429, fields={"retry-after": "7"})])
    time = Timeline(lambda request: next(outcomes, answer(WHOLE)))
    answers = await time.calls(contract(pace={"requests": 1, "burst": 1}), 2)
    assert codes(answers) == {"rate_limited": 1, "whole": 1}
    assert time.begun == pytest.approx([0, 7.1])


@pytest.mark.requirement("G32", "G6")
async def test_a_moment_behind_the_deadline_is_not_waited_for() -> None:
    time = Timeline(lambda request: answer({}, status=429, fields={"retry-after": "70"}))
    surroundings = time.surroundings()
    await time.calls(contract(), 1, surroundings=surroundings)
    begun = time.time
    answers = await time.calls(contract(), 3, surroundings=surroundings)
    assert codes(answers) == {"rate_limited": 3}
    assert [after(one) for one in answers] == pytest.approx([70.0] * 3)
    assert (time.time, len(time.begun)) == (begun, 1)


@pytest.mark.requirement("G32")
async def test_an_answer_that_took_the_last_of_the_quota_is_delivered_and_nobody_asks_before_the_reset() -> None:
    fields = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "20"}
    outcomes = iter([answer(WHOLE, fields=fields)])
    time = Timeline(lambda request: next(outcomes, answer(WHOLE)))
    surroundings = time.surroundings()
    assert codes(await time.calls(contract(), 1, surroundings=surroundings)) == {"whole": 1}
    assert codes(await time.calls(contract(deadline=10), 1, surroundings=surroundings)) == {"rate_limited": 1}
    assert codes(await time.calls(contract(), 2, surroundings=surroundings)) == {"whole": 2}
    assert time.begun == pytest.approx([0, 20.1, 20.1])
    assert list(surroundings.shelf.all("")) == []  # a moment that is over is forgotten


# ------------------------------------------------------------------------------------------- places


@pytest.mark.requirement("G29")
async def test_so_many_run_so_many_wait_and_the_rest_is_refused_at_once() -> None:
    time = Timeline(well, cost=1.0)
    answers = await time.calls(contract(concurrency={"calls": 2, "queue": 3}), 8)
    assert codes(answers) == {"whole": 5, "overloaded_here": 3}
    assert time.most == 2
    assert [isinstance(one, Delivered) for one in answers] == [True] * 5 + [False] * 3
    assert time.begun == sorted(time.begun)
    assert time.begun == pytest.approx([0, 0, 1, 1, 2], abs=0.1)


@pytest.mark.requirement("G29", "G1")
async def test_waiting_for_a_place_counts_against_the_deadline() -> None:
    time = Timeline(well, cost=5.0)
    surroundings = time.surroundings()
    patient, hasty = (contract(concurrency={"calls": 1, "queue": 3}, deadline=seconds) for seconds in (50, 2))
    async with time.running() as group:
        group.start_soon(lambda: call(patient, {}, surroundings=surroundings))
        await anyio.lowlevel.checkpoint()
        answered = await call(hasty, {}, surroundings=surroundings)
        assert 1.5 < time.time <= 2.0
    assert codes([answered]) == {"deadline_exceeded": 1}
    assert len(time.begun) == 1


@pytest.mark.requirement("G29", "G33")
async def test_who_is_cancelled_while_waiting_leaves_the_queue() -> None:
    time = Timeline(well, cost=1.0)
    surroundings = time.surroundings()
    bounded = contract(concurrency={"calls": 1, "queue": 1})
    async with time.running() as group:
        group.start_soon(lambda: call(bounded, {}, surroundings=surroundings))
        await anyio.lowlevel.checkpoint()
        with anyio.move_on_after(0):
            await call(bounded, {}, surroundings=surroundings)
        answered = await call(bounded, {}, surroundings=surroundings)
    assert codes([answered]) == {"whole": 1}
    assert list(surroundings.shelf.all("")) == []


@pytest.mark.requirement("G29")
async def test_without_a_declared_bound_there_is_a_generous_one_in_this_process() -> None:
    time = Timeline(well)
    answers = await time.calls(contract(), 400)
    assert codes(answers) == {"whole": 320, "overloaded_here": 80}
    assert time.most == 64


async def test_a_write_that_found_no_place_is_known_not_to_have_happened() -> None:
    time = Timeline(lambda request: answer({"ticket": {"id": 1}}), cost=1.0)
    write = scripted(
        claim="one",
        effects="write",
        request={"method": "POST", "url": "https://desk.test/tickets"},
        response={"data": "/ticket"},
        walk={"kind": "single"},
        complete={"require": "heuristic"},
        policy={"concurrency": {"calls": 1}},
    )
    assert codes(await time.calls(write, 2)) == {"whole": 1, "overloaded_here": 1}
