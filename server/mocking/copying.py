"""Copies of tool files that ask the mock: everything stays as it is written but for where the service is.

It never changes the files themselves.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from ...tools.shapes import is_list
from ..usage import UsageError

__all__ = ["check_targets", "copy", "mounted"]

_MARK: Final = "# A copy that asks a mock. `unabridged mock --write` writes it anew.\n"


def mounted(url: str, origin: str, name: str) -> str:
    """Write *url*, or the template of one, as it is below the mock's *origin*.

    >>> mounted("https://{host}/api/v4", "http://127.0.0.1:4010", "gitlab")
    'http://127.0.0.1:4010/gitlab/api/v4'
    """
    path = url.partition("://")[2].partition("/")[2].rstrip("/")
    return f"{origin}/{name}" + (f"/{path}" if path else "")


def check_targets(files: Sequence[Path], directory: Path, sources: Sequence[Path]) -> None:
    """Raise `UsageError` where a copy of one of *files* in *directory* would overwrite one of *sources*, or another copy.

    Nor may it overwrite anything else but a copy that was written before.
    """
    originals = {file.resolve() for file in sources}
    taken: dict[Path, Path] = {}
    for file in files:
        target = _target(file, directory)
        if target.resolve() in originals or not _may_be_written(target):
            raise UsageError(f"--write: {target} would be overwritten; name another directory")
        if (other := taken.setdefault(target, file)) is not file:
            raise UsageError(
                f"--write: {other} and {file} would both be written to {target}; mock one of them at a time"
            )


def _may_be_written(target: Path) -> bool:
    """Whether nothing is at *target*, or a copy."""
    try:
        return target.read_bytes().startswith(_MARK.encode())
    except OSError:  # nothing is there, or it is told when it is written
        return not target.is_file()


def _target(file: Path, directory: Path) -> Path:
    return directory / f"{file.stem}.yaml"


def copy(file: Path, origin: str, directory: Path) -> Path:
    """Write a copy of the tool file *file* into *directory* whose service is the mock at *origin*; return where it is."""
    yaml: Any = YAML()  # ruamel.yaml's types say nothing
    yaml.preserve_quotes = True
    yaml.width = 4096
    document = yaml.load(file.read_text("utf-8"))
    _point(document["api"], origin)
    tools = [cast("MutableMapping[str, Any]", tool) for tool in document["tools"] if isinstance(tool, MutableMapping)]
    if any("provenance" in tool for tool in tools):
        document["api"].setdefault("policy", {})["unproven"] = "flag"  # nothing is proven of a mock
    for tool in tools:  # what is no mapping is wrong, and stays
        _point_tool(tool, document["api"]["name"], origin)
    written = io.StringIO()
    yaml.dump(document, written)
    directory.mkdir(parents=True, exist_ok=True)
    target = _target(file, directory)
    target.write_text(_MARK + written.getvalue(), "utf-8")
    return target


def _point(api: MutableMapping[str, Any], origin: str) -> None:
    api["base_url"] = mounted(api["base_url"], origin, api["name"])
    api["network"] = {"allow": ["loopback"]}
    _point_auth(api.get("auth"), api["name"], origin)
    variables = api.get("variables")
    if isinstance(variables, MutableMapping):
        _drop_unused(api, cast("MutableMapping[str, Any]", variables))


def _point_auth(auth: object, name: str, origin: str) -> None:
    if isinstance(auth, MutableMapping):
        known = cast("MutableMapping[str, Any]", auth)
        known.pop("origin", None)
        if "token_url" in known:
            known["token_url"] = mounted(known["token_url"], origin, name)


def _drop_unused(api: MutableMapping[str, Any], variables: MutableMapping[str, Any]) -> None:
    """Take away the variables that only the host was made of."""
    text = str({name: part for name, part in api.items() if name != "variables"})
    for name in [name for name in variables if f"{{{name}}}" not in text and f"{{var.{name}}}" not in text]:
        del variables[name]
    if not variables:
        del api["variables"]


def _point_tool(tool: MutableMapping[str, Any], name: str, origin: str) -> None:
    _point_auth(tool.get("auth"), name, origin)
    for mirror in _parts(tool, "base_url"):
        mirror["base_url"] = mounted(str(mirror["base_url"]), origin, name)
        mirror["network"] = {"allow": ["loopback"]}
    for part in _parts(tool, "url"):
        if "://" in str(part.get("url", "")) and not str(part["url"]).startswith(origin):
            parts = urlsplit(str(part["url"]))
            part["url"] = mounted(f"{parts.scheme}://{parts.netloc}{parts.path}", origin, name)


def _parts(value: Any, member: str) -> Iterator[MutableMapping[str, Any]]:
    """Every part of a tool that has a *member* of this name."""
    if isinstance(value, MutableMapping):
        members = cast("MutableMapping[str, Any]", value)
        if member in members:
            yield members
        for name, part in members.items():
            if name not in ("input", "schema", "body", "query"):
                yield from _parts(part, member)
    elif is_list(value):
        for part in value:
            yield from _parts(part, member)
