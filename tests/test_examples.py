"""Every example in a docstring, in the README and under docs/ runs, or at least reads, as it stands.

What a fence means: the `console` blocks of a page are run in order, each `$ ` line as a command of its own, in a directory
that holds the page's blocks with `title="name"`; the output must be what stands below (`...` stands for anything).  `live`
in the info string says that a block needs the network or an account: only its options are checked.  Receipts, moments and
lengths of time may differ.  `yaml` blocks that begin
as a tool file are read as one, together with the bundled ones of `with="names"`, and `wrong` says that problems are expected.  Everything else is parsed.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import json
import os
import pkgutil
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.pages import DOCS, PAGES
from unabridged.tools import catalog
from unabridged.tools.bundle import bundled

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
SCRIPTS = Path(sys.executable).parent
COMPARE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
COMPARING = doctest.OutputChecker().check_output


# --------------------------------------------------------------------------------------------- docstrings


def modules() -> list[str]:
    rooms = (importlib.import_module(f"unabridged.{room}") for room in ("schemas", "validators", "tools", "server"))
    found = [info.name for room in rooms for info in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")]
    return [name for name in found if not name.endswith("__main__")]


@pytest.mark.requirement("P5")
@pytest.mark.parametrize("name", modules())
def test_the_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name), optionflags=COMPARE).failed == 0


# ------------------------------------------------------------------------------------------ made from code


@pytest.mark.parametrize("name", PAGES)
def test_pages_made_from_the_code_are_fresh(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "run: uv run python -m tests.pages"


# -------------------------------------------------------------------------------------------- fenced blocks


@dataclass(frozen=True, slots=True)
class Example:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    info: str
    text: str

    @property
    def title(self) -> str | None:
        found = re.search(r'title="([^"]+)"', self.info)
        return found[1] if found else None

    @property
    def others(self) -> list[str]:
        """The bundled files that it is read with."""
        found = re.search(r'with="([^"]+)"', self.info)
        return found[1].split() if found else []

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*) *(?P<info>[^\n]*)\n(?P<text>.*?)^(?P=indent)``` *$",
    re.MULTILINE | re.DOTALL,
)


def examples(page: Path) -> Iterator[Example]:
    text = page.read_text("utf-8")
    for found in FENCE.finditer(text):
        inner = re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
        yield Example(page, text.count("\n", 0, found.start()) + 1, found["language"], found["info"], inner)


EXAMPLES = [example for page in DOCUMENTS for example in examples(page)]


def of(*languages: str) -> list[Example]:
    return [example for example in EXAMPLES if example.language in languages]


def is_tool_file(example: Example) -> bool:
    return re.search(r"^\"?unabridged\"?: *\d", example.text, re.MULTILINE) is not None


@pytest.mark.requirement("P5")
@pytest.mark.parametrize("example", of("yaml"), ids=str)
def test_yaml_examples_are_sound(example: Example, tmp_path: Path) -> None:
    if not is_tool_file(example):
        YAML(typ="safe", pure=True).load(example.text)  # pyright: ignore[reportUnknownMemberType] - ruamel.yaml has no types
        return
    path = tmp_path / (example.title or "example.yaml")
    path.write_text(example.text, "utf-8")
    others = [bundled()[word] for word in example.others]
    problems = [str(problem) for problem in catalog.read([path, *others]).problems]
    assert bool(problems) == ("wrong" in example.info.split()), problems


@pytest.mark.requirement("P5")
@pytest.mark.parametrize("example", of("json"), ids=str)
def test_json_examples_are_json(example: Example) -> None:
    json.loads(example.text)


@pytest.mark.requirement("P5")
@pytest.mark.parametrize("example", of("python"), ids=str)
def test_python_examples_are_python(example: Example) -> None:
    if ">>>" in example.text:
        test = doctest.DocTestParser().get_doctest(example.text, {}, str(example), str(example.page), example.line)
        assert doctest.DocTestRunner(optionflags=COMPARE).run(test).failed == 0
    else:
        compile(example.text, str(example), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.requirement("P5")
@pytest.mark.parametrize("example", of("sh", "bash"), ids=str)
def test_shell_examples_are_shell(example: Example) -> None:
    done = subprocess.run(["bash", "-n"], input=example.text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_block_says_what_it_is() -> None:
    known = {"yaml", "json", "python", "sh", "bash", "console", "text"}
    assert [str(example) for example in EXAMPLES if example.language not in known] == []


# ------------------------------------------------------------------------------------------------ commands


def commands(example: Example) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with the output that stands below it."""
    for part in re.split(r"^\$ ", example.text, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield line, output


@pytest.fixture
def desk(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of the user's is read or written, and the output is plain."""
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    home = {name: str(tmp_path / "home") for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    return {
        "PATH": path,
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **home,
    }


@pytest.fixture
def port() -> str:
    """A port that is free now; the pages write 8123."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


VARYING = (
    (re.compile(r"\b[0-9a-f]{20}\b"), "RECEIPT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[ T][\d:.]+(?: UTC|Z)"), "MOMENT"),
    (re.compile(r" *\b\d[\d.,]* (?:ms|s)\b"), " TIME"),
)


def steady(text: str) -> str:
    """Replace what differs from one run to the next: receipts, moments, lengths of time."""
    for pattern, word in VARYING:
        text = pattern.sub(word, text)
    return text


def runs(example: Example) -> bool:
    return example.language == "console" and "live" not in example.info.split()


@pytest.mark.requirement("P5")
@pytest.mark.parametrize(
    "page", [page for page in DOCUMENTS if any(runs(example) for example in examples(page))], ids=lambda page: page.name
)
def test_commands_print_what_the_page_says(page: Path, desk: dict[str, str], port: str, tmp_path: Path) -> None:
    shell = partial(
        subprocess.Popen,
        cwd=tmp_path,
        env=desk,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with ExitStack() as running:
        for example in examples(page):
            text = example.text.replace("8123", port)
            if example.title:
                (tmp_path / example.title).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / example.title).write_text(text, "utf-8")
            for line, expected in commands(replace(example, text=text)) if runs(example) else ():
                process = running.enter_context(
                    shell(["bash", "-c", f"exec {line.removesuffix(' &')}" if line.endswith(" &") else line])
                )
                if line.endswith(" &"):
                    running.callback(process.terminate)
                    assert process.stdout is not None
                    printed = process.stdout.readline()  # a server is ready when it says so
                else:
                    printed, _ = process.communicate(timeout=60)
                good = (
                    COMPARING(steady(expected), steady(printed), COMPARE)
                    if expected.strip()
                    else process.returncode in (0, None)
                )
                assert good, f"$ {line}\n{printed}"


def unabridged_lines() -> list[str]:
    lines = [line for example in of("console") for line, _ in commands(example)]
    lines += [line for example in of("sh", "bash") for line in example.text.splitlines()]
    return sorted(
        {
            found[0]
            for line in lines
            if (found := re.search(r"\bunabridged (?:serve|call|check|tools|explain|demo)\b[^&|;#>]*", line))
        }
    )


@pytest.mark.requirement("P5")
@pytest.mark.parametrize("line", unabridged_lines())
def test_every_option_that_a_page_uses_exists(line: str, desk: dict[str, str], tmp_path: Path) -> None:
    _, command, *rest = shlex.split(line)
    helped = subprocess.run(
        [SCRIPTS / "unabridged", command, "--help"], env=desk, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert helped.returncode == 0, helped.stderr
    assert [word for word in rest if word.startswith("--") and word.partition("=")[0] not in helped.stdout] == []


# --------------------------------------------------------------------------------------------------- links


def links(page: Path) -> Iterator[str]:
    text = FENCE.sub("", page.read_text("utf-8"))
    yield from re.findall(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)", text)


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    local = [link for link in links(page) if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []
