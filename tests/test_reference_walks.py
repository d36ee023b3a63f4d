"""Every walk that docs/language.md shows brings all items of a real server, at the grade that the page promises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.paged import COUNT, serving
from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.checking import reachable
from unabridged.tools.source import parse
from unabridged.tools.surroundings import surroundings

TEXT = (Path(__file__).parents[1] / "docs" / "language.md").read_text("utf-8")
FOUND = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|^```yaml (?P<kind>part|tool)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)

EXPECTED = {
    # heading, number of the fragment: where the server pages so, and the grade that is reached
    ("single", 0): ("/single", "counted"),
    ("single", 1): ("/single", "documented_absence"),
    ("cursor", 0): ("/cursor", "terminated"),
    ("cursor", 1): ("/header_cursor", "differential"),
    ("cursor", 2): ("/search", "terminated"),
    ("next_url", 0): ("/next_url", "counted"),
    ("next_url", 1): ("/features", "counted"),
    ("link", 0): ("/link", "counted"),
    ("keyset", 0): ("/keyset", "past_end"),
    ("offset", 0): ("/offset", "counted"),
    ("offset", 1): ("/offset", "past_end"),
    ("page", 0): ("/page", "counted"),
    ("page", 1): ("/page_from_0", "counted"),
    ("page", 2): ("/page", "terminated"),
    ("continue", 0): ("/continuation", "documented_absence"),
    ("scroll", 0): ("/logs", "counted"),
    ("stream", 0): ("/export", "counted"),
    ("A feed that never ends", 0): ("/feed", "terminated"),
    ("`census`", 0): ("/cursor", "censused"),
    ("Macros", 0): ("/graphql", "counted"),
}
TOOL: dict[str, Any] = {
    "name": "example",
    "description": "An example.",
    "claim": "all",
    "response": {"items": {"at": "/items", "id": "/id"}},
}
ARGUMENTS = {"repo_issues": {"owner": "python", "name": "cpython"}}


def fragments() -> dict[tuple[str, int], Any]:
    """The fragments of the page by their heading and their number below it."""
    gathered: dict[tuple[str, int], Any] = {}
    heading, number = "", 0
    for match in FOUND.finditer(TEXT):
        if match["heading"]:
            heading, number = match["heading"], 0
        else:
            gathered[heading, number] = parse(match["text"].encode(), is_json=False).value
            number += 1
    return gathered


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serving() as address:
        yield address


def contract(path: Path, origin: str, url: str, fragment: dict[str, Any]) -> Contract:
    tool = fragment if "claim" in fragment else {**TOOL, **fragment}
    tool["request"] = {**fragment.get("request", {}), "url": url}
    if "census" in tool.get("complete", {}):
        tool["complete"]["census"]["request"] = {"url": "/count"}
    file = path / "file.json"
    api = {"name": "example", "base_url": origin, "network": {"allow": ["loopback"]}}
    file.write_text(json.dumps({"unabridged": 1, "api": api, "tools": [tool]}), "utf-8")
    catalog = read([file])
    assert [str(problem) for problem in catalog.problems] == []
    return catalog.contracts[0]


@pytest.mark.requirement("P5")
@pytest.mark.parametrize("which", EXPECTED, ids=lambda which: f"{which[0]} {which[1]}")
def test_a_walk_of_the_reference_brings_everything(which: tuple[str, int], origin: str, tmp_path: Path) -> None:
    url, grade = EXPECTED[which]
    made = contract(tmp_path, origin, url, fragments()[which])
    asking = partial(call, made, ARGUMENTS.get(made.name, {}), surroundings=surroundings({}))
    answer = anyio.run(asking)
    assert isinstance(answer, Delivered), answer
    received = json.loads(b"".join(answer.payload.chunks()))
    answer.payload.close()
    assert [item["title"] for item in received] == [f"item {number}" for number in range(1, COUNT + 1)]
    assert str(answer.receipt.grade) == str(reachable(made)) == grade


def test_every_walk_of_the_reference_is_tried() -> None:
    kinds = TEXT[TEXT.index("## The kinds of walk") : TEXT.index("## Generation")]
    shown = {which for which in fragments() if f"## {which[0]}\n" in kinds}
    assert shown <= set(EXPECTED)
    assert len(shown) == len(re.findall(r"^```yaml", kinds, re.MULTILINE))
