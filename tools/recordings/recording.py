"""Taking down a conversation while it is held: every request that went out, and the outcome that came of it.

It is held in memory and bounded in size, changes nothing that passes, and never fails a call.  It keeps no secret with the
conversation: those are told apart, to be left out of what is written.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, fields
from typing import Final, Protocol, TypeAlias, runtime_checkable

from ...schemas.answer import Answer, Delivered
from ...schemas.contract import Contract
from ...schemas.recording import Ended, Exchange, Recording
from ...schemas.secret import FromEnvironment
from ...schemas.wire import Fault, Json, Outcome, Request
from ..surroundings import Transport
from .flowing import flows_of

__all__ = ["MOST_BYTES", "MOST_EXCHANGES", "Opener", "Tape", "settings_of"]

MOST_EXCHANGES: Final = 2_000
MOST_BYTES: Final = 64 * 1024 * 1024

Opener: TypeAlias = Callable[[Contract, Mapping[str, str]], AbstractAsyncContextManager[Transport]]


@runtime_checkable
class _Secretive(Protocol):
    """A transport that adds secrets to requests, and tells which."""

    def secrets(self) -> frozenset[str]: ...


@dataclass(slots=True)
class Tape:
    """Opens transports of one call, and takes down what passes, up to a number of exchanges and of bytes.

    *secrets* are those that the transports added; *settings* are the variables of the environment that the contracts of the
    call refer to, and *places* are those that they take out of every recording.  What comes after the bounds are reached is only counted (*left_out*).
    """

    opener: Opener
    most_exchanges: int = MOST_EXCHANGES
    most_bytes: int = MOST_BYTES
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    left_out: int = 0
    bytes: int = 0
    secrets: set[str] = field(default_factory=set[str])
    settings: dict[str, str] = field(default_factory=dict[str, str])
    places: set[str] = field(default_factory=set[str])
    flows: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Transport]:
        """Open a transport for *contract* that is taken down."""
        async with self.opener(contract, environment) as transport:
            try:
                yield _Taken(transport, self, contract.name)
            finally:
                self.settings |= settings_of(contract, environment)
                self.places |= set(contract.policy.redact)
                for target, sources in flows_of(contract).items():  # another way of the call may send to the same place
                    self.flows[target] = tuple(dict.fromkeys((*self.flows.get(target, ()), *sources)))
                self.secrets |= {environment[name] for name in _credential_names(contract) if environment.get(name)}
                if isinstance(transport, _Secretive):
                    self.secrets |= transport.secrets()

    def take(self, exchange: Exchange) -> None:
        """Take down *exchange*, if there is room."""
        size = _size(exchange)
        if len(self.exchanges) >= self.most_exchanges or self.bytes + size > self.most_bytes:
            self.left_out += 1
            return
        self.bytes += size
        self.exchanges.append(exchange)

    def recording(self, contract: Contract, arguments: Mapping[str, Json], answer: Answer, *, at: float) -> Recording:
        """Return what was taken down of a call of *contract* that began *at* a moment in Unix time."""
        receipt = answer.receipt
        delivered = isinstance(answer, Delivered)
        code = None if isinstance(answer, Delivered) else answer.verdict.findings[0].code
        return Recording(
            tool=contract.name,
            arguments=dict(arguments),
            digest=contract.digest,
            at=at,
            receipt=receipt.id,
            exchanges=tuple(self.exchanges),
            left_out=self.left_out,
            flows=self.flows,
            ended=Ended(code=code, grade=str(receipt.grade), items=receipt.items if delivered else None),
        )


@dataclass(frozen=True, slots=True)
class _Taken:
    transport: Transport
    tape: Tape
    asked_by: str

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        outcome = await self.transport.send(request, timeout=timeout)
        self.tape.take(Exchange(request=request, outcome=outcome, asked_by=self.asked_by))
        return outcome


def _size(exchange: Exchange) -> int:
    body = 0 if exchange.request.body is None else len(exchange.request.body.content)
    return (
        body + (0 if isinstance(exchange.outcome, Fault) else len(exchange.outcome.content)) + len(exchange.request.url)
    )


def settings_of(contract: Contract, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of *environment* that *contract* refers to, with their values."""
    names = {variable.env for variable in contract.provider.variables.values()} | set(_credential_names(contract))
    return {name: environment[name] for name in names if name and environment.get(name)}


def _credential_names(contract: Contract) -> Iterator[str]:
    auth = contract.provider.auth
    for part in () if auth is None else fields(auth):
        if isinstance(value := getattr(auth, part.name), FromEnvironment):
            yield value.env
