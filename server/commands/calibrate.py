"""`unabridged calibrate`: which bound the gate of a tool should have, measured with queries whose answers are known."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import anyio

from ...schemas.answer import Answer, Delivered
from ...schemas.completeness import Gate
from ...schemas.contract import Contract
from ...schemas.wire import Json
from ...tools.calibration import FEW, Bound, Measured, bounds, opened, recommended, scored
from ...tools.call import call as ask
from ...tools.catalog import read
from ...tools.shelf import Shelf
from ...tools.surroundings import surroundings
from ...validators.records import canonical
from ...validators.relevance import DISTANCES, threshold, written
from ..choosing import chosen
from ..counted import count
from ..logs import log_nothing
from ..rendering import console, show, table
from ..sources import find, served
from ..state import open_shelf
from ..usage import UsageError

__all__ = ["calibrate"]

_MOST_ROWS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One line of the file: a call, and the identifiers that should come of it."""

    line: int
    arguments: Mapping[str, Json]
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findings:
    """What was measured, and what follows from it."""

    gate: Gate
    tried: tuple[Bound, ...]
    best: Bound | None
    queries: int
    labels: int
    unasked: tuple[tuple[int, str], ...]


def calibrate(tool: str, labelled: str, paths: Sequence[str], *, precision: float, as_json: bool) -> int:
    """Measure *tool* with the queries in the file *labelled*; print what each bound would do, and return the exit status."""
    log_nothing()
    sources = find(paths, os.environ)
    catalog = read(sources.paths)
    contract = chosen(tool, catalog)
    gate = _gate(contract)
    queries = _labelled(Path(labelled))
    with served(sources, os.environ) as environment, closing(open_shelf(os.environ)) as shelf:
        measured, unasked = anyio.run(_measured, opened(contract), queries, environment, shelf)
    tried = bounds(gate, measured)
    found = _Findings(
        gate=gate,
        tried=tried,
        best=recommended(tried, precision=precision) if measured else None,
        queries=len(measured),
        labels=sum(len(one.relevant) for one in measured),
        unasked=unasked,
    )
    _print_json(contract, found, precision) if as_json else _print(contract, found, precision)
    return 0 if found.best is not None else 3


def _gate(contract: Contract) -> Gate:
    gate = contract.complete.gate
    if gate is None:
        raise UsageError(f"{contract.name} has no `complete.gate` to calibrate")
    if contract.response.items is None or contract.response.items.id is None:
        raise UsageError(f"{contract.name} has no `response.items.id`, so its items cannot be compared with labels")
    return gate


# ------------------------------------------------------------------------------------------ the labels


