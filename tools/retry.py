"""When to try again: full jitter between attempts, and a budget that keeps retries from adding to an outage.

Randomness and clock are parameters; the budget is a number that is spent and earned back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..schemas.policy import Retry

__all__ = ["RetryBudget", "backoff"]


def backoff(retry: Retry, failures: int, random: Callable[[], float], asked: float | None = None) -> float:
    """Choose the wait in seconds after the *failures*-th failure: full jitter, never earlier than the service *asked*.

    >>> backoff(Retry(base=0.25, cap=8.0), 3, lambda: 1.0), backoff(Retry(), 1, lambda: 0.0, asked=2.0)
    (1.0, 2.0)
    """
    ceiling = min(retry.cap, retry.base * 2.0 ** min(failures - 1, 60))
    return max(random() * ceiling, asked or 0.0)


@dataclass(slots=True)
class RetryBudget:
    """How many retries a provider is worth: each costs *price*, and success and time earn them back.

    The numbers are botocore's (500 tokens, 14 a retry): a thousand calls that fail at once cause at most 35 extra
    requests.  *rate* tokens come back each second, about 21 retries a minute, so that a provider that was down is not
    given up for ever.  *clock* is monotonic, in seconds.
    """

    clock: Callable[[], float] = time.monotonic
    price: int = 14
    most: float = 500.0
    rate: float = 5.0
    tokens: float = 500.0
    _seen: float | None = None

    def spend(self) -> bool:
        """Pay for one retry; False where there is no more to pay with."""
        now = self.clock()
        since = 0.0 if self._seen is None else max(0.0, now - self._seen)
        self._seen = now
        self.tokens = min(self.most, self.tokens + since * self.rate)
        if self.tokens < self.price:
            return False
        self.tokens -= self.price
        return True

    def earn(self, *, retried: bool) -> None:
        """Book a success: the price of the retry that led to it comes back, or one token for a first attempt."""
        self.tokens = min(self.most, self.tokens + (self.price if retried else 1))
