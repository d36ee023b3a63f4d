"""All that can be found out: EXPERIMENTS is a tuple of plain functions from what is known to what it says of the lines.

A new experiment is one function more.  None of them asks anything; the requests were made by the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from .against import weighed
from .alone import it_is_one_thing, one_answer_is_all
from .comparing import the_walk_is_whole
from .ends import the_end_reads_so, the_flag_says_both
from .items import the_identifier_identifies, the_items_are_there
from .line import Line
from .log import Log
from .paging import page_two_is_another, the_channel_is_alive, the_first_page_is_the_first
from .sizing import the_page_size_is_obeyed
from .totals import the_census_agrees, the_total_counts_what_it_should

__all__ = ["EXPERIMENTS", "Experiment", "lines"]

Experiment: TypeAlias = Callable[[Log], Iterator[Line]]

EXPERIMENTS: tuple[Experiment, ...] = (
    the_items_are_there,
    the_identifier_identifies,
    the_page_size_is_obeyed,
    page_two_is_another,
    the_channel_is_alive,
    the_first_page_is_the_first,
    the_flag_says_both,
    the_end_reads_so,
    the_walk_is_whole,
    it_is_one_thing,
    one_answer_is_all,
    the_total_counts_what_it_should,
    the_census_agrees,
)


def lines(log: Log) -> tuple[Line, ...]:
    """Ask every experiment."""
    return weighed(log, tuple(line for experiment in EXPERIMENTS for line in experiment(log)))
