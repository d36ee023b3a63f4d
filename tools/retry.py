"""When to try again: full jitter between attempts, and a budget that keeps retries from adding to an outage.

Randomness and time are parameters; the budget is a number that is spent and earned back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..schemas.policy import Retry
from .kept import Kept

__all__ = ["BUDGET", "Budget", "backoff", "earn", "spend"]

_MOST = 500.0
_PRICE = 14
_RATE = 5.0


def backoff(retry: Retry, failures: int, random: Callable[[], float], asked: float | None = None) -> float:
    """Choose the wait in seconds after the *failures*-th failure: full jitter, never earlier than the service *asked*.

    >>> backoff(Retry(base=0.25, cap=8.0), 3, lambda: 1.0), backoff(Retry(), 1, lambda: 0.0, asked=2.0)
    (1.0, 2.0)
    """
    ceiling = min(retry.cap, retry.base * 2.0 ** min(failures - 1, 60))
    return max(random() * ceiling, asked or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left for retries at one provider, as it stood *at* that moment.  Nothing is kept of a full one.

    The numbers are botocore's (500 tokens, 14 a retry): a thousand calls that fail at once cause at most 35 extra
    requests.  Five tokens come back each second, about 21 retries a minute, so that a provider that was down is not
    given up for ever.
    """

    tokens: float
    at: float


BUDGET: Kept[Budget] = Kept(Budget)


def spend(budget: Budget | None, now: float) -> tuple[Budget | None, bool]:
    """Pay for one retry; False where there is no more to pay with.

    >>> spend(None, 100.0)
    (Budget(tokens=486.0, at=100.0), True)
    """
    tokens = _tokens(budget, now)
    paid = tokens >= _PRICE
    return Budget(tokens=tokens - _PRICE if paid else tokens, at=now), paid


def earn(budget: Budget | None, now: float, *, retried: bool) -> Budget | None:
    """Book a success: the price of the retry that led to it comes back, or one token for a first attempt."""
    tokens = _tokens(budget, now) + (_PRICE if retried else 1)
    return Budget(tokens=tokens, at=now) if tokens < _MOST else None


def _tokens(budget: Budget | None, now: float) -> float:
    return _MOST if budget is None else min(_MOST, budget.tokens + max(0.0, now - budget.at) * _RATE)
