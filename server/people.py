"""Asking the person behind an MCP client: inside the call on 2025 connections, in a second round on 2026 ones.

A client is asked only if it said that it can.  What it sends back counts only where the question was put by us, to this
principal, for this tool, with these arguments, and was not answered before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import anyio
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp_types import (
    CallToolRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from ..schemas.answer import Asked, Question
from ..schemas.contract import Contract
from ..tools.canonical import digest
from ..tools.people import Approved, Caller, Declined, Deferred, Nobody, Said, Stale, Unavailable
from ..tools.shelf import Shelf
from .principal import bearer_of, user
from .questions import Heard, Put, Questions, Used, name
from .surface import Offer
from .tally import Tally

__all__ = ["caller_of", "input_required"]

Context: TypeAlias = ServerRequestContext[Any, Any]


def caller_of(ctx: Context, params: CallToolRequestParams, contract: Contract, shelf: Shelf, offer: Offer) -> Caller:
    """Return who calls *contract* through *ctx*, with the people that can be asked; *shelf* outlives the call.

    *offer* is what is served, which may be something else by the time somebody answers.
    """
    principal = user() if ctx.request is None else bearer_of(ctx.request)
    if contract.approval is None and not contract.review:
        return Caller(principal=principal)
    if not _may_be_asked(ctx):
        why = "the client did not say that it can ask a person (it declares no form elicitation)"
        return Caller(principal=principal, people=_Unreachable(why, Tally(shelf)))
    if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        return Caller(principal=principal, people=_Waiting(ctx, principal, Tally(shelf), offer))
    rounds = _Rounds(
        principal=principal,
        tool=contract.name,
        arguments=digest(dict(params.arguments or {})),
        state=params.request_state,
        said=params.input_responses or {},
        questions=Questions(shelf),
        tally=Tally(shelf),
    )
    return Caller(principal=principal, people=rounds, resumes=rounds.resumes())


def input_required(asked: Asked) -> InputRequiredResult:
    """Return the result that lets a 2026 client ask, and come again with what the person said."""
    form = ElicitRequestFormParams(message=asked.question.message, requested_schema=_form(asked.question))
    return InputRequiredResult(
        input_requests={asked.question.kind: ElicitRequest(params=form)}, request_state=asked.state
    )


def _may_be_asked(ctx: Context) -> bool:
    capabilities = ctx.session.client_capabilities
    elicitation = None if capabilities is None else capabilities.elicitation
    # MCP 2025-11-25, elicitation: an empty object means forms.
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _form(question: Question) -> dict[str, Any]:
    title = {"approval": "Send it", "review": "Release it"}[question.kind]
    about = {
        "approval": "Exactly this is sent, once.",
        "review": "The answer is handed over, marked as released by you.",
    }
    approve = {"type": "boolean", "title": title, "description": about[question.kind], "default": False}
    return {"type": "object", "properties": {"approve": approve}, "required": ["approve"]}


def _meant(result: ElicitResult, *, by: str) -> Approved | Declined:
    """Take nothing but a plain yes for a yes."""
    match result.action:
        case "accept" if (result.content or {}).get("approve") is True:
            return Approved(by)
        case "cancel":
            return Declined(by, "cancelled")
        case _:
            return Declined(by)


def _heard(said: Approved | Declined | None) -> Heard:
    if said is None:
        return "nothing"
    return "approved" if isinstance(said, Approved) else said.action


def _counted(tally: Tally, question: Question, said: Approved | Declined) -> Said:
    tally.count(question, "approved" if isinstance(said, Approved) else said.action)
    return said


@dataclass(frozen=True, slots=True)
class _Unreachable:
    """A client that cannot ask."""

    why: str
    tally: Tally

    async def ask(self, question: Question) -> Said:
        self.tally.count(question, "unavailable")
        return await Nobody(self.why).ask(question)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """MCP 2025-11-25: the server asks, and the call waits.

    What was shown is what is sent, also where the definition is another one by then; nothing is once the tool was withdrawn.
    """

    ctx: Context
    principal: str
    tally: Tally
    offer: Offer

    async def ask(self, question: Question) -> Said:
        session = self.ctx.session
        if not session.can_send_request:
            self.tally.count(question, "unavailable")
            return Unavailable("the connection has no way back to the client")
        self.tally.count(question, "asked")
        with anyio.move_on_after(question.expires):
            try:
                result = await session.elicit_form(
                    question.message, _form(question), related_request_id=self.ctx.request_id
                )
            except (MCPError, NoBackChannelError, ValidationError):
                return Unavailable("the client could not put the question to a person")
            said = _counted(self.tally, question, _meant(result, by=self.principal))
            if isinstance(said, Approved) and self._is_withdrawn(question):
                return Stale("the tool was withdrawn before the person answered")
            return said
        return Stale(f"nobody answered within {question.expires:g} seconds")

    def _is_withdrawn(self, question: Question) -> bool:
        return question.kind == "approval" and question.tool not in self.offer.now.contracts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rounds:
    """MCP 2026-07-28: the call ends with the question, and the same call comes again with *state* and what was *said*."""

    principal: str
    tool: str
    arguments: str
    state: str | None
    said: Mapping[str, object]
    questions: Questions
    tally: Tally

    async def ask(self, question: Question) -> Said:
        if self.state is None:  # whatever was said, nobody was asked
            return self._put(question)
        put = self.questions.look(self.state)
        if isinstance(put, Used):
            return self._used(put)
        if put is None:
            return Stale("what the person said is not known here: it came too late, or was never asked for")
        if not self._is_ours(put):
            return Stale("what the person said was said to another call")
        if (put.kind, put.subject) != (question.kind, question.subject):  # another definition of the tool by now
            return self._put(question)
        return self._heard(question, self.state)

    def resumes(self) -> str | None:
        """Return the name of what the call left when its answer was put up for release."""
        put = None if self.state is None else self.questions.look(self.state)
        reviewed = isinstance(put, Put) and put.kind == "review" and self._is_ours(put)
        return name(self.state) if reviewed and self.state is not None else None

    def _is_ours(self, put: Put) -> bool:
        return (put.principal, put.tool, put.arguments) == (self.principal, self.tool, self.arguments)

    def _heard(self, question: Question, state: str) -> Said:
        result = self.said.get(question.kind)
        said = _meant(result, by=self.principal) if isinstance(result, ElicitResult) else None
        if not self.questions.take(state, _heard(said)):  # one of several at the same time
            put = self.questions.look(state)
            return self._used(put if isinstance(put, Used) else Used("approved"))
        return self._put(question) if said is None else _counted(self.tally, question, said)

    def _used(self, question: Used) -> Said:
        match question.heard:
            case "approved":
                return Stale("what the person said was used before", used=True)
            case "nothing":
                return Stale("nobody had answered when the question was put anew, and nothing was sent")
            case action:
                return Declined(self.principal, action, before=True)

    def _put(self, question: Question) -> Deferred:
        self.tally.count(question, "asked")
        put = Put(
            kind=question.kind,
            subject=question.subject,
            principal=self.principal,
            tool=self.tool,
            arguments=self.arguments,
            expires=question.expires,
        )
        state = self.questions.put(put)
        return Deferred(state, name(state))
