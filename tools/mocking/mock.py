"""A service that honours contracts with generated data, and lies where it is told to.

`Mock.answer` is all of it: a request in, an answer out.  `Mock.open` gives it to the engine in the place of the network.  It
opens no socket, and reads no clock but the one that it is given.
"""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from ...schemas.contract import Contract
from ...schemas.operation import Confirm
from ...schemas.verdict import Finding
from ...schemas.wire import Json, Outcome, Request
from ..binding import bind
from ..draft import render
from ..supposing import expected, supposed
from ..template import MISSING, Missing, Scope, Unfit
from .faults import BY_NAME, Lie, lies_of, told
from .page import Turn
from .plain import Ask, Memory, told_of
from .routes import Match, Route, matches, routes
from .stock import Stock, key_of, stock
from .wire import Heard, Said, heard, outcome, said

__all__ = ["HEADER", "Line", "Mock", "Settings"]

HEADER: Final = "x-unabridged-fault"
"""The request header that names the lies of one answer, with commas between them; `none` for the truth."""


_KEPT: Final = 10_000  # lines of the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How many *items* there are of each kind, the most that a page holds (None: what the contract says), and the lies.

    *rate* is the share of the answers that are lied about, of those to which a lie applies.  *credential*, if there is one, must be in
    every request.
    """

    items: int = 53
    page_size: int | None = None
    seed: int = 0
    lies: tuple[Lie, ...] = ()
    rate: float = 1.0
    credential: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one request: whose it was, what was answered, and which lie was told (None: the truth)."""

    at: float
    method: str
    target: str
    tool: str | None
    purpose: str
    status: int
    fault: str | None


@dataclass(kw_only=True)
class Mock:
    """The service behind *contracts*.  *now* gives Unix time."""

    contracts: Sequence[Contract]
    settings: Settings = field(default_factory=Settings)
    now: Callable[[], float] = time.time
    memory: Memory = field(default_factory=Memory)
    log: list[Line] = field(default_factory=list[Line])
    observe: Callable[[Line], None] = field(default=lambda _: None)
    stocks: dict[tuple[str, int], Stock] = field(default_factory=dict[tuple[str, int], Stock])
    known: dict[str, tuple[Route, ...]] = field(default_factory=dict[str, "tuple[Route, ...]"])
    asked: int = 0

    def routes(self, provider: str) -> tuple[Route, ...]:
        """The kinds of request that are known of *provider*."""
        if provider not in self.known:
            own = [contract for contract in self.contracts if contract.provider.name == provider]
            self.known[provider] = tuple(route for contract in own for route in routes(contract))
        return self.known[provider]

    def stock(self, contract: Contract) -> Stock:
        """What there is of the kind that *contract* is about: what the richest contract of the same request describes."""
        key = (contract.name, self.settings.items)
        if key not in self.stocks:
            richest = self._richest(contract)
            made = stock(richest, self.settings.items, self.settings.seed)
            self.stocks[key] = made if richest is contract else replace(made, key=key_of(contract))
        return self.stocks[key]

    def _richest(self, contract: Contract) -> Contract:
        pages = [route for route in self.routes(contract.provider.name) if route.purpose == "page"]
        own = next((route for route in pages if route.contract is contract), None)
        if own is None:
            return contract
        return max((route for route in pages if route.is_as(own)), key=lambda route: route.richness).contract

    def answer(self, provider: str, asked: Heard) -> Said:
        """Answer the request *asked* of *provider*."""
        self.asked += 1
        found = matches(self.routes(provider), asked)
        lies = self._lies(asked)
        if isinstance(
            lies, Said
        ):  # or a name that is written wrongly would be told the truth, and look like a test that passed
            answer, lie = lies, None
        elif not found:
            answer, lie = said(self._unknown(provider, asked), status=404), None
        elif (refused := self._refused(found[0].route.contract, asked)) is not None:
            answer, lie = refused, None
        else:
            answer, lie = self._told(found, asked, lies)
        self._note(found[0] if found else None, asked, answer, lie)
        return answer

    def _told(self, found: list[Match], asked: Heard, lies: tuple[Lie, ...]) -> tuple[Said, str | None]:
        match = found[0]
        turn = self.turn(match, asked)
        ask = Ask(match=match, turn=turn, stock=self._stock_of(match), memory=self.memory, beside=tuple(found[1:]))
        rate = 1.0 if HEADER in asked.fields else self.settings.rate
        return told(ask, lies, seed=self.settings.seed, number=self.asked, rate=rate)

    def _lies(self, asked: Heard) -> tuple[Lie, ...] | Said:
        named = asked.fields.get(HEADER)
        return self.settings.lies if named is None else self.lies(named.split(","))

    def lies(self, words: Sequence[str]) -> tuple[Lie, ...] | Said:
        """Read the names of lies; what is answered where one of them is not known."""
        tools = [contract.name for contract in self.contracts]
        read = [(word, lies_of(word, tools)) for word in words]
        unknown = next((word.strip() for word, lies in read if lies is None), None)
        if unknown is None:
            return tuple(lie for _, lies in read for lie in lies or ())
        message = f"there is no fault {unknown!r}: it is NAME or NAME:tool, or several with commas between them"
        names: list[Json] = [*BY_NAME, "random", "none"]
        return said({"error": "unknown_fault", "message": message, "faults": names, "tools": [*tools]}, status=400)

    def _stock_of(self, match: Match) -> Stock:
        contract = match.route.contract
        single = contract.response.items is None or contract.claim.single
        return Stock(items=()) if single else self.stock(contract)

    def turn(self, match: Match, asked: Heard) -> Turn:
        """What is known of a request before it is answered."""
        contract = _bound(match)
        return Turn(
            contract=contract,
            heard=asked,
            arguments=match.arguments,
            items=(),
            start=0,
            size=self.settings.page_size or 0,
            total=self.settings.items,
            following=None,
            now=self.now(),
            seed=self.settings.seed,
        )

    # -------------------------------------------------------------------------------------- what is refused

    def _unknown(self, provider: str, asked: Heard) -> Json:
        apis = list(dict.fromkeys(contract.provider.name for contract in self.contracts))
        if provider not in apis:
            here = [route.below(name) for name in apis for route in self.routes(name)]
            message = f"each API is mocked below its own name: {', '.join(f'/{name}' for name in apis)}"
        else:
            here = [str(route) for route in self.routes(provider)]
            message = f"nothing is mocked for {asked.method} {asked.path} with these parameters"
        return {"error": "not_found", "message": message, "routes": list(dict.fromkeys(here))}

    def _refused(self, contract: Contract, asked: Heard) -> Said | None:
        wanted = self.settings.credential
        if wanted is None or contract.provider.auth is None or _shown(asked, wanted):
            return None
        return said({"error": "unauthorized", "message": "the credential is not the expected one"}, status=401)

    def _note(self, match: Match | None, asked: Heard, answer: Said, lie: str | None) -> None:
        line = Line(
            at=self.now(),
            method=asked.method,
            target=asked.path,
            tool=None if match is None else match.route.contract.name,
            purpose="unknown" if match is None else match.route.purpose,
            status=answer.status,
            fault=lie,
        )
        self.log.append(line)
        del self.log[:-_KEPT]
        self.observe(line)

    # ------------------------------------------------------------------------------------------- in memory

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[_Memory]:
        """Give the mock as the transport of *contract*: what the engine asks is answered here, and nothing is sent."""
        yield _Memory(self, contract)

    def truth(
        self, contract: Contract, arguments: Mapping[str, Json], environment: Mapping[str, str] | None = None
    ) -> Json | Missing:
        """What a whole answer to *contract* with *arguments* holds: the list of all items, or the one thing.

        `MISSING` where the arguments cannot be bound, or there is no such request.
        """
        bound = bind(contract, arguments, environment=environment or {}, key="truth")
        if isinstance(bound, Finding):
            return MISSING
        asked = heard(render(bound.draft), _origin(bound.draft.url))
        found = matches(self.routes(contract.provider.name), asked)
        if not found:
            return MISSING
        match = next((one for one in found if one.route.contract is contract), found[0])
        turn, beside = self.turn(match, asked), tuple(one for one in found if one is not match)
        ask = Ask(match=match, turn=turn, stock=self._stock_of(match), memory=Memory(), beside=beside)
        return told_of(ask, bound.count)


