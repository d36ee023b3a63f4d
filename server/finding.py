"""What is said to somebody of whose choice among a description's operations a part finds nothing.

It lists what there is and what was left out with its reason, and chooses nothing itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..tools.importing.description import Description, Operation
from ..tools.importing.prose import line
from ..tools.importing.selecting import Selection, as_path, finds
from .counted import count

__all__ = ["nothing_found"]

_SHOWN = 30
_LEFT_OUT = 3


def nothing_found(selection: Selection, description: Description, chosen: Sequence[Operation]) -> str | None:
    """Say what of *selection* finds nothing in *description*, of which it has *chosen* these; None where all of it does."""
    if not description.operations:
        why = f"; the first reason: {description.skipped[0].reason}" if description.skipped else ""
        return f"this description has no operation that can be imported{why}"
    vain = [*_vain(selection, description, chosen)]
    if chosen and not vain:
        return None
    number = f"of the {len(description.operations):,} there are"
    options = f"{', '.join(option for option, _ in vain)}: " if chosen else ""
    hints = "".join(_hints([glob for _, glob in vain], description))
    return f"{options}no operation is chosen {number}{hints}. {_there(description)}"


def _vain(selection: Selection, description: Description, chosen: Sequence[Operation]) -> Iterator[tuple[str, str]]:
    """Each option by which nothing is chosen, and its glob; what is to be left out need only be there."""
    yield from ((f"--include {glob!r}", glob) for glob in selection.include if not finds(glob, chosen))
    there = [*description.operations, *(one for one, _ in _left_out(description))]
    yield from ((f"--exclude {glob!r}", glob) for glob in selection.exclude if not finds(glob, there))


def _left_out(description: Description) -> list[tuple[Operation, str]]:
    return [(one.operation, one.reason) for one in description.skipped if one.operation is not None]


def _hints(globs: Sequence[str], description: Description) -> Iterator[str]:
    """Why a choice found nothing: it was left out or deprecated, is chosen by no other word, or was meant for paths."""
    lost = [(one, why) for one, why in _left_out(description) if any(finds(glob, [one]) for glob in globs)]
    for one, why in lost[:_LEFT_OUT]:
        named = f" ({line(one.id)})" if one.id else ""
        yield f"; {one.method} {line(one.path)}{named} is left out: {line(why)}"
    if len(lost) > _LEFT_OUT:
        yield f"; {len(lost) - _LEFT_OUT:,} more are left out"
    for glob in globs:
        if (meant := as_path(glob, description.operations)) is not None:
            yield f"; a glob of paths begins with `/`: {meant!r}"
        elif there := [one for one in description.operations if finds(glob, [one])]:
            yield f"; {glob!r} is of {count(len(there), 'operation')} that other options, or being deprecated, leave out"
    if all(one.deprecated for one in description.operations):
        yield "; all operations are deprecated, which --deprecated includes"


def _there(description: Description) -> str:
    tags = Counter(tag for one in description.operations for tag in dict.fromkeys(one.tags or ("(no tag)",)))
    listed = ", ".join(f"tag:{line(tag)} ({number})" for tag, number in tags.most_common(_SHOWN))
    more = ", …" if len(tags) > _SHOWN else ""
    example = next((one for one in description.operations if one.id), description.operations[0])
    return (
        f"There are: {listed}{more}. "
        f"Choose with --include, for example {example.id!r}, '{example.method.upper()} {example.path}' or 'tag:…'"
    )
