"""When to try again: full jitter between attempts, and a budget that keeps retries from adding to an outage.

Pure: randomness is a parameter, and the budget is a number that is spent and earned back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..schemas.contract import Retry

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
    """How many retries a provider is worth: each costs *price*, each clean success earns one back.

    The numbers are botocore's (500 tokens, 14 a retry): a thousand failing calls cause at most 35 extra requests.
    """

    tokens: int = 500
    price: int = 14
    most: int = 500

    def spend(self) -> bool:
        """Pay for one retry; False where there is no more to pay with."""
        if self.tokens < self.price:
            return False
        self.tokens -= self.price
        return True

    def earn(self, retried: bool) -> None:
        """Book a success: the price of the retry that led to it comes back, or one token for a first attempt."""
        self.tokens = min(self.most, self.tokens + (self.price if retried else 1))
