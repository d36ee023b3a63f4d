"""What real operations say about themselves, by hand (`truth.yaml`), and how what is inferred of them compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from tests.importing import corpus
from unabridged.tools.importing.description import Description
from unabridged.tools.importing.inference import Inferred, infer
from unabridged.tools.importing.reading import describe
from unabridged.tools.shapes import is_list

__all__ = ["SETS", "Score", "read", "scored"]

Truth: TypeAlias = Mapping[str, Any]

LINES = ("claim", "walk", "next", "send", "more", "items", "size", "total")

with (Path(__file__).parent / "truth.yaml").open(encoding="utf-8") as _file:
    SETS: Mapping[str, list[Truth]] = yaml.safe_load(_file)


@dataclass(frozen=True, slots=True)
class Line:
    """One claimed line of one operation: *right*, wrong, or left open by naming what else it may mean."""

    name: str
    claimed: Any
    right: bool
    open: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """The lines that were claimed of a set, the operations with a *wrong* one, and what could have been claimed as well."""

    claimed: Counter[str]
    right: Counter[str]
    said: Counter[str]
    open: Counter[bool]
    wrong: tuple[str, ...]

    @property
    def precision(self) -> float:
        """The share of the claimed lines that are right."""
        return self.right.total() / max(1, self.claimed.total())

    @property
    def recall(self) -> float:
        """The share of the lines that the descriptions say that were claimed, and rightly."""
        return self.right.total() / max(1, self.said.total())

    def __str__(self) -> str:
        rows = (f"{name}: {self.right[name]} of {self.claimed[name]}, {self.said[name]} said" for name in LINES)
        left = f"left open: {self.open[True]} with the right meaning among those named, {self.open[False]} without"
        return "\n".join((*rows, f"precision {self.precision:.3f}, recall {self.recall:.3f}", left, *self.wrong))


@cache
def read(name: str) -> Description:
    """Read one description of the corpus by its *name*; `github` is GitHub's own."""
    path = corpus.github() if name == "github" else corpus.document(name)
    return describe(path.read_bytes(), is_json=True)


def scored(name: str) -> Score:
    """Compare what is inferred with the set of truths called *name*."""
    claimed, right, said, left, wrong = Counter[str](), Counter[str](), Counter[str](), Counter[bool](), list[str]()
    for truth in SETS[name]:
        said.update(line for line in LINES if _says(truth, line))
        for line in _lines(truth, _inferred(truth)):
            if line.open:
                left[line.right] += 1
                continue
            claimed[line.name] += 1
            right[line.name] += line.right
            if not line.right:
                wrong.append(f"{truth['in']} {truth['is']}: {line.name}: {line.claimed}")
    return Score(claimed, right, said, left, tuple(wrong))


def _inferred(truth: Truth) -> Inferred:
    description = read(truth["in"])
    found = [one for one in description.operations if f"{one.method} {one.path}" == truth["is"]]
    assert found, f"{truth['in']} has no {truth['is']}"
    return infer(found[0], description)


def _says(truth: Truth, line: str) -> bool:
    walks = _several(truth["walk"])
    match line:
        case "claim":
            return "one" not in walks
        case "walk":
            return not {"one", "single"} & {*walks}
        case _:
            return line in truth and "one" not in walks


def _lines(truth: Truth, found: Inferred) -> Iterator[Line]:
    """What is claimed; `single` claims nothing, because it only says that nothing was found."""
    walks = _several(truth["walk"])
    if found.claim != "all" or found.items is None:
        return
    yield Line("claim", "all", walks != ["one"])
    if found.walk["kind"] != "single":
        yield Line("walk", found.walk["kind"], found.walk["kind"] in walks)
    for name in ("next", "send", "more"):
        if name in found.walk:
            yield Line(name, found.walk[name], found.walk[name] in _several(truth.get(name)))
    yield Line("items", found.items["at"], found.items["at"] == truth.get("items"))
    if "page_size" in found.walk:
        send = found.walk["page_size"]["send"]
        yield Line("size", send, send == truth.get("size"))
    if "total" in found.complete:
        yield _total(truth, found.complete["total"], found.provenance["complete.total"])


def _total(truth: Truth, total: Mapping[str, Any], said: Mapping[str, Any]) -> Line:
    scope = truth.get("total", {}).get(total["at"])
    meanings = said.get("ambiguous", ())
    if meanings:
        return Line("total", total, scope in meanings or total["at"] in truth.get("unclear", ()), open=True)
    return Line("total", total, scope == total.get("scope", "walk"))


def _several(value: Any) -> list[Any]:
    return [*value] if is_list(value) else [value]
