"""Rules over what stands in braces: every argument has its place, and every reference a meaning.

Plain functions over a contract, gathered in RULES.  No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

from ..schemas.condition import Condition, When
from ..schemas.contract import Contract
from ..schemas.operation import Confirm, Operation, Part, Probe
from ..schemas.walk import Scroll, Step
from .mistake import Mistake, Way, meant
from .shapes import is_list, is_object, members
from .template import Place, Reference, references

__all__ = ["RULES", "arguments", "compared", "required_arguments", "sent"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]
Template: TypeAlias = tuple[Way, str, Place]


def sent(contract: Contract) -> Iterator[tuple[Way, Operation | Probe | Step | Confirm]]:
    """Every request that a contract can make, and where it is written."""
    yield ("request",), contract.request
    if contract.complete.census is not None:
        yield ("complete", "census", "request"), contract.complete.census.request
    walk = contract.walk
    if walk.pin is not None:
        yield ("walk", "pin", "open"), walk.pin.open
        if walk.pin.close is not None:
            yield ("walk", "pin", "close"), walk.pin.close
    if isinstance(walk, Scroll):
        yield ("walk", "step"), walk.step
        if walk.close is not None:
            yield ("walk", "close"), walk.close
    if contract.confirm is not None:
        yield ("confirm",), contract.confirm


def _templates(contract: Contract) -> Iterator[Template]:
    if isinstance(contract.claim.bound, str):
        yield ("claim", contract.claim.kind), contract.claim.bound, "query"
    for way, request in sent(contract):
        if request.url is not None:
            yield (*way, "url"), request.url, "url"
        for name in ("query", "headers", "cookies", "form"):
            yield from _strings(getattr(request, name, None), (*way, name), "query")
        yield from _strings(getattr(request, "body", None), (*way, "body"), "body")
    yield from _of_contents(contract.request)
    idempotency = contract.request.idempotency
    if idempotency is not None and idempotency.key is not None:
        yield ("request", "idempotency", "key"), idempotency.key, "query"
    for target, value in contract.request.strict.items():
        yield from _strings(value, ("request", "strict", str(target)), "body")
    for way, value in compared(contract):
        yield from _strings(value, way, "body")
    if contract.complete.lsn is not None:
        yield from _strings(contract.complete.lsn.gte, ("complete", "lsn", "gte"), "query")
    yield from _of_the_ways(contract)


def _of_contents(request: Operation) -> Iterator[Template]:
    """What is sent as it is: by itself, or as parts of a form with files."""
    parts: list[tuple[Way, Part]] = [
        (("request", "multipart", name), part) for name, part in (request.multipart or {}).items()
    ]
    parts += [(("request", "raw"), request.raw)] if request.raw is not None else []
    for way, part in parts:
        yield from _strings(part.content, (*way, "content"), "body")
        yield from _strings(part.filename, (*way, "filename"), "query")


def compared(contract: Contract) -> Iterator[tuple[Way, object]]:
    """Every value that a condition compares with, and where it is written."""
    response, confirm = contract.response, contract.confirm
    conditions: list[tuple[Way, Condition | When]] = []
    conditions += [(("response", "veto", index), veto) for index, veto in enumerate(response.veto)]
    conditions += [(("response", "classify", index, "when"), one.when) for index, one in enumerate(response.classify)]
    for name in ("applied", "not_applied") if confirm is not None else ():
        conditions += [(("confirm", name, index), one) for index, one in enumerate(getattr(confirm, name))]
    for way, condition in conditions:
        yield (*way, "is"), condition.is_
        yield (*way, "not"), condition.not_
    for index, nested in enumerate(response.nested):
        yield ("response", "nested", index, "must"), nested.must


def _of_the_ways(contract: Contract) -> Iterator[Template]:
    """What is written for another call: other arguments, other tools, other providers."""
    for index, step in enumerate(contract.policy.recover):
        way: Way = ("policy", "recover", index)
        yield from _strings(step.with_, (*way, "with"), "query")
        for name, ask in step.ask.items():
            yield from _strings(ask.with_, (*way, "ask", name, "with"), "query")
    for index, fallback in enumerate(contract.policy.fallback):
        yield from _strings(fallback.with_, ("policy", "fallback", index, "with"), "query")


def _strings(value: object, way: Way, place: Place) -> Iterator[Template]:
    match value:
        case str():
            yield way, value, place
        case Mapping():
            for name, member in cast("Mapping[str, object]", value).items():
                yield from _strings(member, (*way, name), place)
        case list() | tuple():
            for index, element in enumerate(cast("list[object]", value)):
                yield from _strings(element, (*way, index), place)
        case _:
            return


def _used(contract: Contract) -> Iterator[tuple[Way, Place, Reference]]:
    for way, template, place in _templates(contract):
        for reference in references(template, place):
            yield way, place, reference


def arguments(contract: Contract) -> Mapping[str, Any]:
    """Return the properties of the input schema."""
    return members(contract.input.get("properties"))


def required_arguments(contract: Contract) -> Sequence[object]:
    """Return what the input schema requires; nothing where that is no list, which is another rule's to say."""
    required = contract.input.get("required")
    return required if is_list(required) else ()