@dataclass(slots=True)
class _Memory:
    """A transport that asks the mock; one object serves one call."""

    mock: Mock
    contract: Contract

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        """Answer *request*."""
        asked = heard(request, _origin(request.url))
        answer = self.mock.answer(self.contract.provider.name, asked)
        return outcome(answer, request, timeout=timeout, now=self.mock.now())


def _bound(match: Match) -> Contract:
    """The contract with the caller's arguments in its conditions."""
    contract = match.route.contract
    scope = Scope(input=match.arguments, variables={}, names=frozenset(match.route.properties))
    response = expected(contract.response, scope)
    if isinstance(response, Unfit):
        return contract
    return replace(contract, response=response, confirm=_settling(contract.confirm, scope))


def _settling(confirm: Confirm | None, scope: Scope) -> Confirm | None:
    """The read that settles a write, with what the caller said in its conditions."""
    if confirm is None:
        return None
    applied = [supposed(condition, scope) for condition in confirm.applied]
    not_applied = [supposed(condition, scope) for condition in confirm.not_applied]
    return replace(
        confirm,
        applied=tuple(one for one in applied if not isinstance(one, Missing | Unfit)),
        not_applied=tuple(one for one in not_applied if not isinstance(one, Missing | Unfit)),
    )


def _shown(asked: Heard, credential: str) -> bool:
    """Whether *credential* is in the request: in a header, plain or as Basic has it, or in the query."""
    for _, value in (*asked.headers, *asked.query):
        if credential in value.split(" "):
            return True
        if value.startswith("Basic ") and _decoded(value[6:]).endswith(credential):
            return True
    return False


def _decoded(text: str) -> str:
    """What *text* is in base64; nothing where it is none."""
    try:
        return b64decode(text + "==").decode("utf-8", "replace")
    except ValueError:
        return ""


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
