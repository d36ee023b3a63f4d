"""Each promise of the ledger has a test, and each test that names a promise names one that exists."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .requirements import REQUIREMENTS, Requirement

HERE = Path(__file__).parent
KNOWN = {requirement.id for requirement in REQUIREMENTS}
DUE = [requirement for requirement in REQUIREMENTS if requirement.later is None]


def marks(node: ast.AST) -> Iterator[str]:
    """Yield the ids in `pytest.mark.requirement("…")` anywhere in *node*."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=ast.Attribute(attr="requirement"), args=arguments):
                yield from (
                    argument.value
                    for argument in arguments
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                )
            case _:
                pass


def named(tree: ast.Module) -> Iterator[str]:
    """Yield the ids that the tests of one module name, by decorator, by `pytestmark` or by a parameter's `marks`."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name.startswith("test_"):
                for decorator in node.decorator_list:
                    yield from marks(decorator)
            case ast.Assign() | ast.AnnAssign():
                yield from marks(node)
            case _:
                pass


def shown() -> dict[str, list[str]]:
    """Return for each id the test files that name it."""
    found: dict[str, list[str]] = {}
    for path in sorted(HERE.rglob("test_*.py")):
        for identifier in set(named(ast.parse(path.read_text("utf-8")))):
            found.setdefault(identifier, []).append(path.relative_to(HERE).as_posix())
    return found


SHOWN = shown()


@pytest.mark.parametrize("requirement", DUE, ids=lambda requirement: requirement.id)
def test_every_promise_has_a_test(requirement: Requirement) -> None:
    assert requirement.id in SHOWN, (
        f"no test carries @pytest.mark.requirement({requirement.id!r}): {requirement.sentence}"
    )


def test_every_test_names_promises_that_exist() -> None:
    assert {identifier: files for identifier, files in SHOWN.items() if identifier not in KNOWN} == {}


def test_every_promise_has_an_id_of_its_own() -> None:
    assert len(KNOWN) == len(REQUIREMENTS)


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("@pytest.mark.requirement('G1', 'G2')\ndef test_a(): ...", ["G1", "G2"]),
        ("@pytest.mark.requirement('G1')\nasync def test_a(): ...", ["G1"]),
        ("pytestmark = [pytest.mark.requirement('G3')]", ["G3"]),
        ("CASES = [pytest.param(1, marks=pytest.mark.requirement('G4'))]", ["G4"]),
        ("@pytest.mark.requirement('G1')\ndef helping(): ...", []),
    ],
)
def test_marks_are_read_from_tests_only(source: str, ids: list[str]) -> None:
    assert list(named(ast.parse(source))) == ids
