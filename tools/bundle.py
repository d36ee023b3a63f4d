"""The tool files that come with Unabridged, by the word that a user types; it never reads one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

__all__ = ["bundled"]


def bundled() -> Mapping[str, Path]:
    """Name the bundled tool files: from a bare word such as `github` to the file's path, in alphabetical order.

    >>> bundled()["github"].name
    'github.yaml'
    """
    directory = Path(str(files(__name__.rpartition(".")[0]).joinpath("bundled")))
    return MappingProxyType({path.stem: path for path in sorted(directory.glob("*.yaml"))})
