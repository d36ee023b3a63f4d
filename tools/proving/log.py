"""What is known so far in one experiment: the contract in question, and the trials that were made of it, by name.

It holds facts and computes what follows from them by arithmetic; it settles nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ...schemas.contract import Contract
from ...schemas.walk import Keyset
from ...validators.reading import integer, read
from .envelope import sign_of_more
from .refused import counts_out, parted
from .trial import REFUSALS, Sheet, Trial, shares

__all__ = ["NAMES", "ONE_PAGE", "UNBELIEVED", "Log"]

NAMES: Mapping[str, str] = {
    "written": "the tool as it is written",
    "whole": "the whole walk, without what is to be proven",
    "unchecked": "pages, whatever the schema says",
    "ones": "pages of one item",
    "twos": "pages of two items",
    "beyond": "one page that is larger than everything",
    "another": "the whole walk with another page size",
    "again": "the whole walk once more",
    "unsized": "the whole walk, without a page size",
    "unplaced": "one answer, without a page size and a position",
    "before": "the page before the first one",
    "after": "from page 1 on",
    "seam 1": "what lies behind the last item but one of page 1",
    "seam 2": "what lies behind the last item but one of page 2",
    "seam 3": "what lies behind the last item but one of page 3",
    "steps": "the positions right behind the first one",
    "fewest": "as few items as its own arguments can ask for",
    "guessed": "one item, by every name that a page size commonly has",
    "inside": "one item, by these names in the body",
}
"""The trials, and what each is."""

UNBELIEVED: Final = "unchecked"
"""The trial whose pages are not as the contract says; nothing is proven by them."""

ONE_PAGE: Final = "one page of"
"""How the names of trials begin that look for a page size that the service takes."""

_NO_WALKS: Final = (UNBELIEVED, "written", "before", "after", "fewest", "guessed", "inside", "unplaced", "steps")


def _is_walk(name: str) -> bool:
    return name not in _NO_WALKS and not name.startswith("seam")


@dataclass(frozen=True, kw_only=True)
class Log:
    """The *contract*, and its *trials*; no walk may have more than so many *pages*.

    *siblings* are the other tools of the same provider, one of which may count what this one lists.  *recorded*: all is answered
    from a recording, which says the same whenever it is asked.
    """

    contract: Contract
    pages: int
    siblings: tuple[Contract, ...] = ()
    recorded: bool = False
    trials: Mapping[str, Trial] = field(default_factory=dict[str, Trial])

    def __post_init__(self) -> None:
        """Set apart what came in place of a page behind the last one; what counts it may have come with a later trial."""
        walks = frozenset(filter(_is_walk, self.trials))
        object.__setattr__(self, "trials", parted(self.trials, walks, self.contract))

    @property
    def whole(self) -> Trial | None:
        """The whole walk, where there is one."""
        whole = self.trials.get("whole")
        return self.trials.get("unsized") if whole is None or not whole.sheets else whole

    @property
    def known(self) -> tuple[str, ...] | None:
        """What the items of the whole collection are known by; None where no walk came to its end.

        A page that is refused, or is the last one again, or has no list, may be one behind a wall; it is the end only where
        something counts what came before.
        """
        over = self.whole is not None and (self.whole.ended or self.counted_out)
        return self.whole.marks if self.whole is not None and over else None

    @property
    def counted_out(self) -> bool:
        """Whether the whole walk met no page behind its last one, and a number beside the items says that this is all."""
        cut = self.whole is not None and self.whole.cut is not None
        return cut and self.whole is not None and counts_out(self.whole, tuple(self.walks()), self.contract)

    @property
    def endless(self) -> str:
        """Why nobody knows of one walk that met everything."""
        whole, another = self.whole, self.trials.get("another")
        if whole is not None and another is not None and self.walled:
            came = f"in pages of {another.came} {another.cut} after {len(another.marks)} items"
            return f"{came}, and others gave {len(whole.marks)}; give arguments under which there is less"
        if whole is not None and whole.cut and self.known is None:
            more = self._more or "nothing counts as many, so that it may be a wall"
            return f"after {len(whole.marks)} items {whole.cut} ({whole.code}), and {more}"
        return "the whole collection was not walked to one end; give arguments under which there is less"

    @property
    def undisputed(self) -> tuple[str, ...] | None:
        """The same, where nothing that was seen speaks against it."""
        against = self.differs or self.walled or self.behind or self.skipped or self.strays or self.tied or self.between
        return None if against or self.short else self.known

    @property
    def short(self) -> str | None:
        """What speaks of more items than came, though any number of walks end there: they may stop at the same wall."""
        return None if self.known is None else self._more

    @property
    def _more(self) -> str | None:
        """What speaks of more items than the whole walk met, whether it came to an end or not."""
        total, items = self.contract.complete.total, self.contract.response.items
        if self.whole is None:
            return None
        if total is not None and total.exact:
            numbers = [integer(read(sheet.message, total.at)) for sheet in self.whole.sheets]
            there = len(self.whole.marks)
            said = next((number for number in numbers if number is not None and number > there), None)
            if said is not None:
                return f"{total.at} says {said}"
        aside = None if total is None else total.at
        return sign_of_more(self.whole, "" if items is None else items.at, but=aside)

    @property
    def differs(self) -> bool:
        """Whether another page size gave other items."""
        another = self.trials.get("another")
        return another is not None and another.ended and sorted(another.marks) != sorted(self.known or ())

    @property
    def agrees(self) -> bool:
        """Whether a second walk, with other pages, gave the same items."""
        another = self.trials.get("another")
        if (
            another is None or self.whole is None or another.came == self.whole.came
        ):  # a clamp makes them the same pages
            return False
        return (another.ended and not self.differs) or (another.cut is not None and not self.walled)

    @property
    def walled(self) -> bool:
        """Whether in pages of another size no page came behind other items than the whole walk met."""
        another = self.trials.get("another")
        return another is not None and another.cut is not None and sorted(another.marks) != sorted(self.known or ())

    @property
    def moves(self) -> bool:
        """Whether the same walk gave other items a second time."""
        again = self.trials.get("again")
        return again is not None and sorted(again.marks) != sorted(self.known or ())

    @property
    def stable(self) -> bool:
        """Whether a second walk, with whatever pages, gave the same items."""
        return self.agrees or ("again" in self.trials and not self.moves)

    @property
    def behind(self) -> bool:
        """Whether items that the walk never met lie behind what was taken for the end.

        Those that it met are no more: some services give their last page again, whatever is asked for behind it.
        """
        return self.strange_behind and not self.elusive

    @property
    def strange_behind(self) -> bool:
        """Whether what lies behind the end is known by something else than what the walk met, be it by looking otherwise."""
        return self._probed is not None and not set(self._probed.marks) <= set(self.known or ())

    @property
    def unseen_behind(self) -> str | None:
        """Why it was not seen whether anything lies behind the end, where that was asked and no second walk met the same end."""
        past = None if self.whole is None else self.whole.evidence.past_end
        failed = None if past is None else past.finding
        if self.agrees:
            return None
        if failed is not None and failed.code not in REFUSALS:
            return f"what lies behind the end was not answered: {failed.code}"
        if self.strange_behind and self.elusive:
            return "what lies behind the end may have come or not: items look otherwise each time"
        return (
            "what lies behind the end has identifiers of items that came, and differs otherwise"
            if self._alike
            else None
        )

    @property
    def _probed(self) -> Sheet | None:
        """What lies behind the end, where that was asked, and something came."""
        probed = None if self.whole is None else self.whole.probed
        return probed if probed is not None and probed.count else None

    @property
    def _alike(self) -> bool:
        """Whether items behind the end look otherwise than any that came."""
        whole = self.whole
        if self._probed is None or whole is None:
            return False
        return not set(self._probed.prints) <= {one for sheet in whole.sheets for one in sheet.prints}

    @property
    def skipped(self) -> bool:
        """Whether items lie before what was taken for the first page."""
        return self._strange_before and not (self.moves or self.elusive)

    @property
    def unseen_before(self) -> str | None:
        """Why nobody can say whether items lie before what was taken for the first page, where that was asked for."""
        before = self.trials.get("before")
        if before is not None and not before.answered:
            return f"was not answered: {before.code}"
        changing = self._strange_before and not self.skipped
        return "nobody can tell: items look otherwise each time, or the collection changes" if changing else None

    @property
    def _strange_before(self) -> bool:
        before = self.trials.get("before")
        return before is not None and not set(before.marks) <= set(self.known or before.marks)

    @property
    def elusive(self) -> bool:
        """Whether items may look otherwise each time, and have no identifier by which they could be met again."""
        return not self.stable and any(sheet.ids is None for sheet in self.sheets() if sheet.count)

    @property
    def strays(self) -> bool:
        """Whether counting by one, and not by what came, leads to items where the walk found nothing.

        A service that counts items gives the first page once more, but for its first item.
        """
        steps = self.trials.get("steps")
        if steps is None or self.whole is None or not self.whole.sheets:
            return False
        first = self.whole.sheets[0].marks
        return any(sheet.count > 0 and set(sheet.marks).isdisjoint(first) for sheet in steps.sheets)

    @property
    def seams(self) -> tuple[Trial, ...]:
        """The trials that looked for items between two pages."""
        return tuple(trial for name, trial in self.trials.items() if name.startswith("seam"))

    @property
    def unseen(self) -> str | None:
        """Why it was not seen whether items lie between two pages, where a key leads to the next and all pages have one size."""
        if not isinstance(self.contract.walk, Keyset) or self.agrees or not self.turned:
            return None
        if not self.seams:
            return "what lies between two pages was not asked"
        silent = next((trial for trial in self.seams if not any(sheet.count for sheet in trial.sheets)), None)
        if silent is None:
            return None
        return f"what lies between two pages was not answered: {silent.code or 'not even the last item of a page came'}"

    @property
    def between(self) -> bool:
        """Whether items that the walk never met lie behind the last item but one of a page."""
        if self.elusive:
            return False
        return any(not set(trial.marks) <= set(self.known or trial.marks) for trial in self.seams)

    @property
    def tied(self) -> bool:
        """Whether items of one page have the same key, so that the next page may begin behind items that never came."""
        walk = self.contract.walk
        return isinstance(walk, Keyset) and any(shares(sheet, walk.key) for sheet in self.sheets())

    @property
    def several(self) -> bool:
        """Whether there is more than one item, as far as anybody has seen."""
        return any(sheet.count > 1 for sheet in self.sheets()) or any(len(one.marks) > 1 for one in self.walks())

    @property
    def turned(self) -> bool:
        """Whether any walk met two pages that hold something."""
        return any(sum(sheet.count > 0 for sheet in trial.sheets) > 1 for trial in self.walks())

    @property
    def reached(self) -> bool:
        """Whether the service gave a single sound answer."""
        return any(True for _ in self.sheets())

    @property
    def offered(self) -> tuple[Trial, ...]:
        """The trials that asked for one page of a size, to see whether the service takes it."""
        return tuple(trial for name, trial in self.trials.items() if name.startswith(ONE_PAGE))

    def walks(self) -> Iterator[Trial]:
        """The trials that began at the first page and went on as the walk does."""
        yield from (trial for name, trial in self.trials.items() if _is_walk(name))

    def own_sheets(self) -> Iterator[Sheet]:
        """The sound pages of the tool itself and of its walks; all there are where neither brought one."""
        asked = (self.trials.get("written"), *self.walks())
        found = [sheet for trial in asked if trial is not None for sheet in trial.sheets]
        yield from found or self.sheets()

    def answers(self) -> Iterator[Sheet]:
        """All sound pages, also those behind the last one, and those that were asked for again as they came before.

        A field that is missing may come then, and one that was always there be missing.
        """
        yield from self.sheets()
        for name, trial in self.trials.items():
            aside = trial.replaced if trial.behind is None else (*trial.replaced, trial.behind)
            yield from () if name == UNBELIEVED else aside

    def sheets(self) -> Iterator[Sheet]:
        """All sound pages."""
        for name, trial in self.trials.items():
            yield from () if name == UNBELIEVED else trial.sheets
