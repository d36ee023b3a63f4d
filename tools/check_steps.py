"""Rules over the arguments that ways back write: they are others than the caller's, and the tool can be called with them.

Plain functions over a contract, gathered in RULES.  Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..schemas.contract import Contract
from ..validators.arguments import misfit
from .check_templates import required_arguments
from .mistake import Mistake, Way, meant
from .shapes import members
from .template import mentioned

__all__ = ["RULES", "unfit"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]


def steps_change_something(contract: Contract) -> Iterator[Mistake]:
    """The same arguments again would be refused again."""
    known = [*members(contract.input.get("properties"))]
    for index, step in enumerate(contract.policy.recover):
        way: Way = ("policy", "recover", index)
        if not step.with_ and not step.drop:
            yield Mistake(way, "expected `with` or `drop`, found neither: the same arguments would be refused again")
        for name in (*step.with_, *step.drop):
            if name not in known:
                yield Mistake(way, f"expected an argument of `input`, found `{name}`", meant(name, known))


def steps_can_be_taken(contract: Contract) -> Iterator[Mistake]:
    """Arguments that the tool's own `input` refuses are refused whenever the step is taken."""
    required = required_arguments(contract)
    for index, step in enumerate(contract.policy.recover):
        way: Way = ("policy", "recover", index)
        for name in step.drop:
            if name in required and name not in step.with_:
                message = f"expected an argument that may be left out, found `{name}`, which is in `input.required`"
                yield Mistake((*way, "drop"), message)
        yield from unfit((*way, "with"), contract, step.with_)


def unfit(way: Way, contract: Contract, templates: Mapping[str, Any]) -> Iterator[Mistake]:
    """Find what stands in *templates* without a reference, and is refused by the arguments of *contract*."""
    known, required = members(contract.input.get("properties")), required_arguments(contract)
    schema = {word: contract.input[word] for word in ("properties", "$defs", "definitions") if word in contract.input}
    for name, value in templates.items():
        left_out = value is None and name not in required
        if name not in known or mentioned(value) or left_out:
            continue
        try:
            finding = misfit(schema, {name: value})
        except ValueError:
            return  # `schemas_compile` says so
        if finding is not None:
            said = finding.message.removeprefix(f"{name}: ").removeprefix(f"{name}.")
            yield Mistake((*way, name), f"expected a value that fits the schema of `{name}`, found another: {said}")


def templates_say_what_is_known(contract: Contract) -> Iterator[Mistake]:
    """Other arguments are written of the caller's, and of what other tools said; nothing else is known there."""
    for index, step in enumerate(contract.policy.recover):
        way: Way = ("policy", "recover", index)
        yield from _unknown(way, contract, step.with_, [*step.ask])
        for number, (name, ask) in enumerate(step.ask.items()):
            yield from _unknown((*way, "ask", name), contract, ask.with_, [*step.ask][:number])
    for index, fallback in enumerate(contract.policy.fallback):
        yield from _unknown(("policy", "fallback", index), contract, fallback.with_ or {}, None)


def _unknown(
    way: Way, contract: Contract, templates: Mapping[str, object], told: Sequence[str] | None
) -> Iterator[Mistake]:
    """Every reference that is neither to an argument nor to what was *told* (None: nobody is asked before)."""
    inputs = {name: f"{{input.{name}}}" for name in members(contract.input.get("properties"))}
    due = "`{input.…}`" if told is None else "`{input.…}` or what a tool under `ask` says before it"
    for reference in mentioned(templates):
        first = reference.name.partition(".")[0]
        if reference.kind == "input" or (reference.kind == "bare" and first in (told or ())):
            continue
        bare = inputs.get(reference.name) if reference.kind == "bare" else None
        hint = f"did you mean `{bare}`?" if bare else meant(first, told or ())
        yield Mistake((*way, "with"), f"expected {due}, found `{reference.source}`", hint)


RULES: tuple[Rule, ...] = (
    steps_change_something,
    steps_can_be_taken,
    templates_say_what_is_known,
)
