"""Reading tool files: contracts for what is sound, and every mistake, all at once, each with its file and line.

A wrong tool never takes the good ones down, and no content of a file raises.  It opens the files it is given, the lock file
beside each and no other, and touches neither network nor environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from ..schemas.contract import Contract
from ..schemas.proof import Lock
from .assembling import SECTIONS, TOOL, assemble, digest, grouped
from .checking import check, check_among
from .doubting import refuted
from .framing import around, grouping, kind
from .macros import Misused
from .mistake import Mistake, Problem, Way
from .proof import Damaged, lock_of, own_words, read_lock, subject
from .reported import Report
from .scanning import scan
from .shapes import is_list, is_object
from .source import LARGEST, Source, Unreadable, parse
from .wording import stray, worded

__all__ = ["SUFFIXES", "Catalog", "Problem", "read"]

SUFFIXES = (".yaml", ".yml", ".json")

Object: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Catalog:
    """What tool files say: the sound *contracts*, in the order of the files, and all *problems*."""

    contracts: tuple[Contract, ...]
    reports: tuple[Report, ...] = field(default=(), repr=False)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong; looking for the lines of a large file takes longer than reading it."""
        return tuple(problem for report in self.reports for problem in report.problems())

    @cached_property
    def errors(self) -> tuple[Problem, ...]:
        """What is so wrong that a tool is not served."""
        return tuple(problem for report in self.reports for problem in report.problems("error"))

    @property
    def warnings(self) -> int:
        """How many problems are none of these."""
        return sum(report.count("warning") for report in self.reports)


@cache
def _contracts() -> TypeAdapter[Contract]:
    return TypeAdapter(Contract)


def read(
    paths: Sequence[Path], *, parse: Callable[..., Source] = parse, locks: Callable[[Path], Lock] = read_lock
) -> Catalog:
    """Read the tool files at *paths*; a directory stands for the tool files directly inside it, in order of their names.

    *parse* makes a document of a file's bytes, as `source.parse` does, and *locks* reads the lock file beside it, as
    `read_lock` does.
    """
    read: dict[str, _Read] = {}
    reports: list[Report] = []
    for file in dict.fromkeys(file for path in paths for file in _files(path)):
        report = Report(file)
        reports.append(report)
        for contract, way in _document_of(file, report, parse, locks):
            if contract.name in read:
                report.add(
                    Mistake((*way, "name"), f"expected a name that no other tool has, found `{contract.name}` again")
                )
            else:
                read[contract.name] = _Read(contract, way, report)
    sound = tuple(_sound_among(read))
    return Catalog(contracts=sound, reports=tuple(reports))


@dataclass(frozen=True, slots=True)
class _Read:
    """A contract that is sound by itself, and where it was read."""

    contract: Contract
    way: Way
    report: Report


def _sound_among(read: Mapping[str, _Read]) -> Iterator[Contract]:
    """Report what is wrong with what tools say of each other; yield those of which nothing is."""
    tools = {name: one.contract for name, one in read.items()}
    for one in read.values():
        mistakes = list(check_among(one.contract, tools))
        for mistake in mistakes:
            source, index = one.report.source, one.way[-1]
            if source is not None and isinstance(index, int):
                one.report.add(_placed(source, index, mistake))
        if not any(mistake.severity == "error" for mistake in mistakes):
            yield one.contract


def _files(path: Path) -> Iterable[Path]:
    try:
        inside = sorted(path.iterdir()) if path.is_dir() else None
    except OSError:
        inside = None  # opening it will say why
    return (
        [path]
        if inside is None
        else [file for file in inside if file.suffix in SUFFIXES and file.is_file() and not file.name.startswith(".")]
    )


# -------------------------------------------------------------------------------------------------- files


def _document_of(
    path: Path, report: Report, parse: Callable[..., Source], locks: Callable[[Path], Lock]
) -> Iterator[tuple[Contract, Way]]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        report.source = parse(content, is_json=path.suffix == ".json")
    except OSError as error:
        report.put(1, f"expected a file that can be read, found: {error.strerror or type(error).__name__}")
    except Unreadable as unreadable:
        report.put(unreadable.line, unreadable.says)
    else:
        if _locked(path, report, locks):
            yield from _document(report.source, report)


def _locked(path: Path, report: Report, locks: Callable[[Path], Lock]) -> bool:
    """Read what is proven of the tools; without it they would be believed on weaker grounds than whoever proved them meant."""
    try:
        report.lock = locks(lock_of(path))
    except Damaged as damaged:
        report.add(Mistake((), f"{lock_of(path).name}: {damaged}", "prove the tools again, or delete that file"))
        return False
    return True


