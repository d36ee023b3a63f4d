"""Rules over the ways back to a whole answer: each can be gone, and leads to what the tool promises.

RULES are plain functions over a contract, AMONG over a contract and all that were read with it.  Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ..schemas.codes import CODES
from ..schemas.contract import Contract
from ..schemas.policy import Fallback
from ..schemas.provider import Provider
from ..validators.judgement import RELEASABLE
from .check_steps import unfit
from .mistake import Mistake, Way, meant
from .shapes import members

__all__ = ["AMONG", "RULES"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]
Among: TypeAlias = Callable[[Contract, Mapping[str, Contract]], Iterator[Mistake]]


# ------------------------------------------------------------------------------------------- one contract


def fallbacks_name_one_place(contract: Contract) -> Iterator[Mistake]:
    """A fallback is another tool or a mirror of this one."""
    for way, fallback in _fallbacks(contract):
        if (fallback.tool is None) == (fallback.mirror is None):
            found = "neither" if fallback.tool is None else "both"
            yield Mistake(way, f"expected `tool` or `mirror`, found {found}")
        if fallback.mirror is not None and "://" in contract.request.url:
            message = "expected a path in `request.url`, which a mirror's base URL is put before, found a whole URL"
            yield Mistake((*way, "mirror"), message)
        if fallback.mirror is not None and fallback.mirror.name == contract.provider.name:
            message = (
                f"expected a name of its own, found `{fallback.mirror.name}` again: receipts could not tell them apart"
            )
            yield Mistake((*way, "mirror", "name"), message)
        if contract.effects == "write" and not fallback.equivalent:
            message = "expected `equivalent: true` for a tool that writes, found none: it would never be asked"
            yield Mistake(way, message, "write it only if the effect is one and the same in both places")


def _fallbacks(contract: Contract) -> Iterator[tuple[Way, Fallback]]:
    for index, fallback in enumerate(contract.policy.fallback):
        yield ("policy", "fallback", index), fallback


def ways_are_for_known_codes(contract: Contract) -> Iterator[Mistake]:
    """A code that does not exist is never met."""
    named: list[tuple[Way, tuple[str, ...]]] = []
    named += [(("policy", "recover", i), step.on) for i, step in enumerate(contract.policy.recover)]
    named += [(way, (*fallback.on, *fallback.also)) for way, fallback in _fallbacks(contract)]
    for way, codes in named:
        for code in codes:
            if code not in CODES:
                yield Mistake(
                    (*way, "on"), f"expected a code that `unabridged explain` knows, found `{code}`", meant(code, CODES)
                )


def only_reads_are_kept(contract: Contract) -> Iterator[Mistake]:
    """What a write answered once is no answer to the same write again."""
    for name, part in (("cache", contract.policy.cache), ("degrade", contract.policy.degrade)):
        if part is not None and contract.effects == "write":
            message = f"expected no `{name}` for a tool that writes, found one: it is never kept"
            yield Mistake(("policy", name), message, severity="warning")  # an `api:` block may say it for its reads


def only_doubts_are_released(contract: Contract) -> Iterator[Mistake]:
    """A person may pass over a doubt about a whole answer; what was never received cannot be released."""
    for index, code in enumerate(contract.review):
        if code not in RELEASABLE:
            message = f"expected one of {', '.join(sorted(RELEASABLE))}, found `{code}`"
            yield Mistake(("review", index), message, meant(code, RELEASABLE))


RULES: tuple[Rule, ...] = (
    fallbacks_name_one_place,
    ways_are_for_known_codes,
    only_reads_are_kept,
    only_doubts_are_released,
)


# ------------------------------------------------------------------------------------- among all that were read


def tools_that_are_named_are_there(contract: Contract, tools: Mapping[str, Contract]) -> Iterator[Mistake]:
    """Another tool can be asked only if it is read together with this one."""
    named = [((*way, "tool"), fallback.tool) for way, fallback in _fallbacks(contract) if fallback.tool is not None]
    for index, step in enumerate(contract.policy.recover):
        named += [(("policy", "recover", index, "ask", name, "tool"), ask.tool) for name, ask in step.ask.items()]
    for way, name in named:
        if name == contract.name:
            yield Mistake(way, f"expected another tool, found `{name}` itself")
        elif name not in tools:
            yield Mistake(way, f"expected a sound tool that is read with this one, found `{name}`", meant(name, tools))


def fallbacks_promise_the_same(contract: Contract, tools: Mapping[str, Contract]) -> Iterator[Mistake]:
    """The answer of a fallback stands in the place of the tool's own: it must claim the same, and do the same."""
    for way, fallback in _fallbacks(contract):
        other = contract if fallback.mirror is not None else tools.get(fallback.tool or "")
        if other is None or (other is contract and fallback.mirror is None):
            continue
        if other.claim.kind != contract.claim.kind:
            yield Mistake(way, f"expected `claim: {contract.claim.kind}` of `{other.name}`, found `{other.claim.kind}`")
        if other.effects != contract.effects:
            yield Mistake(way, f"expected `effects: {contract.effects}` of `{other.name}`, found `{other.effects}`")
        if _structured(contract) and not _structured(other):
            message = f"expected `response.generation.schema` of `{other.name}`, for `output` is promised, found none"
            yield Mistake(way, message)
        yield from _asked(way, contract, other, fallback.with_)
        if fallback.with_ is None:
            yield from _another_question(way, contract, other)


