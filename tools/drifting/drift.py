"""What drift is: a service that is another one now than it was when its tool was written, proven or last recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from ...schemas.contract import Contract
from ...schemas.proof import Shape
from ..proving.declaring import declared
from .end_places import EndPlaces, end_places
from .relying import Reliance, closed, reliance
from .sighting import Sighting

__all__ = ["Comparison", "Drift", "Kind", "Moment", "drift"]

Kind: TypeAlias = Literal[
    "field_vanished",
    "field_appeared",
    "type_changed",
    "clamp_moved",
    "total_vanished",
    "total_inexact",
    "media_changed",
    "status_changed",
    "refusals_rose",
]


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was seen: Unix time, and the receipt or recording that shows it."""

    at: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that is otherwise now: *where*, in one sentence what, and whether the contract breaks on it.

    It was seen *times* times in *of* calls, from *first* to *last*.  *edit* is a line of the tool file, or a command, that would
    settle it.
    """

    kind: Kind
    where: str
    says: str
    breaking: bool
    first: Moment
    last: Moment
    times: int
    of: int
    edit: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The calls *after* some moment, to be compared with those *before* it, and with the *shape* that was known by then."""

    contract: Contract
    shape: Shape | None
    before: tuple[Sighting, ...]
    after: tuple[Sighting, ...]

    @cached_property
    def spoken_of(self) -> Reliance:
        """The places, in the envelope and in one item, that the contract names or that its schemas say something of."""
        (outer, inner), response = reliance(self.contract), self.contract.response
        around = frozenset(declared(response.schema))
        items = frozenset(declared(response.items.schema)) if response.items is not None else frozenset[str]()
        inside = f"{response.items.at}/*" if response.items is not None else "/*"
        listed = (pointer.removeprefix(inside) for pointer in around if pointer.startswith(inside))
        return outer | around, inner | items | frozenset(listed)

    @cached_property
    def closed(self) -> Reliance:
        """The objects, in the envelope and in one item, in which no other names may stand."""
        return closed(self.contract)

    @cached_property
    def end_places(self) -> EndPlaces:
        """The places that say how the walk goes on."""
        return end_places(self.contract)


def drift(
    kind: Kind, where: str, says: str, seen: Sequence[Sighting], of: int, *, breaking: bool, edit: str = ""
) -> Drift:
    """Say that *kind* was *seen* in these calls, the oldest first, of *of* that could have shown it."""
    first, last = seen[0], seen[-1]
    return Drift(
        kind=kind,
        where=where,
        says=says,
        breaking=breaking,
        first=Moment(first.at, first.name),
        last=Moment(last.at, last.name),
        times=len(seen),
        of=of,
        edit=edit,
    )
