"""Which of a contract's requests is this?  The pages, the requests of a walk, the probes that bear witness, the read that settles.

Several contracts are matched at once: the one that says most of the request as it is written comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from ...schemas.contract import Contract
from ...schemas.location import Location, steps_of
from ...schemas.operation import Probe
from ...schemas.secret import ClientCredentials, RefreshToken
from ...schemas.walk import Continue, Cursor, Keyset, Offset, Page, Scroll, Step
from ...schemas.wire import Json
from ..drifting.relying import reliance
from ..proving.declaring import declared
from ..shapes import members
from ..template import MISSING
from .sheet import laid
from .unfilling import Path, Unfilled, path_of, unfilled, unfilled_pairs
from .wire import Heard

__all__ = ["Match", "Route", "base_path", "matches", "routes"]

Purpose: TypeAlias = Literal["page", "step", "close", "open", "unpin", "census", "confirm", "token"]


@dataclass(frozen=True, kw_only=True)
class Route:
    """One kind of request of one contract, as a template: *path* begins behind the origin."""

    contract: Contract
    purpose: Purpose
    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any = None
    form: Mapping[str, Any] | None = None

    @cached_property
    def read(self) -> Path:
        """The path, read backwards."""
        return path_of(self.path, frozenset(self.properties), frozenset(self.styles("path")))

    @cached_property
    def beginning(self) -> str:
        """The path up to the first argument: what can be compared at once."""
        return self.path.partition("{")[0]

    @cached_property
    def properties(self) -> Mapping[str, Any]:
        """The schemas of the arguments."""
        return members(self.contract.input.get("properties"))

    def styles(self, place: str) -> Mapping[str, str]:
        """How parameters of one place are written, by their names."""
        written = {where.partition(":"): style for where, style in self.contract.request.styles.items()}
        return {name: style for (source, _, name), style in written.items() if source == place}

    @cached_property
    def richness(self) -> int:
        """How much the contract says of an answer: one that satisfies the richest satisfies those that say less."""
        response = self.contract.response
        described = (declared(response.schema), declared(response.items.schema if response.items is not None else None))
        outer, inner = reliance(self.contract)
        counted = self.contract.complete.total is not None
        return len(outer) + len(inner) + counted + sum(map(len, described))

    def is_as(self, other: Route) -> bool:
        """Whether it asks for the same list as *other*, which another tool may do."""
        here, there = self.contract, other.contract
        same = (self.method, self.path, self.query, self.body, self.form) == (
            (other.method, other.path, other.query, other.body, other.form)
        )
        return (
            same
            and here.claim.single == there.claim.single
            and here.response.items is not None
            and (there.response.items is not None and here.response.items.at == there.response.items.at)
        )

    def below(self, mount: str) -> str:
        """Write it as it is below the path *mount*."""
        fixed = [f"{name}={value}" for name, value in self.query.items() if "{" not in str(value)]
        inside = f"/{mount}" if mount else ""
        return f"{self.method} {inside}{self.path}" + (f"?{'&'.join(fixed)}" if fixed else "")

    def __str__(self) -> str:
        return self.below("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A request that is of *route*, with the *arguments* that it was made with; *rank* is higher the more it says."""

    route: Route
    arguments: Mapping[str, Json]
    rank: tuple[int, ...]


def base_path(contract: Contract) -> str:
    """The path of the base URL, without a slash at its end."""
    return "/" + contract.provider.base_url.partition("://")[2].partition("/")[2].strip("/")


def _path(contract: Contract, url: str) -> str:
    inside = urlsplit(url).path if "://" in url else f"{base_path(contract).rstrip('/')}/{url.lstrip('/')}"
    return inside.partition("?")[0]


def routes(contract: Contract) -> tuple[Route, ...]:
    """List every kind of request that *contract* makes."""
    return tuple(_routes(contract))


def _routes(contract: Contract) -> Iterator[Route]:
    operation, walk = contract.request, contract.walk
    asked = Probe(method=None, query={}, headers={})
    yield _probed(contract, "page", asked)
    if isinstance(walk, Scroll):
        yield _stepped(contract, "step", walk.step, walk.send)
        if walk.close is not None:
            yield _stepped(contract, "close", walk.close, walk.send)
    if walk.pin is not None:
        yield _stepped(contract, "open", walk.pin.open)
        if walk.pin.close is not None:
            yield _stepped(contract, "unpin", walk.pin.close, walk.pin.close_send)
    if contract.complete.census is not None and operation.method != "HEAD":
        yield _probed(contract, "census", contract.complete.census.request)
    if contract.confirm is not None:
        confirm = contract.confirm
        yield _probed(contract, "confirm", Probe(method="GET", url=confirm.url, query=confirm.query))
    if isinstance(contract.provider.auth, ClientCredentials | RefreshToken):
        path = _path(contract, contract.provider.auth.token_url)
        yield Route(contract=contract, purpose="token", method="POST", path=path, query={}, headers={})


