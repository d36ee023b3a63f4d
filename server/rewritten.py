"""Imported tool files on the disk: written, or written anew with what a person changed in them kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..tools.importing.filing import Format, Page, text

__all__ = ["Change", "Rewriting", "rewrite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that became of a tool; *asks* says that a person should look."""

    kind: str
    tool: str
    says: str
    asks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """The *files* that were written, and the *changes* to those that had been there."""

    files: tuple[Path, ...] = ()
    changes: tuple[Change, ...] = ()


def rewrite(files: Mapping[Path, Page], *, form: Format, dry_run: bool) -> Rewriting:
    """Write *files*."""
    for path, page in files.items():
        if not dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text(page, form), "utf-8")
    return Rewriting(files=tuple(files))
