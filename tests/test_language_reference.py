"""Every example of docs/language.md is read as a tool file, and what it says of the code is what the code says.

A `yaml` block that begins with `unabridged:` is a whole file; `yaml tool` is one tool, `yaml api` an `api:` block, and
`yaml part` parts of a tool.  The expansions of the macros are written anew by `python -m tests.test_language_reference`.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from unabridged.schemas.claim import Grade
from unabridged.tools.assembling import assemble
from unabridged.tools.catalog import read
from unabridged.tools.language_schema import PARTS
from unabridged.tools.macros import MACROS, Macro
from unabridged.tools.shapes import is_list, is_object
from unabridged.tools.source import parse

PAGE = Path(__file__).parents[1] / "docs" / "language.md"
TEXT = PAGE.read_text("utf-8")
BLOCK = re.compile(r"^```yaml(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
EXPANSIONS = re.compile(r"(?<=<!-- macros -->\n).*?(?=<!-- end of macros -->)", re.DOTALL)

API = {"name": "example", "base_url": "https://api.example.com"}
TOOL: dict[str, Any] = {
    "name": "example",
    "description": "An example.",
    "claim": "all",
    "request": {"url": "/items"},
    "response": {"items": {"at": "/items", "id": "/id"}},
}


def blocks() -> list[Any]:
    return [
        pytest.param(found["info"].split(), found["text"], id=f"line {TEXT.count(chr(10), 0, found.start()) + 1}")
        for found in BLOCK.finditer(TEXT)
    ]


def document(kinds: list[str], text: str) -> Any:
    value = parse(text.encode(), is_json=False).value
    match kinds:
        case ["tool"]:
            return {"unabridged": 1, "api": API, "tools": [value]}
        case ["api"]:
            return {"unabridged": 1, "api": value, "tools": [TOOL]}
        case ["part"]:
            assert isinstance(value, dict)
            alone = {} if {"walk", "complete", "claim"} & set(value) else {"walk": {"kind": "single", "more": "/more"}}
            return {"unabridged": 1, "api": API, "tools": [{**TOOL, **alone, **value}]}
        case _:
            return value


@pytest.mark.requirement("P5")
@pytest.mark.parametrize(("kinds", "text"), blocks())
def test_every_example_of_the_reference_is_sound(kinds: list[str], text: str, tmp_path: Path) -> None:
    file = tmp_path / "example.json"
    file.write_text(json.dumps(document(kinds, text)), "utf-8")
    catalog = read([file])
    assert [str(problem) for problem in catalog.problems] == []
    assert catalog.contracts


@pytest.mark.parametrize(("kinds", "text"), blocks())
def test_every_example_says_what_it_is(kinds: list[str], text: str) -> None:
    assert kinds in (["tool"], ["api"], ["part"], ['title="desk.yaml"'], ['title="search.yaml"'])


def words() -> set[str]:
    """Every name that a tool file can hold."""
    found: set[str] = set()
    for part in PARTS:
        for one in vars(part).values():
            if isinstance(one, type) and hasattr(one, "__pydantic_config__"):
                found |= {field.name.rstrip("_") for field in fields(one)}
    return found - {"provider", "digest"}


@pytest.mark.parametrize("word", sorted(words()))
def test_every_name_of_the_language_is_in_the_reference(word: str) -> None:
    assert re.search(rf"\b{re.escape(word)}\b", TEXT)


@pytest.mark.parametrize("grade", [grade for grade in Grade if grade])
def test_every_grade_is_in_the_reference(grade: Grade) -> None:
    assert f"| `{grade}` |" in TEXT


# ------------------------------------------------------------------------------------------- expansions


def written(name: str, macro: Macro) -> dict[str, Any]:
    """What one writes for a macro: what must be given, and nothing else."""
    examples = {"items": "/items", "connection": "/data/things", "list": "categorymembers", "limit": "cmlimit"}
    given = {parameter.name: examples[parameter.name] for parameter in macro.parameters if parameter.required}
    return {"kind": name, **given}


def expansion(name: str, macro: Macro) -> str:
    """Describe one macro: its parameters, and what it becomes."""
    tool = {name: value for name, value in TOOL.items() if name not in ("response", "request")}
    whole = assemble(API, {**tool, "request": {}, "walk": written(name, macro)})
    parts = {part: whole[part] for part in ("request", "response", "walk", "complete") if whole.get(part)}
    parameters = ", ".join(
        f"`{one.name}` ({one.description}; {'required' if one.required else f'default `{json.dumps(one.default)}`'})"
        for one in macro.parameters
    )
    described = " ".join(macro.description.split())
    return f"### {name}\n\n{described} Takes {parameters}.\n\n```text\n{yaml({'walk': written(name, macro)})}# becomes\n{yaml(parts)}```\n"


def yaml(value: Any) -> str:
    lines: list[str] = []
    for name, part in value.items():
        lines += [f"{name}:"] + [f"  {inner}: {flow(member)}" for inner, member in part.items()]
    return "\n".join(lines) + "\n"


def flow(value: Any) -> str:
    if is_object(value):
        return "{" + ", ".join(f"{flow(name)}: {flow(member)}" for name, member in value.items()) + "}"
    if is_list(value):
        return "[" + ", ".join(map(flow, value)) + "]"
    plain = isinstance(value, str) and re.fullmatch(r"[\w/$@.:-]*[\w/]", value)
    return value if plain and parse(value.encode(), is_json=False).value == value else json.dumps(value)


def expansions() -> str:
    return "\n" + "\n".join(expansion(name, macro) for name, macro in MACROS.items()) + "\n"


@pytest.mark.requirement("L6")
def test_the_expansions_in_the_reference_are_those_of_the_code() -> None:
    found = EXPANSIONS.search(TEXT)
    assert found is not None
    assert found[0] == expansions(), "run: uv run python -m tests.test_language_reference"


if __name__ == "__main__":
    PAGE.write_text(EXPANSIONS.sub(lambda _: expansions(), TEXT), "utf-8")
