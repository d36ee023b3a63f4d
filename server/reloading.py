"""Reading the tool files anew when they change, while calls go on.

An edit that brings a mistake changes nothing: what was offered goes on being offered.  It looks at files now and then, and
never while one is still being written.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf
from typing import Final

import anyio
from anyio.to_thread import run_sync

from .offering import Offered, Say, Stamp
from .surface import Offer
from .usage import UsageError

__all__ = ["PAUSE", "Reading", "reloading"]

PAUSE: Final = 1.0
"""Seconds from one look at the files to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the files are looked at and read; *read* raises `UsageError` where nobody knows what may be offered.

    *now* is Unix time: when a proof has run out the tools are not what they were.
    """

    look: Callable[[], Stamp]
    read: Callable[[Say], Offered]
    say: Say
    now: Callable[[], float] = time.time


async def reloading(
    offer: Offer,
    first: Offered,
    seen: Stamp,
    reading: Reading,
    *,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> None:
    """Keep *offer* as the files are, for ever; it holds *first*, which was read when the files were as *seen*."""
    now, taken = first, seen
    while True:
        await sleep(PAUSE)
        found = await run_sync(reading.look)
        settled = found == seen  # what changed just now may be half written: another look will show
        if settled and (found != taken or reading.now() >= now.until):
            taken = found
            now = await _taken(offer, now, reading)
        seen = found


async def _taken(offer: Offer, before: Offered, reading: Reading) -> Offered:
    """Read, and offer what was read; return it, or *before* where it brings a mistake."""
    lines: list[str] = []
    try:
        after = await run_sync(reading.read, lines.append)
    except UsageError as wrong:
        lines.append(f"unabridged: {wrong}")
        after = None
    except Exception as error:  # a mistake of ours, or a disk that fails; the next change is looked at all the same
        lines.append(f"unabridged: the tool files could not be read: {type(error).__name__}")
        after = None
    if after is None or after.mistakes - before.mistakes:
        _say(reading, [*lines, "unabridged: the change was not taken; the tools of before are served"])
        return replace(before, until=inf)  # they are refused one by one once their proof has run out
    change = _told(before.surface.contracts, after.surface.contracts)
    _say(reading, [*lines, f"unabridged: what is served has changed: {change}"])
    await offer.change(after.surface)
    return after


def _say(reading: Reading, lines: Iterable[str]) -> None:
    with suppress(OSError, ValueError):  # nobody reads it any more; what is served follows the files all the same
        for line in lines:
            reading.say(line)


def _told(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """Say what became of the tools.

    >>> _told({"a": 1, "b": 1}, {"b": 2, "c": 1})
    '2 tools; new: c; gone: a; changed: b'
    """
    changed = [name for name in after if name in before and before[name] != after[name]]
    told = (("new", after.keys() - before.keys()), ("gone", before.keys() - after.keys()), ("changed", changed))
    return "; ".join([f"{len(after)} tools", *(f"{word}: {_named(names)}" for word, names in told if names)])


def _named(names: Iterable[str], most: int = 8) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:most]) + (", …" if len(ordered) > most else "")
