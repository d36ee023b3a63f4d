"""Lines that may make a tool file better: CANDIDATES is a tuple of plain functions from what is known to what to try.

Whether a line holds is not decided here: the tool is called with it, and only what then comes whole is proposed.
"""

from __future__ import annotations

from collections.abc import Iterator

from .candidate import Candidate, Source
from .fitting import the_schema, the_schema_of_items
from .keeping import what_travels_along
from .log import Log
from .repairs import the_clamp, the_end, the_first_number, the_identifier, the_licence, the_missing_list
from .signs import a_flag, a_second_walk, behind_the_end
from .tallies import a_census, a_total, the_scope

__all__ = ["CANDIDATES", "candidates"]

CANDIDATES: tuple[Source, ...] = (
    what_travels_along,
    the_schema,
    the_schema_of_items,
    the_missing_list,
    the_clamp,
    the_first_number,
    the_identifier,
    the_end,
    the_licence,
    the_scope,
    a_total,
    a_census,
    a_flag,
    behind_the_end,
    a_second_walk,
)


def candidates(log: Log) -> Iterator[Candidate]:
    """Ask every source, the strongest witnesses first."""
    for source in CANDIDATES:
        yield from source(log)
