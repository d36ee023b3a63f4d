"""How many operations of real descriptions get which walk, and by which rule: `python -m tests.importing.yields`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.importing import corpus
from unabridged.tools.importing.description import Description, Operation
from unabridged.tools.importing.effects import effects
from unabridged.tools.importing.inference import Inferred, infer
from unabridged.tools.importing.reading import describe
from unabridged.tools.importing.refusal import NotADescription

__all__ = ["COUNT", "SEED", "Yield", "inferred", "table"]

COUNT = 300
SEED = 20


@dataclass(frozen=True, slots=True)
class Yield:
    """Operations by claim, lists by the kind of their walk and the rule that found it, and what says their end."""

    claims: Counter[str] = field(default_factory=Counter[str])
    walks: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])


def inferred(count: int = COUNT, seed: int = SEED) -> Iterator[tuple[Description, Operation, Inferred]]:
    """Infer every operation of *count* descriptions chosen by *seed*."""
    for path in corpus.documents(count, seed):
        try:
            description = describe(path.read_bytes(), is_json=True)
        except NotADescription:
            continue
        for operation in description.operations:
            yield description, operation, infer(operation, description)


def counted(found: Sequence[tuple[Description, Operation, Inferred]]) -> Yield:
    """Count what was *found*."""
    result = Yield()
    for _, operation, one in found:
        doubted = " (in doubt)" if one.claim == "one" and one.provenance else ""
        result.claims[f"{effects(operation)}, {one.claim}{doubted}"] += 1
        if one.claim == "all":
            result.walks[one.walk["kind"], _end(one)] += 1
    return result


def _end(one: Inferred) -> str:
    """What could say that the walk is over, beside an end by absence, which is never inferred."""
    total = one.complete.get("total")
    if "more" in one.walk:
        return "a flag and a count" if total else "a flag"
    if total is None:
        return "nothing more"
    if "ambiguous" in one.provenance["complete.total"]:
        return "a count of the page or of all"
    return "a count of pages" if total.get("scope") == "pages" else "a count"


def table(result: Yield) -> str:
    """Write *result* as a table of Markdown."""
    ends = sorted({end for _, end in result.walks})
    kinds = sorted({kind for kind, _ in result.walks}, key=lambda kind: -_of(result, kind))
    head = f"| walk | lists | {' | '.join(ends)} |"
    rows = (
        f"| `{kind}` | {_of(result, kind):,} | {' | '.join(f'{result.walks[kind, end]:,}' for end in ends)} |"
        for kind in kinds
    )
    return "\n".join([head, "|---|" + "---|" * (len(ends) + 1), *rows])


def _of(result: Yield, kind: str) -> int:
    return sum(number for (one, _), number in result.walks.items() if one == kind)


def main() -> None:
    """Print the yield of the sample."""
    found = list(inferred())
    result = counted(found)
    print(", ".join(f"{claim}: {number:,}" for claim, number in result.claims.most_common()))
    print(table(result))
    rules = Counter(one.provenance["walk"]["rule"] for _, _, one in found if one.claim == "all")
    print("\n".join(f"{number:,} {rule}" for rule, number in rules.most_common()))


if __name__ == "__main__":
    main()
