"""Proving a tool: make the trials, ask the experiments, and write down what is settled.

Only tools that read are proven; a proof is one experiment of bounded length, and its requests go out one after another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal

from ...schemas.contract import Contract
from ...schemas.proof import Observation, Proof, Settled
from ...schemas.recording import Exchange
from ...schemas.verdict import Finding
from ...schemas.wire import Json, Request, Response
from ..binding import with_defaults
from ..canonical import digest
from ..proof import asked
from ..surroundings import Surroundings
from .adding import added, kept
from .candidate import Candidate
from .candidates import candidates
from .experiments import lines
from .line import settled
from .log import NAMES, Log
from .places import answering, places
from .plan import PLAN
from .proposal import Proposal
from .shaping import shape
from .sizing import fitted, sizes
from .tapping import Budget
from .totals import counted
from .trial import Variant, run
from .variants import within

__all__ = ["REQUESTS", "SECONDS", "VALID_FOR", "Proven", "prove", "unfit"]

REQUESTS: Final = 40
SECONDS: Final = 120.0
VALID_FOR: Final = 30 * 86_400.0
_WALKS: Final = 3
"""Whole walks that must fit into the budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What came of an experiment: the *proof* to keep, the *log* that it follows from, and the *requests* that were sent.

    *proposals* are lines that would make the file better.  The lines that are *kept* stay as an earlier proof settled them.
    """

    contract: Contract
    proof: Proof
    log: Log
    requests: int
    proposals: tuple[Proposal, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def refusal(self) -> Finding | None:
        """Why the service gave not a single sound answer; None where it gave one."""
        return None if self.log.reached else self.log.trials["written"].finding

    @property
    def stumble(self) -> Finding | None:
        """Why the tool as it is written delivers nothing, whatever is proven of it; None where it delivers."""
        return self.log.trials["written"].finding

    @property
    def whole(self) -> bool:
        """Whether every line is proven."""
        return bool(self.proof.lines) and all(one.outcome == "proven" for one in self.proof.lines.values())


def unfit(contract: Contract) -> str | None:
    """Say why no experiment may be made with *contract*; None where one may."""
    if contract.effects == "write":
        return "it writes, and an experiment must change nothing"
    if contract.claim.kind == "generation":
        return "each of its answers is generated anew and paid for; there is no walk to prove"
    return None


async def prove(
    contract: Contract,
    arguments: Mapping[str, Json],
    *,
    surroundings: Surroundings,
    requests: int = REQUESTS,
    seconds: float = SECONDS,
    valid_for: float = VALID_FOR,
    source: Literal["service", "recording"] = "service",
) -> Proven:
    """Try *contract* with *arguments*, with so many *requests* and *seconds* at most; what is proven holds *valid_for* seconds."""
    budget = Budget(requests=requests, until=surroundings.clock() + seconds, clock=surroundings.clock)
    pages = max(2, min(requests // _WALKS, contract.walk.limits.pages))
    log = Log(
        contract=contract, pages=pages, siblings=_siblings(contract, surroundings), recorded=source == "recording"
    )
    for step in PLAN:
        while (variant := step(log)) is not None and variant.name not in log.trials:
            trial = await run(variant, arguments, surroundings, budget, _exchanges(log))
            log = replace(log, trials={**log.trials, variant.name: trial})
    now = surroundings.now()
    proof = _proof(log, arguments, now=now, valid_for=valid_for, source=source)
    accepted: list[Proposal] = []
    for candidate in candidates(log):
        proposal = await _tried(candidate, log, arguments, surroundings, budget)
        if proposal is not None:
            accepted.append(proposal)
    return Proven(
        contract=contract,
        proof=added(contract.proof, proof, now),
        log=log,
        requests=budget.spent,
        proposals=tuple(accepted),
        kept=kept(contract.proof, proof, now),
    )


def _siblings(contract: Contract, surroundings: Surroundings) -> tuple[Contract, ...]:
    """The other tools of the same provider."""
    known = surroundings.tools.values()
    return tuple(tool for tool in known if tool.provider == contract.provider and tool.name != contract.name)


async def _tried(
    candidate: Candidate, log: Log, arguments: Mapping[str, Json], surroundings: Surroundings, budget: Budget
) -> Proposal | None:
    """Try the tool with the line, where it can be tried; what it does not make whole is not proposed."""
    if candidate.contract is None:
        return candidate.proposal
    variant = Variant(name="proposed", contract=within(fitted(log, candidate.contract), log.pages))
    trial = await run(variant, arguments, surroundings, budget, _exchanges(log))
    if trial.finding is None:
        return replace(candidate.proposal, grade=trial.grade)
    otherwise = candidate.otherwise
    return None if otherwise is None else await _tried(otherwise, log, arguments, surroundings, budget)


def _exchanges(log: Log) -> list[Exchange]:
    return [exchange for trial in log.trials.values() for exchange in trial.exchanges]


def _proof(
    log: Log,
    arguments: Mapping[str, Json],
    *,
    now: float,
    valid_for: float,
    source: Literal["service", "recording"],
) -> Proof:
    said = lines(log)
    given = {asked(with_defaults(log.contract, arguments)): tuple(sorted(arguments))}
    return Proof(
        subject=log.contract.subject,
        proven_at=_moment(now),
        until=_moment(now + valid_for),
        source=source,
        lines={place: _under(settled(answering(place, said)), given) for place in places(log.contract, said)},
        shape=shape(log.answers(), log.contract, counted=_counted(log.contract)),
        asked=tuple(given) if log.reached else (),
        sizes=sizes(log),
        count=counted(log),
        observations=tuple(_observations(log)),
    )


def _under(line: Settled, given: Mapping[str, tuple[str, ...]]) -> Settled:
    """A refuted *line* with the arguments that refuted it: no others show that it is true after all."""
    return replace(line, under=given) if line.outcome == "refuted" else line


def _counted(contract: Contract) -> tuple[str, ...]:
    """The answers that are counted in an earlier proof of the same definition."""
    earlier = contract.proof
    return () if earlier is None or earlier.subject != contract.subject else earlier.shape.answers


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _observations(log: Log) -> Iterator[Observation]:
    for name, trial in log.trials.items():
        counts = {id(sheet.message.response): sheet.count for sheet in trial.sheets}
        for exchange in trial.exchanges:
            if isinstance(exchange.outcome, Response):
                yield _observation(name, exchange, exchange.outcome, counts.get(id(exchange.outcome)))


def _observation(name: str, exchange: Exchange, response: Response, items: int | None) -> Observation:
    return Observation(
        purpose=NAMES.get(name, name),
        request=_fingerprint(exchange.request),
        response=hashlib.sha256(response.content).hexdigest(),
        at=_moment(response.received_at),
        items=items,
    )


def _fingerprint(request: Request) -> str:
    body = "" if request.body is None else hashlib.sha256(request.body.content).hexdigest()
    return digest([request.method, request.url, body])
