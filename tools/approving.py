"""Permission to send: a person sees the request as it will be sent, and says yes, before anything is.

The question is bound to the contract, the arguments, the credentials and the request itself, but for the header with a key that
is new on every call.  No lock is held and no deadline runs while a person thinks.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from ..schemas.answer import Asked, Question
from ..schemas.approving import Approval, Decision
from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from ..schemas.wire import Body, Fault, Headers, Json, Request
from .account import accounts
from .binding import bind, with_defaults
from .canonical import digest
from .draft import render
from .people import Approved, Declined, Deferred, People, Said, Stale, Unavailable
from .showing import request_shown
from .styles import text
from .surroundings import Surroundings
from .template import references
from .witnessing import Bound

__all__ = ["NOT_ALLOWED", "Barred", "Permitted", "declined", "permission", "sending", "stale"]

NOT_ALLOWED = Finding(
    code="approval_unavailable", message="another way than the one that a person allowed needs a permission of its own"
)


@dataclass(frozen=True, slots=True)
class Permitted:
    """It may be sent; *decisions* say who allowed it, none where nobody had to be asked."""

    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Barred:
    """It may not be sent, because of *finding*."""

    finding: Finding
    decisions: tuple[Decision, ...] = ()


async def permission(
    contract: Contract, arguments: Mapping[str, Json], people: People, surroundings: Surroundings
) -> Permitted | Barred | Asked:
    """Ask *people* whether *contract* may be called with *arguments*, where it wants that."""
    if contract.approval is None:
        return Permitted()
    bound = bind(contract, arguments, environment=surroundings.environment, key="")
    if isinstance(bound, Finding):
        return Barred(bound)
    whose = await accounts(bound.contract, surroundings)
    if isinstance(whose, Fault):
        return Barred(Finding(code=whose.code, message=whose.detail))
    question = _question(bound, arguments, contract.approval, whose)
    said = await people.ask(question)
    if isinstance(said, Approved) and await accounts(bound.contract, surroundings) != whose:
        said = Stale("the credential is another one than when the person was asked")
    return _meant(question, said, now=surroundings.now())


def stale(question: Question, why: str, *, used: bool) -> Finding:
    """Say that what a person said does not hold; after a *used* permission something may have been sent."""
    if not used:
        return Finding(code="approval_stale", message=why)
    sent = ", and it may have been sent already" if question.kind == "approval" else ""
    return Finding(code="approval_stale", message=f"{why}{sent}", have="used")


def declined(said: Declined, so: str) -> Finding:
    """Say that a person did not allow it, and what follows: *so*."""
    word = "said no" if said.action == "declined" else "closed the question without an answer"
    asked = "was asked before" if said.before else "was asked"
    return Finding(code="approval_declined", message=f"a person {asked} and {word}: {so}")


def sending(contract: Contract, arguments: Mapping[str, Json]) -> str:
    """Name what a permission to call *contract* with *arguments* covers: these, at the provider and at its mirrors."""
    return digest([contract.name, contract.digest, dict(arguments)])


def _question(bound: Bound, arguments: Mapping[str, Json], approval: Approval, whose: str) -> Question:
    contract, request = bound.contract, render(bound.draft)
    headers = _telling(contract, request)
    sent: list[Json] = [request.method, request.url, _content(request.body)]
    bound_to: list[Json] = [
        "approval",
        contract.digest,
        dict(arguments),
        whose,
        *sent,
        [list(pair) for pair in headers],
    ]
    message = _filled(approval.message, with_defaults(contract, arguments))
    return Question(
        kind="approval",
        tool=contract.name,
        message=request_shown(contract, request, message=message, headers=headers),
        subject=digest(bound_to),
        expires=approval.expires,
    )


def _content(body: Body | None) -> str | None:
    """What is sent, as text; bytes that are none as base64."""
    if body is None:
        return None
    try:
        return body.content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body.content).decode()


def _telling(contract: Contract, request: Request) -> Headers:
    """The headers that hold an argument: the others are the file's, and the same on every call."""
    written = [*contract.request.headers.items(), *(("cookie", one) for one in contract.request.cookies.values())]
    named = {
        name.lower() for name, template in written if any(one.kind != "var" for one in references(template, "query"))
    }
    return tuple((name, value) for name, value in request.headers if name in named)


def _filled(message: str, arguments: Mapping[str, Json]) -> str:
    """Put *arguments* into *message*; one that was not given is named as such.

    >>> _filled("Refund {input.amount} for {input.order}?", {"amount": 5})
    'Refund 5 for (order: not given)?'
    """
    done: list[str] = []
    for reference in references(message, "query"):
        before, _, message = message.partition(reference.source)
        given = reference.name in arguments and reference.kind != "var"
        done += (before, text(arguments[reference.name]) if given else f"({reference.name}: not given)")
    return "".join((*done, message))


def _meant(question: Question, said: Said, *, now: float) -> Permitted | Barred | Asked:
    match said:
        case Approved(by):
            return Permitted((Decision(kind="approval", action="approved", by=by, at=now),))
        case Declined(before=True):
            return Barred(declined(said, "nothing was sent"))
        case Declined(by, action):
            decision = Decision(kind="approval", action=action, by=by, at=now)
            return Barred(declined(said, "nothing was sent"), (decision,))
        case Stale(why, used):
            return Barred(stale(question, why, used=used))
        case Unavailable(why):
            return Barred(Finding(code="approval_unavailable", message=why))
        case Deferred(state):
            return Asked(question=question, state=state)
        case _:
            assert_never(said)
