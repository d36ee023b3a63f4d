"""How hard to try, and every way back to a whole answer: time, attempts, other arguments, other providers, the last answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from .location import Duration, Hideable
from .provider import Network
from .secret import Auth
from .several import STRICT, JsonObject, Words, several

__all__ = [
    "Ask",
    "Breaker",
    "Cache",
    "Concurrency",
    "Degrade",
    "Fallback",
    "Mirror",
    "Pace",
    "Policy",
    "Recover",
    "Retry",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often and how patiently one page is asked for.  Waits are `random() * min(cap, base * 2 ** i)` seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    attempts: Annotated[int, Field(ge=1, le=5)] = 3
    base: Duration = 0.25
    cap: Duration = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """When a provider is left alone for a while: *ratio* of failed requests, of at least *least*, within *window*.

    It stays open for *open*, twice as long each time that the one request let through fails again, *most* at most.
    A request that takes longer than *slow* counts as failed although its answer is good.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    least: Annotated[int, Field(ge=1)] = 20
    window: Duration = 30.0
    open: Duration = 5.0
    most: Duration = 120.0
    slow: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a provider may be asked: at most *requests* in each *per* seconds, evenly spaced.

    After a rest *burst* go at once: *burst* - 1 more than that in the *per* seconds that follow.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    requests: Annotated[float, Field(gt=0)]
    per: Annotated[Duration, Field(gt=0)] = 1.0
    burst: Annotated[int, Field(ge=1)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """How many *calls* to a provider run at once, and how many more may *queue* for a place; others are refused at once."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    calls: Annotated[int, Field(ge=1)]
    queue: Annotated[int, Field(ge=0)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Another tool to ask first, with these arguments (templates over `{input.…}` and over what was asked before it)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    tool: str
    with_: Annotated[JsonObject, Field(alias="with")] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover:
    """Other arguments to try after a refusal with one of the codes *on*: `with` replaces, *drop* takes away.

    *ask* names other tools whose answers the templates of `with` may use, in this order: `{refined.text}`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    on: Words
    with_: Annotated[JsonObject, Field(alias="with")] = field(default_factory=dict[str, Any])
    drop: Words = ()
    ask: Mapping[str, Ask] = field(default_factory=dict[str, Ask])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """The same API at another place.  A credential is never carried over: *auth* says which one the mirror takes."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    base_url: str
    auth: Auth | None = None
    network: Network | None = None


def _named(value: object) -> object:
    return {"tool": value} if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """Who is asked where this tool gives no whole answer: another *tool*, or this one at a *mirror*.

    `with` writes the other tool's arguments (templates over `{input.…}`); without it, it gets the same ones, and must
    know each of them.  A write falls back only where the file says that both are *equivalent*: one of them done is done.
    *on* names the codes after which it is asked; by default all that speak of the service, and not of the call.  *also*
    adds codes to these.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    tool: str | None = None
    mirror: Mirror | None = None
    with_: Annotated[JsonObject | None, Field(alias="with")] = None
    on: Words = ()
    also: Words = ()
    equivalent: bool = False


_Fallback = Annotated[Fallback, BeforeValidator(_named, json_schema_input_type=str | Fallback)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """Whole answers are kept, and one not older than *fresh* is given without asking again."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    fresh: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Degrade:
    """Where everything else failed, the last whole answer may be given, marked as such, if not older than *max_stale*."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    max_stale: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How hard to try: one *deadline* for everything, *attempt_timeout* for one request, *in_flight* pages at once.

    *recover*, *fallback* and *degrade* are the ways back to a whole answer, in this order.
    *redact* names the places of a conversation whose values are taken out of every recording of it.
    *unproven* says what becomes of a call while lines that were inferred are not proven: it is refused, or its answer is
    flagged.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    deadline: Duration = 50.0
    attempt_timeout: Duration = 15.0
    retry: Retry = Retry()
    in_flight: Annotated[int, Field(ge=1, le=64)] = 4
    breaker: Breaker | None = Breaker()
    pace: Pace | None = None
    concurrency: Concurrency | None = None
    recover: Annotated[
        tuple[Recover, ...], BeforeValidator(several, json_schema_input_type=Recover | tuple[Recover, ...])
    ] = ()
    fallback: Annotated[
        tuple[_Fallback, ...], BeforeValidator(several, json_schema_input_type=_Fallback | tuple[_Fallback, ...])
    ] = ()
    cache: Cache | None = None
    degrade: Degrade | None = None
    unproven: Literal["refuse", "flag"] = "refuse"
    redact: Annotated[
        tuple[Hideable, ...], BeforeValidator(several, json_schema_input_type=Hideable | tuple[Hideable, ...])
    ] = ()
