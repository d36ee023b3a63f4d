"""Figures and what they mean: medians with their spread, targets met or not, and how noisy the machine was.

Every figure here is a ratio of two things measured in the same round, or a size; times travel badly between machines.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["Line", "Noise", "Spread", "noise_of", "share", "spread"]


@dataclass(frozen=True, slots=True)
class Spread:
    """A median, the quartiles around it, and of how many values."""

    median: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{_short(self.median)} [{_short(self.low)}-{_short(self.high)}]"


def _short(value: float) -> str:
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}"


def spread(values: Sequence[float]) -> Spread:
    """Return the median and the quartiles of *values*.

    >>> str(spread([1, 2, 3, 4, 5]))
    '3.00 [2.00-4.00]'
    """
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], 1)
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high, len(values))


def share(part: int, whole: int) -> Spread:
    """Return *part* of *whole* in percent, with its 95 % interval (Wilson) in the place of the quartiles.

    >>> share(774, 1000).low < 77.4 < share(774, 1000).high
    True
    """
    z, p = 1.959964, part / whole
    middle, reach = p + z * z / (2 * whole), z * math.sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole))
    low, high = ((middle + sign * reach) / (1 + z * z / whole) for sign in (-1, 1))
    return Spread(100 * p, 100 * max(0.0, low), 100 * min(1.0, high), whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measured figure: what it says, beside what it is meant to be (None where it is only shown)."""

    subject: str
    figure: str
    measured: Spread
    unit: Literal["times", "MB", "ms", "items/s", "%"] = "times"
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the target; None where there is none."""
        if self.at_most is not None:
            return self.measured.median <= self.at_most
        return None if self.at_least is None else self.measured.median >= self.at_least

    @property
    def target(self) -> str:
        """The target in words."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return "" if self.at_least is None else f">= {self.at_least:g}"

    @property
    def shown(self) -> str:
        """The figure in words; a share with two digits, because 99.98 is not 100."""
        if self.unit == "%":
            return f"{self.measured.median:.2f} [{self.measured.low:.2f}-{self.measured.high:.2f}] %"
        return f"{self.measured} {self.unit if self.unit != 'times' else ''}"

    def plain(self) -> dict[str, Any]:
        """Return the line as JSON values."""
        return {**asdict(self), "met": self.met}


@dataclass(frozen=True, slots=True)
class Noise:
    """What a fixed piece of work took, again and again: the machine's own spread, as a share of the median."""

    before: Spread
    after: Spread

    def __str__(self) -> str:
        drift = self.after.median / self.before.median - 1
        return f"a fixed loop varied by {_share(self.before)} before and {_share(self.after)} after (IQR), drift {drift:+.0%}"


def _share(measured: Spread) -> str:
    return f"{(measured.high - measured.low) / measured.median:.0%}"


def noise_of(repeats: int = 40) -> Spread:
    """Time a fixed loop *repeats* times, in milliseconds."""
    return spread([_loop() for _ in range(repeats)])


def _loop() -> float:
    started = time.perf_counter()
    total = 0.0
    for number in range(100_000):
        total += math.sqrt(number)
    return (time.perf_counter() - started) * 1000
