"""The published JSON Schema of the language is made from the code, and agrees with the reader on what is sound."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from tests.toolfiles import document
from unabridged.schemas.contract import Contract
from unabridged.tools.bundle import bundled
from unabridged.tools.language_schema import file_schema
from unabridged.tools.macros import MACROS
from unabridged.tools.source import parse

ROOT = Path(__file__).parents[1]
FILE = ROOT / "schemas" / "tool-file.schema.json"
SCHEMA: dict[str, Any] = json.loads(FILE.read_text("utf-8"))


def wrong(value: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA, offline=True).iter_errors(value)]


@pytest.mark.requirement("L5")
def test_the_published_schema_is_the_one_that_the_code_makes() -> None:
    assert file_schema() == SCHEMA, "run: uv run python -m unabridged.tools.language_schema"


@pytest.mark.requirement("L5")
def test_it_is_a_schema() -> None:
    assert not Draft202012Validator(SCHEMA, offline=True).is_valid({})


FILES = [*bundled().values(), ROOT / "server" / "demo" / "demo.yaml"]


@pytest.mark.requirement("L5")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_tool_file_that_comes_along_fits_it(path: Path) -> None:
    assert wrong(parse(path.read_bytes(), is_json=False).value) == []


@pytest.mark.requirement("L5")
@pytest.mark.parametrize(
    ("tool", "api"),
    [
        ({"requst": {}}, {}),
        ({"claim": "everything"}, {}),
        ({"walk.kind": "cursr"}, {}),
        ({"walk.pagesize": 5}, {}),
        ({"complete.require": "certain"}, {}),
        ({"response.status": 99}, {}),
        ({}, {"auth": {"kind": "bearer", "token": "secret"}}),
        ({}, {"netwrk": {}}),
    ],
)
def test_it_refuses_what_editors_should_mark(tool: dict[str, Any], api: dict[str, Any]) -> None:
    assert wrong(document(tool, api))


@pytest.mark.requirement("L5")
def test_a_walk_may_be_one_word_a_macro_or_half_of_what_the_block_says() -> None:
    for walk in ("drf", {"kind": "relay", "connection": "/data/x"}, {"kind": "cursor", "limits": {"pages": 5}}):
        assert wrong(document({"walk": walk})) == []


def test_every_word_has_a_description_where_a_class_has_one() -> None:
    definitions = SCHEMA["$defs"]
    assert [name for name, found in definitions.items() if "description" not in found and "enum" not in found] == []
    assert {one["properties"]["kind"]["const"] for one in definitions["Macro"]["oneOf"]} == set(MACROS)
    assert Contract.__doc__
