"""The pages of the documentation that are made from the code: docs/codes.md and docs/guarantees.md.

Run it to write them anew (`uv run python -m tests.pages`); tests/test_examples.py fails when they are stale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path

from tests.requirements import REQUIREMENTS, Requirement
from unabridged.schemas.codes import CODES, Code

__all__ = ["DOCS", "PAGES"]

DOCS = Path(__file__).parents[1] / "docs"

CODES_HEAD = """\
# Codes

Every answer that is withheld names its reason with one of these codes. `unabridged explain CODE` prints the same text.
*Retry* says whether the same call can succeed later without any change.

| code | what it means | what to do | retry |
|---|---|---|---|
"""

GUARANTEES_HEAD = """\
# Guarantees

What Unabridged promises, and where each promise comes from. The list is data (`tests/requirements.py`): every promise has at
least one test that carries its id, and the test run fails where one has none. Find the tests of a promise with
`grep -rn '"G13"' tests`.
"""

HEADINGS = {
    "G": "Calls, answers, safety",
    "L": "Tool files",
    "M": "What an MCP client sees",
    "C": "The command line",
    "P": "The project",
}


def codes() -> str:
    """Return docs/codes.md."""

    def row(name: str, code: Code) -> str:
        return f"| `{name}` | {code.meaning} | {code.fix} | {'yes' if code.retry else 'no'} |\n"

    return CODES_HEAD + "".join(row(name, code) for name, code in CODES.items())


def guarantees() -> str:
    """Return docs/guarantees.md."""
    kept = [requirement for requirement in REQUIREMENTS if requirement.later is None]
    coming = [requirement for requirement in REQUIREMENTS if requirement.later is not None]
    sections = [
        f"\n## {HEADINGS[letter]}\n\n" + table(list(rows))
        for letter, rows in groupby(kept, key=lambda kept_one: kept_one.id[0])
    ]
    return GUARANTEES_HEAD + "".join(sections) + "\n## Not built yet\n\n" + table(coming)


def table(rows: list[Requirement]) -> str:
    lines = (f"| {row.id} | {row.sentence} | {row.later or row.source} |\n" for row in rows)
    head = "waits for" if rows[0].later else "source"
    return f"| id | promise | {head} |\n|---|---|---|\n" + "".join(lines)


PAGES: Mapping[str, Callable[[], str]] = {"codes.md": codes, "guarantees.md": guarantees}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")