def _labelled(file: Path) -> list[Labelled]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as trouble:
        raise UsageError(f"{file} cannot be read: {trouble}") from None
    queries = [_query(file, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not queries:
        raise UsageError(f"{file} holds no query")
    return queries


def _query(file: Path, number: int, line: str) -> Labelled:
    expected = '{"arguments": {…}, "relevant": ["id", …]}'
    try:
        read_: Json = json.loads(line)
    except ValueError:
        raise UsageError(f"{file}:{number}: expected {expected}, found what is not JSON") from None
    match read_:
        case {"arguments": dict() as arguments, "relevant": list() as relevant, **rest} if not rest:
            names = [_identity(label) for label in relevant]
            if None in names:
                raise UsageError(f"{file}:{number}: expected identifiers under `relevant`, found one that is none")
            ids = frozenset(name for name in names if name is not None)
            return Labelled(line=number, arguments=arguments, relevant=ids)
        case _:
            raise UsageError(f"{file}:{number}: expected {expected}, found another value")


def _identity(label: Json) -> str | None:
    """Write *label* as evidence writes identifiers; a list is one of several parts."""
    parts = [canonical(part) for part in label] if isinstance(label, list) else [canonical(label)]
    return None if None in parts or not parts else " ".join(part for part in parts if part is not None)


# ------------------------------------------------------------------------------------------ the measuring


async def _measured(
    contract: Contract, queries: Sequence[Labelled], environment: Mapping[str, str], shelf: Shelf
) -> tuple[list[Measured], tuple[tuple[int, str], ...]]:
    """Ask every query once; those that get no answer are told by line and code, and are not measured."""
    around = replace(surroundings(environment, version=version("unabridged")), shelf=shelf)
    measured: list[Measured] = []
    unasked: list[tuple[int, str]] = []
    for query in queries:
        answer = await ask(contract, query.arguments, surroundings=around)
        items = _scored(contract, answer)
        if items is None:
            unasked.append((query.line, answer.receipt.findings[0].code))
        else:
            measured.append(Measured(items=items, relevant=query.relevant))
    return measured, tuple(unasked)


def _scored(contract: Contract, answer: Answer) -> tuple[tuple[str, float], ...] | None:
    """The items that came and their scores; None where there was no answer at all."""
    match answer:
        case Delivered(payload=payload, receipt=receipt):
            payload.close()
            return scored(contract, receipt.evidence)
        case _:
            return (
                () if answer.receipt.findings[0].code == "low_relevance" else None
            )  # an open gate refuses nothing else


# ------------------------------------------------------------------------------------------ the report


def _print(contract: Contract, found: _Findings, precision: float) -> None:
    word = "max" if found.gate.metric in DISTANCES else "min"
    built = table(
        word, "precision", "recall", "F1", "escalates", "lost", "let through", "", right=(0, 1, 2, 3, 4, 5, 6)
    )
    for row in _shown(found):
        built.add_row(
            written(row.at),
            "none" if row.precision is None else f"{row.precision:.3f}",
            f"{row.recall:.3f}",
            f"{row.f1:.3f}",
            f"{row.refused:.0%}",
            f"{row.lost:.0%}",
            f"{row.let_through:.0%}",
            ", ".join(_marks(found, row)),
        )
    screen = console(sys.stdout)
    show(screen, built)
    screen.print(f"\n{_conclusion(contract, found, precision)}", soft_wrap=True)
    for line in _reservations(found):
        console().print(line, style="yellow")


def _shown(found: _Findings) -> Sequence[Bound]:
    """All rows, or so many that a screen holds them, with those that are marked among them."""
    every = -(-len(found.tried) // _MOST_ROWS) or 1
    return [row for index, row in enumerate(found.tried) if index % every == 0 or _marks(found, row)]


def _marks(found: _Findings, row: Bound) -> list[str]:
    marks = ["recommended"] if row is found.best else []
    return [*marks, "declared"] if row.at == threshold(found.gate) else marks


def _conclusion(contract: Contract, found: _Findings, precision: float) -> str:
    measured = f"{count(found.queries, 'query', 'queries')} with {count(found.labels, 'relevant item')}"
    if found.best is None:
        return (
            f"No bound reaches a precision of {precision:g} over {measured}: the scores do not separate what is right."
        )
    word = "max" if found.gate.metric in DISTANCES else "min"
    rule = f"the best F1 with a precision of at least {precision:g}, over {measured}"
    return f"complete.gate.{word}: {written(found.best.at)}  for {contract.name} ({rule})"


def _reservations(found: _Findings) -> list[str]:
    said = [f"line {line} was not measured: {code}" for line, code in found.unasked]
    if found.queries and not any(row.recall for row in found.tried):
        said.append(
            "Nothing that is labelled ever came: are the labels what `response.items.id` gives, of the same type?"
        )
    if found.queries < FEW:
        said.append(
            f"{count(found.queries, 'query', 'queries')} are few; with {FEW} or more the figures begin to hold."
        )
    if found.best is not None:
        said.append("The figures are those of the queries that the bound was chosen by; others will do a little worse.")
    return said


def _print_json(contract: Contract, found: _Findings, precision: float) -> None:
    told = {
        "tool": contract.name,
        "metric": found.gate.metric,
        "bound": "max" if found.gate.metric in DISTANCES else "min",
        "declared": threshold(found.gate),
        "recommended": None if found.best is None else found.best.at,
        "least_precision": precision,
        "queries": found.queries,
        "relevant": found.labels,
        "few": found.queries < FEW,
        "not_measured": [{"line": line, "code": code} for line, code in found.unasked],
        "bounds": [asdict(row) for row in found.tried],
    }
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