def _document(source: Source, report: Report) -> Iterator[tuple[Contract, Way]]:
    document = source.value
    if not is_object(document):
        report.add(Mistake((), "expected an object with `unabridged`, `api` and `tools`, found none"))
        return
    mistakes = list(around(document))
    for mistake in mistakes:
        report.add(mistake)
    api, tools = document.get("api"), document.get("tools")
    if not is_object(api) or not is_list(tools):
        return
    sound = not any(mistake.severity == "error" for mistake in mistakes)
    for index, tool in enumerate(tools):
        contract = _tool(source, api, tool, index, report)
        if contract is not None and sound:
            yield contract, ("tools", index)


# -------------------------------------------------------------------------------------------------- tools


def _tool(source: Source, api: Object, tool: object, index: int, report: Report) -> Contract | None:
    """Build the contract of one tool; report every mistake, and return None where there is an error."""
    way: Way = ("tools", index)
    if not is_object(tool):
        report.add(Mistake(way, f"expected a tool, an object, found {kind(tool)}"))
        return None
    mistakes = [*stray(tool, TOOL, way), *grouping(tool, way)]
    contract, found = _contract(api, grouped(tool), report.lock)
    mistakes += [_placed(source, index, mistake) for mistake in (*scan(tool), *found)]
    for mistake in mistakes:
        report.add(mistake)
    return None if any(mistake.severity == "error" for mistake in mistakes) else contract


def _contract(api: Object, tool: Object, lock: Lock) -> tuple[Contract | None, list[Mistake]]:
    try:
        assembled = assemble(api, tool)
    except Misused as misused:
        return None, [misused.mistake]
    try:
        contract = _contracts().validate_python({**assembled, **_known(assembled, lock)})
    except ValidationError as error:
        found = worded(error.errors(include_url=False), assembled, Contract)
        own = ("provider", "auth") if "auth" in tool else ("",)
        return None, [one for one in found if one.way[:1] != ("provider",) or one.way[:2] == own]
    return contract, [*check(contract), *_outdated(contract, lock), *_refuted(contract)]


def _known(assembled: Object, lock: Lock) -> dict[str, Any]:
    """What the reader adds to what is written: the digests, what is proven, and whose lines are inferred still."""
    about, proof = subject(assembled), lock.tools.get(str(assembled.get("name")))
    known: dict[str, Any] = {"digest": digest(assembled), "subject": about}
    if proof is not None and proof.subject == about:
        known["proof"] = proof
    if is_object(provenance := assembled.get("provenance")):
        known["provenance"] = own_words(assembled, provenance)
    return known


def _outdated(contract: Contract, lock: Lock) -> Iterator[Mistake]:
    proof = lock.tools.get(contract.name)
    if proof is not None and proof.subject != contract.subject:
        false = refuted(replace(contract, proof=proof))
        yield Mistake(
            (),
            f"expected the definition that was proven on {proof.proven_at[:10]}, found another one: nothing is proven of it"
            + (f" (refuted then: {', '.join(false)})" if false else ""),
            f"run `unabridged prove {contract.name}`",
            "warning",
        )


def _refuted(contract: Contract) -> Iterator[Mistake]:
    """No error, or nobody could prove the tool anew; that it is refused when it is called says `doubting.py`."""
    if false := refuted(contract):
        yield Mistake(
            tuple(false[0].split(".")),
            f"expected lines that are true of the service, found refuted: {', '.join(false)}",
            f"correct them and run `unabridged prove {contract.name}`",
            "warning",
        )


def _placed(source: Source, index: int, mistake: Mistake) -> Mistake:
    """Find where in the file a part of an assembled tool was written: in the tool, or in the block laid under it."""
    way = mistake.way
    tool: Way = ("tools", index)
    if way[:2] == ("provider", "auth") and source.reach((*tool, "auth")) == len(tool) + 1:
        return Mistake((*tool, *way[1:]), mistake.message, mistake.hint, mistake.severity)
    if way[:1] == ("provider",):
        return Mistake(("api", *way[1:]), mistake.message, mistake.hint, mistake.severity)
    places: list[tuple[Way, Way]] = [(tool, way), ((*tool, "tool"), way)]
    if way[:1] and way[0] in SECTIONS:
        places += [(("api",), way), (("api", "defaults"), way)]
    if way[:2] == ("request", "headers"):
        places.append((("api",), way[1:]))
    best = min(((*above, *below) for above, below in places), key=lambda place: len(place) - source.reach(place))
    return Mistake(best, mistake.message, mistake.hint, mistake.severity)
