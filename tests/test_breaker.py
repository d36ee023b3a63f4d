"""The breaker as a machine: rules by example, and laws over every sequence of requests, results and clocks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)

from tests.scripted import answer
from unabridged.schemas.codes import CODES
from unabridged.schemas.policy import Breaker
from unabridged.schemas.verdict import Finding
from unabridged.schemas.wire import Fault, FaultKind, Outcome, Sent
from unabridged.tools.breaker import (
    CIRCUIT,
    NO_FAILURE,
    Circuit,
    Counting,
    Resting,
    Result,
    enter,
    resting,
    told,
    weighed,
)

POLICY = Breaker(ratio=0.5, least=4, window=30.0, open=5.0, most=60.0)
NOW = 1e9


def after(
    results: str, circuit: Circuit | None = None, *, now: float = NOW, policy: Breaker = POLICY
) -> Circuit | None:
    """The circuit after *results*: `g` good, `b` bad, `-` nothing; all of whoever came first."""
    names: dict[str, Result] = {"g": "good", "b": "bad", "-": "nothing"}
    for sign in results:
        circuit = told(circuit, policy, names[sign], holder="one", chance=0.0, now=now)
    return circuit


@pytest.mark.requirement("G28")
@pytest.mark.parametrize("results", ["bbbb", "bbgg", "bgbg", "bb--bb"])
def test_it_opens_when_enough_of_enough_requests_fail(results: str) -> None:
    circuit = after(results)
    assert isinstance(circuit, Resting)
    assert resting(circuit, NOW + 4.9) > 0
    assert resting(circuit, NOW + 5.0) == 0


@pytest.mark.parametrize("results", ["", "bbb", "bggg", "bgggb", "ggggbbb", "bgggg", "b--bb", "----"])
def test_it_stays_closed_below_the_ratio_and_below_the_least(results: str) -> None:
    assert not isinstance(after(results), Resting)


def test_nothing_is_kept_of_a_provider_that_is_well() -> None:
    assert after("gggg----gggg") is None


def test_failures_of_an_old_window_do_not_count() -> None:
    old = after("bbb")
    assert after("b", old, now=NOW + 29.9) == after("bbbb", now=NOW) or isinstance(
        after("b", old, now=NOW + 29.9), Resting
    )
    assert after("b", old, now=NOW + 30.0) == after("b", now=NOW + 30.0)
    assert after("g", old, now=NOW + 30.0) is None


def test_one_success_of_the_probe_closes_it() -> None:
    circuit, rest = enter(after("bbbb"), "one", 15.0, NOW + 5)
    assert rest == 0
    assert after("g", circuit, now=NOW + 6) is None


def test_each_failed_probe_doubles_the_rest_up_to_the_most() -> None:
    circuit, now, rests = after("bbbb"), NOW, list[float]()
    for _ in range(6):
        rests.append(resting(circuit, now))
        now += rests[-1]
        circuit, _ = enter(circuit, "one", 15.0, now)
        circuit = after("b", circuit, now=now)
    assert rests == pytest.approx([5, 10, 20, 40, 60, 60])


def test_chance_spreads_the_rest_over_its_last_quarter() -> None:
    rests = [
        resting(told(after("bbb"), POLICY, "bad", holder="one", chance=chance, now=NOW), NOW)
        for chance in (0.0, 0.5, 0.999)
    ]
    assert rests == pytest.approx([5.0, 4.375, 3.75], abs=0.01)


def test_a_probe_that_says_nothing_is_given_back() -> None:
    circuit, _ = enter(after("bbbb"), "one", 15.0, NOW + 5)
    assert enter(after("-", circuit, now=NOW + 6), "two", 15.0, NOW + 6)[1] == 0


def test_a_probe_that_died_is_waited_for_no_longer_than_it_may_take() -> None:
    circuit, _ = enter(after("bbbb"), "one", 15.0, NOW + 5)
    assert enter(circuit, "two", 15.0, NOW + 19.9)[1] == pytest.approx(0.1)
    circuit, rest = enter(circuit, "two", 15.0, NOW + 20)
    assert rest == 0
    assert after("g", circuit, now=NOW + 21) is circuit  # the dead one speaks up: it is nobody's probe any more


def test_what_was_sent_before_it_opened_says_nothing_new() -> None:
    circuit = after("bbbb")
    assert after("gb-", circuit) is circuit


def test_a_clock_that_is_set_back_does_not_close_a_provider_for_good() -> None:
    assert resting(after("bbbb"), NOW - 86_400) == 0
    probing, _ = enter(after("bbbb"), "one", 15.0, NOW + 5)
    assert resting(probing, NOW - 86_400) == 0


def test_a_state_that_cannot_be_read_is_none() -> None:
    assert CIRCUIT.read(b"\xff") is CIRCUIT.read(b'{"rest": 1}') is CIRCUIT.read(b"") is None


@pytest.mark.parametrize("circuit", [after("b"), after("bbbb"), enter(after("bbbb"), "one", 15.0, NOW + 5)[0]])
def test_what_is_written_is_what_is_read(circuit: Circuit) -> None:
    assert CIRCUIT.read(CIRCUIT.written(circuit)) == circuit


# ------------------------------------------------------------------------------------------- what counts


def fault(kind: FaultKind, code: str, *, sent: Sent = "maybe", elapsed: float = 0.0) -> Fault:
    return Fault(kind=kind, code=code, sent=sent, detail="", elapsed=elapsed)


def found(code: str, have: str | None = None) -> Finding:
    return Finding(code=code, message="", have=have)


WEIGHED: list[tuple[Finding | None, Outcome, Result]] = [
    (None, answer({}), "good"),
    (None, replace(answer({}), elapsed=2.0), "good"),
    (None, replace(answer({}), elapsed=2.1), "bad"),
    (found("unavailable"), answer({}, status=503), "bad"),
    (found("upstream_error"), answer({}, status=500), "bad"),
    (found("upstream_error"), answer({}), "good"),
    (found("end_marker_missing"), answer({}), "bad"),
    (found("schema_violation"), answer({}), "bad"),
    (found("not_json"), answer({}), "bad"),
    (found("a_veto_of_the_file"), answer({}), "bad"),
    (found("outcome_unknown", "unavailable"), answer({}, status=503), "bad"),
    (found("outcome_unknown", "not_found"), answer({}, status=404), "good"),
    (found("not_found"), answer({}, status=404), "good"),
    (found("request_rejected"), answer({}, status=400), "good"),
    (found("auth_failed"), answer({}, status=401), "good"),
    (found("rate_limited"), answer({}, status=429), "nothing"),
    (found("unreachable"), fault("connect", "unreachable", sent="never"), "bad"),
    (found("attempt_timeout"), fault("timeout", "attempt_timeout"), "bad"),
    (found("truncated_body"), fault("truncated", "truncated_body"), "bad"),
    (found("body_too_large"), fault("too_large", "body_too_large"), "nothing"),
    (found("forbidden_address"), fault("forbidden", "forbidden_address", sent="never"), "nothing"),
    (found("not_configured"), fault("credential", "not_configured", sent="never"), "nothing"),
    (found("circuit_open"), fault("admission", "circuit_open", sent="never"), "nothing"),
    (found("deadline_exceeded"), fault("deadline", "deadline_exceeded", sent="never"), "nothing"),
    (found("deadline_exceeded"), fault("deadline", "deadline_exceeded", elapsed=6.9), "nothing"),
    (found("deadline_exceeded"), fault("deadline", "deadline_exceeded", elapsed=7.5), "bad"),
]


@pytest.mark.requirement("G28")
@pytest.mark.parametrize(("finding", "outcome", "expected"), WEIGHED)
def test_what_counts_against_a_provider(finding: Finding | None, outcome: Outcome, expected: Result) -> None:
    assert weighed(finding, outcome, slow=2.0, fair=7.5) == expected


def test_a_slow_answer_counts_only_where_the_file_says_what_is_slow() -> None:
    assert weighed(None, replace(answer({}), elapsed=99.0), slow=None, fair=7.5) == "good"


def test_the_verdicts_that_do_not_count_are_codes() -> None:
    assert set(CODES) >= NO_FAILURE


# ------------------------------------------------------------------------------------------- laws


class Circuits(RuleBasedStateMachine):
    """Requests of many holders, in any order, beside what was seen of them."""

    flying = Bundle("flying")

    def __init__(self) -> None:
        super().__init__()
        self.kept: bytes | None = None
        self.now, self.number = NOW, 0
        self.probe: tuple[str, float] | None = None  # whose it is, and how long it counts
        self.opened: float | None = None

    @property
    def circuit(self) -> Circuit | None:
        return CIRCUIT.read(self.kept)

    @rule(seconds=st.floats(0.001, 40))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=flying)
    def send(self) -> MultipleResults[str]:
        nobody: list[str] = []
        self.number += 1
        was, holder = self.circuit, f"holder {self.number}"
        circuit, rest = enter(was, holder, 15.0, self.now)
        if rest > 0:
            assert isinstance(circuit, Resting)
            assert circuit == was
            return multiple(*nobody)
        if isinstance(was, Resting):  # then it is the probe, and the only one
            assert self.opened is not None
            assert self.now >= self.opened + 0.75 * POLICY.open
            assert self.probe is None or self.now >= self.probe[1] - 1e-6
            self.probe = (holder, self.now + 15.0)
        self.kept = CIRCUIT.written(circuit)
        return multiple(holder)

    @rule(holder=consumes(flying), result=st.sampled_from(["good", "bad", "nothing"]), chance=st.floats(0, 0.999))
    def tell(self, holder: str, result: Result, chance: float) -> None:
        was = self.circuit
        circuit = told(was, POLICY, result, holder=holder, chance=chance, now=self.now)
        mine = self.probe is not None and self.probe[0] == holder
        if isinstance(was, Resting) and not mine:
            assert circuit == was
        if mine:
            assert result != "good" or circuit is None
            assert result != "bad" or (
                isinstance(circuit, Resting) and isinstance(was, Resting) and circuit.times == was.times + 1
            )
            self.probe = None
        if isinstance(circuit, Resting) and not (isinstance(was, Resting) and was.rest == circuit.rest):
            self.opened = self.now
        self.kept = CIRCUIT.written(circuit)

    @precondition(lambda self: isinstance(self.circuit, Counting))
    @invariant()
    def a_window_that_is_counted_has_not_reached_the_ratio(self) -> None:
        counting = self.circuit
        assert isinstance(counting, Counting)
        assert counting.total > 0
        assert 0 <= counting.failed <= counting.total
        assert counting.total < POLICY.least or counting.failed < POLICY.ratio * counting.total

    @invariant()
    def a_rest_is_never_longer_than_the_most(self) -> None:
        assert resting(self.circuit, self.now) <= POLICY.most


TestCircuits = Circuits.TestCase