# -------------------------------------------------------------------------------------------------- rules


def every_reference_has_a_meaning(contract: Contract) -> Iterator[Mistake]:
    """What stands in braces is an argument or a variable; in a query or a body a stray brace may be meant as text."""
    inputs, variables = arguments(contract), contract.provider.variables
    for way, place, reference in _used(contract):
        known = {"input": [*inputs], "var": [*variables], "bare": [*inputs, *variables]}[reference.kind]
        if reference.name in known:
            continue
        hint = meant(reference.name, known)
        if reference.kind == "bare" and place != "url" and not hint:
            continue
        what = {"input": "an argument of `input`", "var": "a variable of `api.variables`"}
        expected = what.get(reference.kind, "an argument of `input` or a variable of `api.variables`")
        yield Mistake(way, f"expected {expected}, found `{reference.source}`", hint)


def references_are_in_quotes(contract: Contract) -> Iterator[Mistake]:
    """YAML reads `{input.q}` without quotes as an object with one empty member."""
    for way, request in sent(contract):
        for name in ("query", "form", "body"):
            yield from _unquoted(getattr(request, name, None), (*way, name))
    for target, value in contract.request.strict.items():
        yield from _unquoted(value, ("request", "strict", str(target)))
    for way, value in compared(contract):
        yield from _unquoted(value, way)


def _unquoted(value: object, way: Way) -> Iterator[Mistake]:
    for name, member in members(value).items():
        if member is None and re.match(r"(?:input|var)\.\w", name):
            yield Mistake(way, "expected a text, found an object", f'write it in quotes: "{{{name}}}"')
        else:
            yield from _unquoted(member, (*way, name))
    for index, element in enumerate(value if is_list(value) else ()):
        yield from _unquoted(element, (*way, index))


def parameters_are_flat(contract: Contract) -> Iterator[Mistake]:
    """A query and a form have texts, numbers and lists of them; there is no one way to write an object."""
    for way, request in sent(contract):
        for part in ("query", "form"):
            for name, value in members(getattr(request, part, None)).items():
                styled = f"{part}:{name}" in contract.request.styles
                if is_object(value) and None not in value.values() and not styled:
                    message = f"expected a text, a number or a list for `{name}`, found an object"
                    yield Mistake(
                        (*way, part, name),
                        message,
                        'name its parts as the API writes them, such as `filter[state]`, or give it a style: `styles: {"query:filter": deep_object}`',
                    )


def every_argument_is_used(contract: Contract) -> Iterator[Mistake]:
    """An argument that no template uses would silently do nothing."""
    used = {reference.name for _, _, reference in _used(contract) if reference.kind != "var"}
    for name in arguments(contract):
        if name not in used:
            advice = f'send it, for example `request: {{query: {{{name}: "{{input.{name}}}"}}}}`'
            yield Mistake(
                ("input", "properties", name), f"expected a use of `{name}`, found none: it would do nothing", advice
            )


def arguments_of_a_url_are_always_there(contract: Contract) -> Iterator[Mistake]:
    """A path cannot leave an argument out."""
    properties, required = arguments(contract), required_arguments(contract)
    for way, place, reference in _used(contract):
        given = reference.name in required or "default" in members(properties.get(reference.name))
        needed = place == "url" or way[0] in ("claim", "confirm")
        if needed and reference.kind != "var" and reference.name in properties and not given:
            yield Mistake(
                way,
                f"expected `{reference.name}` under `input.required`, or with a default, found neither",
                "a URL, a bound and `confirm` cannot do without",
            )


RULES: tuple[Rule, ...] = (
    every_reference_has_a_meaning,
    references_are_in_quotes,
    parameters_are_flat,
    every_argument_is_used,
    arguments_of_a_url_are_always_there,
)