def _probed(contract: Contract, purpose: Purpose, probe: Probe) -> Route:
    """The tool's own request with what *probe* changes of it, as `binding` lays it."""
    operation = contract.request
    method = probe.method or operation.method
    query = {**(operation.query if probe.url is None else {}), **probe.query}
    free = tuple(_placed_later(contract))
    body = (probe.body if probe.body is not None else operation.body) if method != "GET" else None
    form = operation.form if method != "GET" and probe.body is None else None
    return Route(
        contract=contract,
        purpose=purpose,
        method=method,
        path=_path(contract, probe.url or operation.url),
        query=_without(query, [] if purpose == "census" else free),
        headers=operation.headers,
        body=_cleared(body, free),
        form=None if form is None else _without(form, free),
    )


def _stepped(contract: Contract, purpose: Purpose, step: Step, send: Location | None = None) -> Route:
    free = () if send is None else (send,)
    return Route(
        contract=contract,
        purpose=purpose,
        method=step.method,
        path=_path(contract, step.url),
        query=_without(step.query, free),
        headers={},
        body=_cleared(step.body, free),
    )


def _placed_later(contract: Contract) -> Iterator[Location]:
    """The places that something is laid over later, so that nothing can be said of what stands there."""
    walk, outcome = contract.walk, contract.complete.outcome
    if isinstance(walk, Cursor | Keyset | Offset | Page):
        yield walk.send
    if walk.page_size is not None:
        yield walk.page_size.send
    if walk.pin is not None:
        yield walk.pin.send
    if outcome is not None and outcome.limit is not None:
        yield outcome.limit.send
    yield from contract.request.strict
    if isinstance(walk, Continue) and walk.send == "body":
        yield Location("body", "/continue")


def _without(query: Mapping[str, Any], free: Sequence[Location]) -> dict[str, Any]:
    names = {place.path.lstrip("/") if place.source == "body" else place.path for place in free}
    return {name: value for name, value in query.items() if name not in names and value is not None}


def _cleared(body: Any, free: Sequence[Location]) -> Any:
    for place in free:
        if place.source == "body":
            body = laid(body, steps_of(place.path), MISSING)
    return body


def matches(known: Iterable[Route], heard: Heard) -> list[Match]:
    """Find the routes that *heard* can be of, the one first that says most of it."""
    near = (one for one in known if one.method == heard.method and heard.path.startswith(one.beginning))
    found = (match for route in near if (match := _match(route, heard)) is not None)
    return sorted(found, key=lambda match: match.rank, reverse=True)


def _match(route: Route, heard: Heard) -> Match | None:
    arguments = route.read.arguments(heard.path, route.properties)
    if arguments is None:
        return None
    found = Unfilled(arguments)
    query = unfilled_pairs(route.query, heard.query, route.properties, found, route.styles("query"))
    if not query or not _content(route, heard, found):
        return None
    _of_headers(route, heard, found)
    if not all(_allowed(route.properties.get(name), value) for name, value in found.arguments.items()):
        return None
    named = sum(heard.fields.get(name.lower()) == value for name, value in route.headers.items() if "{" not in value)
    unknown = sum(name not in route.query for name, _ in heard.query)
    apart = route.purpose == "census" and _elsewhere(route.contract)
    said = 2 * found.fixed + named
    return Match(
        route=route,
        arguments=found.arguments,
        rank=(
            not apart,
            -len(route.read.names),
            route.read.literal,
            said,
            len(found.arguments),
            -unknown,
            route.richness,
        ),
    )


def _of_headers(route: Route, heard: Heard, found: Unfilled) -> None:
    """Take the arguments out of the headers that hold nothing else; clients may leave others out."""
    for name, template in route.headers.items():
        written = heard.fields.get(name.lower())
        if written is not None and "{" in template:
            unfilled_pairs({name: template}, [(name, written)], route.properties, found)


def _allowed(schema: Any, value: Json) -> bool:
    """Whether *value* is one of the words that an argument may be: operations may differ in nothing else."""
    known = members(schema)
    words = [known["const"]] if "const" in known else known.get("enum")
    return words is None or value in words or isinstance(value, list)


def _elsewhere(contract: Contract) -> bool:
    """Whether the independent count is asked for at a URL of its own, which may be another tool's."""
    census = contract.complete.census
    return census is not None and census.request.url is not None


def _content(route: Route, heard: Heard, found: Unfilled) -> bool:
    if route.form is not None:
        return unfilled_pairs(route.form, heard.form or (), route.properties, found, route.styles("form"))
    if route.body is None or route.method == "GET":
        return True
    if not route.body and heard.body is None:
        return True
    return unfilled(route.body, heard.body, route.properties, "body", found)
