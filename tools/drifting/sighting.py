"""What one call showed of a service, from its receipt or its recording: the facts that can be compared with those of another.

A recording is judged by today's contract, and shows the shape of its answers too.  Nothing is sent, and nothing is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ...schemas.answer import Answer, Delivered, Receipt
from ...schemas.contract import Contract
from ...schemas.evidence import Page
from ...schemas.expectation import Items
from ...schemas.proof import Shape
from ...schemas.recording import Recording
from ...schemas.verdict import Finding
from ...schemas.walk import Stream
from ...schemas.wire import Response
from ...validators.reading import Found, Message, at, state_of
from ...validators.strict_json import Parsed, parse
from ..outline import shape_of
from ..proving.shaping import shape
from ..proving.trial import Sheet
from ..recordings.replayed import call_again, otherwise
from .refusing import OF_ANSWERS

__all__ = ["Sighting", "of_receipt", "of_recording"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one call showed, *at* a moment in Unix time; *name* is that of its receipt or of its recording's file.

    *code* is why nothing was delivered, None where something was, and *where* the place that it names.  *statuses* are those of the pages that were believed.
    *media* is known from recordings only, and so is all of the *shape*: that of a receipt is *sketched* from the names of the
    envelope and of the first item of each page.
    """

    name: str
    at: float
    code: str | None
    where: str | None = None
    pages: tuple[Page, ...] = ()
    statuses: frozenset[int] = frozenset()
    shape: Shape | None = None
    sketched: bool = False
    media: frozenset[str] = frozenset()

    @property
    def refused(self) -> bool:
        """Whether the contract refuses what the service answered."""
        return self.code in OF_ANSWERS

    @property
    def full(self) -> int | None:
        """The size of the largest of its `sizes`; None where there is none."""
        return max(self.sizes, default=None)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of its pages but the last one that holds items, behind which empty ones may come: that one is short anyway."""
        last = max((index for index, page in enumerate(self.pages) if page.count), default=0)
        return tuple(page.count for page in self.pages[:last])

    @property
    def missing(self) -> str | None:
        """The place of the field that was always there and for want of which it was refused; None where it was not for that."""
        return self.where if self.code == "channel_vanished" else None

    @property
    def ended(self) -> bool:
        """Whether the walk came to its end."""
        return bool(self.pages) and self.pages[-1].decision == "end"


def of_receipt(receipt: Receipt, contract: Contract, *, name: str | None = None) -> Sighting:
    """Return what the call of *receipt* showed of the service of *contract*: no more than a refusal where another one answered."""
    if (refusal := _passed_over(receipt, contract)) is not None:
        at = receipt.as_of + (receipt.age or 0.0)
        return Sighting(name=name or receipt.id, at=at, code=refusal.code, where=refusal.where)
    evidence = receipt.evidence
    outlines = [page.outline for page in evidence.pages if page.outline]
    believed = (one for one in evidence.attempts if one.purpose == "page" and one.finding is None)
    return Sighting(
        name=name or receipt.id,
        at=receipt.as_of,
        code=receipt.findings[0].code if receipt.findings else None,
        where=receipt.findings[0].where if receipt.findings else None,
        pages=evidence.pages,
        statuses=frozenset(one.status for one in believed if one.status is not None),
        shape=shape_of(outlines) if outlines else None,
        sketched=True,
    )


def _passed_over(receipt: Receipt, contract: Contract) -> Finding | None:
    """Why the tool itself gave no answer, where that of another provider or an older one was given in its place."""
    if receipt.because is not None:
        return receipt.because
    own = (receipt.tool, receipt.provider) == (contract.name, contract.provider.name)
    return None if own or not receipt.tried else receipt.tried[0].finding


async def of_recording(
    recording: Recording, contract: Contract, *, name: str, tools: Mapping[str, Contract] | None = None
) -> Sighting:
    """Return what the call of *recording* showed, by *contract* as it is now.

    Where what was taken out of it is what it is judged by, it shows how it ended then, and the shape of its answers.
    """
    answer = await call_again(
        recording, replace(contract, policy=replace(contract.policy, unproven="flag")), tools=tools
    )
    if isinstance(answer, Delivered):
        answer.payload.close()
    pages = list(_pages(recording, contract))
    media = frozenset(value.partition(";")[0].strip().lower() for page in pages for value in _media_types(page))
    told = recording.ended if _is_garbled(recording, contract, answer) else None
    seen = (
        of_receipt(answer.receipt, contract, name=name) if told is None else Sighting(name=name, at=0.0, code=told.code)
    )
    return replace(seen, at=recording.at, shape=_shape(pages, contract), sketched=False, media=media)


def _is_garbled(recording: Recording, contract: Contract, answer: Answer) -> bool:
    """Whether the call ends otherwise than it did because of what is not in *recording* any more."""
    marks = ("body:", "field:", "header:", "query:", "input:")
    lacks = recording.left_out > 0 or any(mark.startswith(marks) for mark in recording.redacted)
    return lacks and recording.digest == contract.digest and otherwise(recording, answer) is not None


def _pages(recording: Recording, contract: Contract) -> Iterator[Response]:
    for exchange in recording.exchanges:
        page = exchange.asked_by in ("", contract.name) and exchange.request.purpose == "page"
        if page and isinstance(exchange.outcome, Response) and exchange.outcome.status < 300:
            yield exchange.outcome


def _media_types(response: Response) -> Iterator[str]:
    return (value for name, value in response.headers if name == "content-type")


def _shape(pages: list[Response], contract: Contract) -> Shape | None:
    if isinstance(contract.walk, Stream):  # its events differ from one another
        return None
    place = contract.response.items
    sheets = [sheet for page in pages if (sheet := _sheet(page, place)) is not None]
    return shape(sheets, contract, strangers=True)


def _sheet(response: Response, place: Items | None) -> Sheet | None:
    """The page as it came, whether or not the contract believes it."""
    parsed = parse(response.content)
    if not isinstance(parsed, Parsed):
        return None
    message = Message(response=response, body=Found(state_of(parsed.value), parsed.value))
    listed = None if place is None else at(parsed.value, place.at).value
    return Sheet(message=message, items=tuple(listed) if isinstance(listed, list) else None, ids=None)
