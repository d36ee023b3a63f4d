"""The lies that can be told, each by the word that the field has for it, and which of them is told.

FAULTS is a tuple of plain functions from a request that is understood to what is answered; a lie that does not apply to a request
answers None or what is true, and the truth is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from . import message_faults as message
from . import page_faults as page
from .dice import chance, roll
from .plain import Ask, honest, located
from .signals import Garbled
from .wire import Said, said

__all__ = ["BY_NAME", "FAULTS", "Fault", "Lie", "lies_of", "told"]

Fault: TypeAlias = Callable[[Ask], Said | None]

FAULTS: Final[tuple[Fault, ...]] = (
    # how to go on, and the end
    page.cursor_missing,
    page.cursor_null,
    page.cursor_loop,
    page.early_end,
    page.late_end,
    # what is in it, and how many there are
    page.page_repeated,
    page.page_lost,
    page.page_empty,
    page.items_lost,
    page.items_duplicated,
    page.nested_cut,
    page.total_off,
    page.total_missing,
    # what it is worth
    page.stale,
    page.low_scores,
    page.behind,
    page.changed_midway,
    # something else in its place
    message.error_in_200,
    message.html_in_200,
    message.empty_object,
    message.schema_broken,
    message.accepted,
    message.partial_content,
    # streams and models
    message.stream_cut,
    message.terminal_missing,
    message.token_limit,
    # no answer now
    message.rate_limited,
    message.unavailable,
    message.unauthorized,
    message.redirect,
    # the wire
    message.cut_body,
    message.wrong_length,
    message.cut_gzip,
    message.reset,
    message.answer_lost,
    message.hang,
    message.slow,
)
BY_NAME: Final[Mapping[str, Fault]] = {fault.__name__: fault for fault in FAULTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """A lie to tell: its *name*, and the *tool* that it is told to (None: every one)."""

    name: str
    tool: str | None = None


def lies_of(word: str, tools: Collection[str]) -> tuple[Lie, ...] | None:
    """Read `NAME` or `NAME:tool`, where `random` is every name, `none` is the truth, and *tools* are those that there are.

    None where there is no such lie, or no such tool.

    >>> lies_of("early_end:desk_list", ["desk_list"]), lies_of("none", []), lies_of("honesty", [])
    ((Lie(name='early_end', tool='desk_list'),), (), None)
    """
    name, _, tool = word.strip().partition(":")
    if name not in (*BY_NAME, "random", "none") or (tool and tool not in tools):
        return None
    names = tuple(BY_NAME) if name == "random" else (name,) if name in BY_NAME else ()
    return tuple(Lie(name=one, tool=tool or None) for one in names)


def told(ask: Ask, lies: tuple[Lie, ...], *, seed: int, number: int, rate: float) -> tuple[Said, str | None]:
    """Answer *ask*, the request *number*, with one of *lies* that applies to it, or with the truth; name the lie.

    A lie is told to the share *rate* of all requests; of several that apply, chance takes one.
    """
    try:
        ask = located(ask)
    except Garbled:
        return said({"error": "invalid_position", "message": "this service never gave that position"}, status=400), None
    meant = [lie.name for lie in lies if lie.tool in (None, ask.contract.name) and lie.name in BY_NAME]
    if meant and chance(seed, "lie", number) < rate:
        for name in sorted(meant, key=lambda name: roll(seed, number, name)):
            answer = BY_NAME[name](ask)
            if answer is not None and (_takes_effect(ask) or answer != honest(ask)):
                return answer, name
    return honest(ask), None


def _takes_effect(ask: Ask) -> bool:
    """Whether to ask for the truth beside a lie would be to write twice."""
    return ask.contract.effects == "write" and ask.kind != "aside"