def _another_question(way: Way, contract: Contract, other: Contract) -> Iterator[Mistake]:
    """What *other* does not know, or reckons with otherwise where it is not given, would be asked of it no more."""
    theirs = members(other.input.get("properties"))
    for name, own in members(contract.input.get("properties")).items():
        if name not in theirs:
            message = (
                f"expected `{name}` in `{other.name}` too, or `with`, found neither: it would answer another question"
            )
            yield Mistake(way, message)
        elif _default(own) != _default(theirs[name]):
            message = f"expected the same default of `{name}` in `{other.name}`, or `with`, found another"
            yield Mistake(way, message, f"write `with: {{{name}: …}}`, and the other arguments")


def _default(schema: object) -> str:
    """The default of an argument, written so that true is not 1; empty where there is none."""
    described = members(schema)
    return json.dumps(described["default"], sort_keys=True) if "default" in described else ""


def _structured(contract: Contract) -> bool:
    """Whether the text of a generated answer is JSON that fits a schema."""
    return contract.response.generation is not None and contract.response.generation.schema is not None


def _asked(way: Way, contract: Contract, other: Contract, templates: Mapping[str, Any] | None) -> Iterator[Mistake]:
    """Whether *other* can be called with what *contract* is called with."""
    known = members(other.input.get("properties"))
    given = members(contract.input.get("properties")) if templates is None else templates
    for name in other.input.get("required", ()):
        if name not in given:
            yield Mistake(
                way,
                f"expected `{name}`, which `{other.name}` requires, found none",
                f"write it under `with`: {{{name}: …}}",
            )
    for name in templates or {}:
        if name not in known:
            yield Mistake((*way, "with"), f"expected an argument of `{other.name}`, found `{name}`", meant(name, known))
    yield from unfit((*way, "with"), other, templates or {})


def helpers_only_read(contract: Contract, tools: Mapping[str, Contract]) -> Iterator[Mistake]:
    """Whoever asks a question does not expect that something is changed to answer it."""
    for index, step in enumerate(contract.policy.recover):
        for name, ask in step.ask.items():
            other, way = tools.get(ask.tool), ("policy", "recover", index, "ask", name)
            if other is None:
                continue
            if other.effects == "write":
                yield Mistake((*way, "tool"), f"expected a tool that only reads, found `{other.name}`, which writes")
            yield from _asked(way, contract, other, ask.with_)


def fallbacks_do_not_fail_together(contract: Contract, tools: Mapping[str, Contract]) -> Iterator[Mistake]:
    """Two doors of one house are closed by one fire."""
    for way, fallback in _fallbacks(contract):
        other = tools.get(fallback.tool or "")
        there = fallback.mirror or (None if other is None else other.provider)
        if there is None:
            continue
        for shared in _shared(contract.provider, there.base_url, there.auth):
            yield Mistake(
                way, f"expected a provider that fails apart from this one, found {shared}", severity="warning"
            )


_REGION = re.compile(r"\b(?:us|eu|ap|sa|ca|me|af|il)-(?:gov-)?(?:north|south|east|west|central)\w*-?\d+\b")


def _shared(here: Provider, base_url: str, auth: object) -> Iterator[str]:
    first, second = urlsplit(here.base_url).netloc, urlsplit(base_url).netloc
    if first == second:
        yield f"the same host `{second}`"
    elif _registered(first) == _registered(second) and not _registered(first).replace(".", "").isdigit():
        yield f"the same domain `{_registered(second)}`"
    if auth is not None and auth == here.auth:
        yield "the same credential, and so the same account and limits"
    regions = set(_REGION.findall(first)) & set(_REGION.findall(second))
    if regions:
        yield f"the same region `{min(regions)}`"


def _registered(authority: str) -> str:
    """The last two labels of a host: not the registered domain of every country, and close enough for a warning."""
    return ".".join(authority.rpartition("@")[2].partition(":")[0].split(".")[-2:])


AMONG: tuple[Among, ...] = (
    tools_that_are_named_are_there,
    fallbacks_promise_the_same,
    helpers_only_read,
    fallbacks_do_not_fail_together,
)
