"""Where the next URL forgets what was asked for: the parameter that has to travel with every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...schemas.location import Location
from .candidate import Candidate
from .log import Log
from .proposal import Proposal
from .variants import plain

__all__ = ["what_travels_along"]


def what_travels_along(log: Log) -> Iterator[Candidate]:
    """Ask every page for what the first one was asked for, where the service's links leave it out."""
    request = log.contract.request
    failures = [trial.evidence.failure for trial in log.trials.values()]
    lost = {
        (one.where or "").removeprefix("query:") for one in failures if one is not None and one.code == "query_lost"
    }
    forgotten = {name: value for name, value in request.query.items() if name.lower() in lost}
    if not forgotten:
        return
    strict = {**request.strict, **{Location("query", name): value for name, value in forgotten.items()}}
    line = {"request": {"strict": {f"query:{name}": value for name, value in forgotten.items()}}}
    because = "the link to the next page leaves it out, and leads to items that were not asked for"
    tried = plain(replace(log.contract, request=replace(request, strict=strict)))
    yield Candidate(proposal=Proposal(line=line, because=because), contract=tried)
