"""When a provider is left alone: failures are counted over a window, and while the circuit is open nothing is sent.

             `least` requests in `window`, `ratio` of them failed              the rest is over
    counting ─────────────────────────────────────────────────► resting ─────────────────────────► resting, one probe
       ▲                                                          ▲                                     │
       │                                                          └── the probe fails: twice as long ───┤
       └───────────────────────────────────────── the probe succeeds ───────────────────────────────────┘

Nothing is kept of a healthy provider: the window begins with its first failure.  No clock, no chance, no network: a
state and an event go in, and the next state comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from ..schemas.policy import Breaker
from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Outcome, Response
from .kept import Kept
from .span import Lease, Span

__all__ = ["CIRCUIT", "NO_FAILURE", "Circuit", "Counting", "Resting", "Result", "enter", "resting", "told", "weighed"]

Result: TypeAlias = Literal["good", "bad", "nothing"]
"""What an attempt says of the provider's health; `nothing` where it says more about us."""

_OURS = frozenset({"deadline", "forbidden", "credential", "admission"})
NO_FAILURE = frozenset(
    {
        # what was asked is wrong, too much, or may not be asked
        *("request_rejected", "not_found", "auth_failed", "invalid_arguments", "redirected", "unexpected_status"),
        *(
            "foreign_url",
            "query_lost",
            "window_cap",
            "page_budget",
            "body_too_large",
            "total_is_bound",
            "cursor_expired",
        ),
        *("write_in_progress", "idempotency_conflict", "idempotency_mismatch", "not_applied"),
        # the answer is sound, and not what was hoped for
        *("not_one", "low_relevance", "stale", "not_yet_visible", "total_changed", "mutated_during_walk"),
        *("repeated_page", "duplicate_id", "token_limit", "generation_refused", "generation_paused"),
        *("unexpected_tool_call", "output_invalid"),
    }
)
"""Verdicts that say nothing against the provider's health; every other one does, a contract's own veto too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """A window that began with a failure: *failed* of *total* requests."""

    window: Span
    failed: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """Nothing is sent during *rest*; after it one *probe* at a time.  *times*: how many probes failed since it was whole."""

    rest: Span
    times: int = 0
    probe: Lease | None = None


Circuit: TypeAlias = Counting | Resting
CIRCUIT: Kept[Circuit] = Kept(Circuit)


def weighed(finding: Finding | None, outcome: Outcome, *, slow: float | None, fair: float) -> Result:
    """Weigh one judged attempt: *finding* is None where its answer was taken.

    *slow* is the time in seconds from which on a good answer counts as failed.  An attempt that the call's own deadline
    cut is a failure only if it had *fair* seconds.
    """
    match outcome:
        case Fault(kind="deadline", sent="maybe", elapsed=elapsed):
            return "bad" if elapsed >= fair else "nothing"
        case Fault(kind=kind, code=code):
            return "nothing" if kind in _OURS or code in NO_FAILURE else "bad"
        case Response(status=status, elapsed=elapsed):
            why = _code(finding)
            if why == "rate_limited":  # it is well, and has had enough: that is the pace's business
                return "nothing"
            failed = why is not None and why not in NO_FAILURE and not (why == "upstream_error" and status < 500)
            return "bad" if failed or (slow is not None and elapsed > slow) else "good"
        case _:
            assert_never(outcome)


def _code(finding: Finding | None) -> str | None:
    """What was found; of a write that is not to be repeated, what was found behind that."""
    if finding is None:
        return None
    return str(finding.have) if finding.code == "outcome_unknown" and finding.have is not None else finding.code


def resting(circuit: Circuit | None, now: float) -> float:
    """Return the seconds for which nothing may be sent; 0 where a request, or a probe, may go."""
    match circuit:
        case None | Counting():
            return 0.0
        case Resting(rest=rest, probe=probe):
            return rest.left(now) or (0.0 if probe is None else probe.span.left(now))
        case _:
            assert_never(circuit)


def enter(circuit: Circuit | None, holder: str, seconds: float, now: float) -> tuple[Circuit | None, float]:
    """Let *holder* send if it may, as the probe for *seconds* if the circuit was open; else tell how long to stay away."""
    if (rest := resting(circuit, now)) > 0.0 or not isinstance(circuit, Resting):
        return circuit, rest
    return replace(circuit, probe=Lease(holder, Span(now, seconds))), 0.0


def told(
    circuit: Circuit | None, policy: Breaker, result: Result, *, holder: str, chance: float, now: float
) -> Circuit | None:
    """Take in the *result* of an attempt of *holder*; *chance* in [0, 1) spreads what would wake up together."""
    match circuit:
        case Resting():
            return _probed(circuit, policy, result, holder=holder, chance=chance, now=now)
        case None | Counting():
            return _counted(circuit, policy, result, chance=chance, now=now)
        case _:
            assert_never(circuit)


def _counted(circuit: Counting | None, policy: Breaker, result: Result, *, chance: float, now: float) -> Circuit | None:
    if circuit is not None and circuit.window.left(now) <= 0.0:
        circuit = None
    if result == "nothing" or (result == "good" and circuit is None):
        return circuit
    begun = circuit or Counting(window=Span(now, policy.window), failed=0, total=0)
    counted = replace(begun, failed=begun.failed + (result == "bad"), total=begun.total + 1)
    if counted.total >= policy.least and counted.failed >= policy.ratio * counted.total:
        return _rest(policy, 0, chance, now)
    return counted


def _probed(
    circuit: Resting, policy: Breaker, result: Result, *, holder: str, chance: float, now: float
) -> Circuit | None:
    if circuit.probe is None or circuit.probe.holder != holder:  # sent before the circuit opened: it says nothing new
        return circuit
    match result:
        case "good":
            return None
        case "bad":
            return _rest(policy, circuit.times + 1, chance, now)
        case "nothing":  # the next one probes
            return replace(circuit, probe=None)
        case _:
            assert_never(result)


def _rest(policy: Breaker, times: int, chance: float, now: float) -> Resting:
    ceiling = min(policy.most, policy.open * 2.0 ** min(times, 60))
    return Resting(rest=Span(now, ceiling * (1.0 - chance / 4)), times=times)
