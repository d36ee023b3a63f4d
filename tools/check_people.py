"""Do the gates at which people are asked make sense: can the question be put, and does it cover what is sent?

No I/O.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..schemas.contract import Contract
from .mistake import Mistake, meant
from .shapes import members
from .template import references

__all__ = ["AMONG", "RULES"]


def the_message_is_about_arguments(contract: Contract) -> Iterator[Mistake]:
    """What a person reads may name arguments, which they see, and no variable of whoever runs the server."""
    if contract.approval is None:
        return
    known = [*members(contract.input.get("properties"))]
    for reference in references(contract.approval.message, "body"):
        if reference.kind != "input" or reference.name not in known:
            message = f"expected an argument of `input`, found `{reference.source}`"
            yield Mistake(("approval", "message"), message, meant(reference.name, known))


def a_permission_covers_one_request(contract: Contract) -> Iterator[Mistake]:
    """Other arguments would need a permission of their own, in the middle of a call."""
    if contract.approval is not None and contract.policy.recover:
        message = "expected no `recover` for a tool that needs `approval`, found one: a permission covers the arguments as they came"
        yield Mistake(("policy", "recover"), message)


def no_way_needs_a_permission_of_its_own(contract: Contract, tools: Mapping[str, Contract]) -> Iterator[Mistake]:
    """Nobody can be asked in the middle of another tool's call."""
    ways: list[tuple[tuple[str | int, ...], str | None]] = [
        (("policy", "fallback", index, "tool"), fallback.tool)
        for index, fallback in enumerate(contract.policy.fallback)
    ]
    for index, step in enumerate(contract.policy.recover):
        ways += [(("policy", "recover", index, "ask", name, "tool"), ask.tool) for name, ask in step.ask.items()]
    for way, name in ways:
        other = tools.get(name or "")
        if other is not None and other.approval is not None:
            yield Mistake(
                way, f"expected a tool without `approval`, found `{name}`: nobody can be asked in the middle of a call"
            )


RULES = (the_message_is_about_arguments, a_permission_covers_one_request)
AMONG = (no_way_needs_a_permission_of_its_own,)
