"""The packaging: one import name out of four directories, all of it and nothing else, and it installs."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "validators", "tools", "server")


def build(project: Path, target: str, to: Path) -> Path:
    # -P: or `validators` on PyPI and ours are mixed up
    command = [sys.executable, "-P", "-m", "hatchling", "build", "--target", target, "--directory", str(to)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    [built] = to.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


def content(archive: Path) -> dict[str, bytes]:
    with ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist() if ".dist-info/" not in name}


def sources() -> dict[str, bytes]:
    files = (
        path
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    return {f"unabridged/{path.relative_to(ROOT).as_posix()}": path.read_bytes() for path in files}


@pytest.mark.requirement("P1")
def test_the_wheel_holds_one_package_and_all_of_it(wheel: Path) -> None:
    assert content(wheel) == sources()


def test_the_wheel_carries_the_licence(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        [licence] = [name for name in opened.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
        assert opened.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_the_source_distribution_builds_the_same_wheel(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as opened:
        opened.extractall(tmp_path / "unpacked", filter="data")
    [project] = (tmp_path / "unpacked").iterdir()
    assert not (project / ".path").exists()
    assert content(build(project, "wheel", tmp_path / "rebuilt")) == content(wheel)


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def declared() -> list[Requirement]:
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in PROJECT["dependencies"] + extras]


def test_everything_that_is_declared_is_imported() -> None:
    providers = packages_distributions()
    used = {canonicalize_name(found) for name in imported() for found in providers.get(name, [name])}
    assert {line for line in PROJECT["dependencies"] if canonicalize_name(Requirement(line).name) not in used} == set()


CARRIED = {"mcp-types": "mcp", "pydantic-core": "pydantic"}  # these pin them to one version


def imported() -> set[str]:
    """Return the first names of everything that the rooms import from outside, wherever the import stands."""
    trees = (ast.parse(path.read_text("utf-8")) for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def test_everything_that_is_imported_is_declared() -> None:
    providers = packages_distributions()
    allowed = {canonicalize_name(requirement.name) for requirement in declared()}
    allowed |= {canonicalize_name(carried) for carried, carrier in CARRIED.items() if carrier in allowed}
    assert {
        name for name in imported() if not allowed & {canonicalize_name(found) for found in providers.get(name, [])}
    } == set()


def pinned() -> dict[str, Requirement]:
    lines = (line.rstrip(" \\") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines())
    requirements = [Requirement(line) for line in lines if line and not line.startswith((" ", "#"))]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


@pytest.mark.requirement("P4")
@pytest.mark.parametrize("requirement", declared(), ids=lambda requirement: requirement.name)
def test_the_constraints_pin_a_version_that_the_project_allows(requirement: Requirement) -> None:
    [pin] = pinned()[canonicalize_name(requirement.name)].specifier
    assert pin.operator == "=="
    assert requirement.specifier.contains(pin.version)


def test_the_constraints_name_no_address_and_hash_everything() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    blocks = [block for block in text.replace("\\\n", " ").splitlines() if block and not block.startswith("#")]
    assert "://" not in text
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel as a user would, with the hash-pinned constraints, and return its scripts directory."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not here to make a fresh environment with")
    home = tmp_path_factory.mktemp("fresh")
    environment = {
        name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
    }

    def call(*arguments: str | Path) -> None:
        done = subprocess.run([uv, *arguments], env=environment, cwd=home, capture_output=True, text=True, check=False)
        if done.returncode and "--require-hashes" in arguments and os.environ.get("CI") != "true":
            pytest.skip(f"the pinned packages cannot be had here: {done.stderr.splitlines()[-1]}")
        assert done.returncode == 0, done.stderr

    call("venv", "--python", sys.executable, home)
    call("pip", "install", "--python", home, "--require-hashes", "--requirement", ROOT / "constraints.txt")
    call("pip", "install", "--python", home, "--no-deps", wheel)
    call("pip", "check", "--python", home)
    return home / ("Scripts" if sys.platform == "win32" else "bin")


def run(scripts: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [scripts / "unabridged", *arguments], cwd=scripts.parent, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_installed_command_says_its_version(installed: Path) -> None:
    done = run(installed, "--version")
    assert done.returncode == 0, done.stderr
    assert PROJECT["version"] in done.stdout


@pytest.mark.slow
def test_the_installed_command_finds_its_own_files_sound(installed: Path) -> None:
    bundled = sorted(path.stem for path in (ROOT / "tools" / "bundled").glob("*.yaml"))
    assert bundled
    done = run(installed, "check", "demo", *bundled)
    assert done.returncode == 0, done.stdout + done.stderr
