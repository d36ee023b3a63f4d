"""The rooms and their direction: server > tools > validators > schemas, and the doors that only one file may open."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "validators", "tools", "server")
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

HTTP_CLIENTS = {"httpx2", "httpcore2", "h11", "http", "urllib", "socket", "ssl"}
INPUT_AND_OUTPUT = {
    "asyncio",
    "anyio",
    "io",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
}
INTERFACES = {"mcp", "mcp_types", "starlette", "uvicorn", "typer", "rich"}


def modules(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield the absolute names that *path* imports; relative imports stay inside the rooms."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case _:
                pass


def heads(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.requirement("P2")
def test_imports_point_down_only() -> None:
    done = subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_upward_import_is_reported(tmp_path: Path) -> None:
    for room in ROOMS:
        package = tmp_path / "unabridged" / room
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
    (tmp_path / "unabridged" / "schemas" / "planted.py").write_text("from ..tools import anything\n")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    command = [
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from importlinter.cli import lint_imports_command; lint_imports_command()",
    ]
    done = subprocess.run(
        [*command, "--no-cache", "--no-logo"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "unabridged.schemas is not allowed to import unabridged.tools" in done.stdout


@pytest.mark.parametrize("path", modules(*ROOMS), ids=short)
def test_inside_the_rooms_imports_are_relative(path: Path) -> None:
    assert "unabridged" not in heads(path)


def test_the_wire_is_in_six_files() -> None:
    harmless = {"http", "urllib"}  # http.HTTPStatus and urllib.parse open no connection
    rooms = modules("schemas", "validators", "tools")
    holders = {
        short(path) for path in rooms if heads(path) & (HTTP_CLIENTS - harmless) or "urllib.request" in imported(path)
    }
    assert holders == {
        f"tools/{name}.py" for name in ("connection", "dialling", "egress", "message", "proxy", "transport")
    }


@pytest.mark.parametrize("path", modules("schemas", "validators"), ids=short)
def test_words_and_judges_touch_neither_clock_nor_disk_nor_network(path: Path) -> None:
    assert not heads(path) & (INPUT_AND_OUTPUT | HTTP_CLIENTS - {"http", "urllib"})


@pytest.mark.parametrize("path", modules("schemas", "validators", "tools"), ids=short)
def test_only_the_server_knows_the_protocol_and_the_terminal(path: Path) -> None:
    assert not heads(path) & INTERFACES


@pytest.mark.requirement("P3")
def test_a_payload_is_delivered_in_one_place() -> None:
    def delivers(path: Path) -> bool:
        tree = ast.parse(path.read_text("utf-8"))
        return any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Delivered"
            for node in ast.walk(tree)
        )

    assert [short(path) for path in modules(*ROOMS) if delivers(path)] == ["tools/answering.py"]


@pytest.mark.parametrize("path", [path for path in modules(*ROOMS) if not path.name.startswith("__")], ids=short)
def test_every_module_says_what_it_is_for_and_what_it_offers(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert ast.get_docstring(tree), "a module docstring is missing"
    assert "__all__" in names, "__all__ is missing"
