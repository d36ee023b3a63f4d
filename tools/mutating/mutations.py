"""Every kind of fault that is known, one plain function each; a new kind is one function more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .cursors import cursors
from .cutting import cutting
from .errors import errors
from .fields import fields
from .in_events import in_events
from .items import items
from .markers import markers
from .mutant import Mutant, Mutation
from .outcomes import outcomes
from .pages import pages
from .partial import partial
from .sound import Sound
from .staleness import staleness
from .statuses import statuses
from .stopping import stopping
from .streams import streams
from .totals import totals
from .wire import wire

__all__ = ["MUTATIONS", "mutants"]

MUTATIONS: tuple[Mutation, ...] = (
    fields,
    pages,
    items,
    cursors,
    markers,
    stopping,
    totals,
    errors,
    statuses,
    wire,
    cutting,
    streams,
    in_events,
    outcomes,
    partial,
    staleness,
)


def mutants(sound: Sound) -> Iterator[Mutant]:
    """Yield every mutant of *sound*, as a fault that stays and as one that passes; none of them is the conversation itself."""
    for mutation in MUTATIONS:
        for mutant in mutation(sound):
            if any(outcome != sound.turns[index].response for index, outcome in mutant.outcomes.items()):
                yield mutant
                yield replace(mutant, once=True)
