"""Places as a machine: never more than declared, in order of arrival, and whoever dies loses its place."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from unabridged.schemas.policy import Concurrency
from unabridged.tools.concurrency import PLACES, Admitted, Entry, Full, Places, Waiting, enter, leave

NOW = 1e9
TWO = Concurrency(calls=2, queue=2)


def entered(
    places: Places | None, *holders: str, policy: Concurrency = TWO, now: float = NOW
) -> tuple[Places | None, list[Entry]]:
    entries = list[Entry]()
    for holder in holders:
        places, entry = enter(places, policy, holder, seconds=60.0, now=now)
        entries.append(entry)
    return places, entries


@pytest.mark.requirement("G29")
def test_some_run_some_wait_and_the_rest_is_refused_at_once() -> None:
    _, entries = entered(None, "a", "b", "c", "d", "e")
    assert entries == [Admitted(), Admitted(), Waiting(0), Waiting(1), Full()]


def test_a_place_that_comes_free_goes_to_the_first_in_the_queue() -> None:
    places, _ = entered(None, "a", "b", "c", "d")
    places = leave(places, "a", NOW)
    _, entries = entered(places, "d", "e", "c", "d")
    assert entries == [Waiting(0), Full(), Admitted(), Waiting(0)]


def test_whoever_leaves_the_queue_lets_the_others_move_up() -> None:
    places, _ = entered(None, "a", "b", "c", "d")
    _, entries = entered(leave(places, "c", NOW), "d")
    assert entries == [Waiting(0)]


def test_the_place_of_a_process_that_died_comes_free() -> None:
    places, _ = entered(None, "a", "b")
    assert entered(places, "c", now=NOW + 59)[1] == [Waiting(0)]
    assert entered(places, "c", now=NOW + 60)[1] == [Admitted()]


def test_who_died_in_the_queue_holds_nobody_up_for_long() -> None:
    places, _ = entered(None, "a", "b", "dead", "d")
    places, entries = entered(places, "d", now=NOW + 4)
    assert entries == [Waiting(1)]
    places = leave(places, "a", NOW + 6)
    assert entered(places, "d", now=NOW + 6)[1] == [Admitted()]


def test_who_waits_long_and_goes_on_asking_keeps_its_turn() -> None:
    places, _ = entered(None, "a", "b", "c")
    for second in range(1, 30):
        places, entries = entered(places, "c", now=NOW + second)
        assert entries == [Waiting(0)]
    _, entries = entered(places, "d", "c", now=NOW + 30)
    assert entries == [Waiting(1), Waiting(0)]


def test_who_asks_again_keeps_its_place() -> None:
    places, entries = entered(None, "a", "a", "b", "c", "c")
    assert entries == [Admitted(), Admitted(), Admitted(), Waiting(0), Waiting(0)]
    assert places is not None
    assert (len(places.running), len(places.waiting)) == (2, 1)


def test_nothing_is_kept_where_nobody_is_left() -> None:
    places, _ = entered(None, "a")
    assert leave(places, "a", NOW) is None


class Room(RuleBasedStateMachine):
    """Callers that come, wait, go and die, beside a model that is told who may run."""

    @initialize(calls=st.integers(1, 4), queue=st.integers(0, 4))
    def begin(self, calls: int, queue: int) -> None:
        self.policy = Concurrency(calls=calls, queue=queue)
        self.kept: bytes | None = None
        self.now, self.number = NOW, 0
        self.running: dict[str, float] = {}  # until when
        self.queue: dict[str, float] = {}

    def _forget(self) -> None:
        self.running = {name: until for name, until in self.running.items() if until > self.now}
        self.queue = {name: until for name, until in self.queue.items() if until > self.now}

    def _enter(self, holder: str) -> None:
        self._forget()
        places, entry = enter(PLACES.read(self.kept), self.policy, holder, seconds=20.0, now=self.now)
        self.kept = PLACES.written(places)
        match entry:
            case Admitted():
                earlier = (
                    list(self.queue)[: list(self.queue).index(holder)] if holder in self.queue else list(self.queue)
                )
                assert len(self.running) + len(earlier) < self.policy.calls
                self.queue.pop(holder, None)
                self.running[holder] = self.now + 20.0
            case Waiting():
                self.queue.setdefault(holder, self.now + 5.0)
                assert places is not None
                own = next(lease for lease in places.waiting if lease.holder == holder)
                self.queue[holder] = own.span.since + own.span.seconds
                assert own.span.left(self.now) > 2.0
            case Full():
                assert holder not in self.queue
                assert len(self.queue) >= self.policy.queue

    @rule()
    def come(self) -> None:
        self.number += 1
        self._enter(f"caller {self.number}")

    @rule(which=st.integers(0, 9))
    def ask_again(self, which: int) -> None:
        self._forget()
        if self.queue:
            self._enter(list(self.queue)[which % len(self.queue)])

    @rule(which=st.integers(0, 9))
    def go(self, which: int) -> None:
        everyone = [*self.running, *self.queue]
        if everyone:
            holder = everyone[which % len(everyone)]
            self.kept = PLACES.written(leave(PLACES.read(self.kept), holder, self.now))
            self.running.pop(holder, None)
            self.queue.pop(holder, None)

    @rule(seconds=st.sampled_from([0.01, 1.0, 2.6, 5.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def never_more_than_declared(self) -> None:
        self._forget()
        places = PLACES.read(self.kept) or Places()
        running = {lease.holder for lease in places.running if lease.holds(self.now)}
        waiting = [lease.holder for lease in places.waiting if lease.holds(self.now)]
        assert running == set(self.running)
        assert waiting == list(self.queue)
        assert len(running) <= self.policy.calls
        assert len(waiting) <= self.policy.queue


TestRoom = Room.TestCase
