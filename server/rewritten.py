"""Imported tool files on the disk: written, or brought up to date with what a person changed in them kept.

Beside each file stands what the import itself wrote (`desk.yaml.imported`), without which nobody could tell what a person changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..tools.importing.filing import Format, Page, Piece, head_of, text, tool_of
from ..tools.importing.opening import Unopened, opened, reopened
from ..tools.importing.reimporting import Change, reimported, written_down
from ..tools.importing.threeway import same
from ..tools.shapes import is_list, is_object
from ..tools.source import LARGEST, Unreadable, parse
from ..tools.whole_files import write_whole
from .usage import UsageError

__all__ = ["Rewriting", "rewrite"]

_SUFFIX = ".imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """The *files* that were written, those that are *gone*, and the *changes* to what had been there."""

    files: tuple[Path, ...] = ()
    gone: tuple[Path, ...] = ()
    changes: tuple[Change, ...] = ()


def rewrite(files: Mapping[Path, Page], *, form: Format, split: bool, dry_run: bool) -> Rewriting:
    """Write *files*, over those of an earlier import where there are some; with *split* they share their directory."""
    foreign = [path for path in files if path.exists() and not _beside(path).exists()]
    if foreign and not dry_run:
        raise UsageError(f"{_not_ours(foreign[0])}: give another --out")
    base = _base(files, form, split=split)
    known = list(base)
    ours = {path: _ours(path, base[path], form) for path in known}
    result, changes = reimported(base, ours, files, form) if known else (dict(files), ())
    contents = {
        path: _content(page, form, trusted=page is files.get(path) or not known) for path, page in result.items()
    }
    if too_large := [path for path, content in contents.items() if len(content.encode()) > LARGEST]:
        raise UsageError(
            f"{too_large[0]} would have more than {LARGEST // 2**20} MB, the most that a tool file may have; choose fewer operations, "
            "or give --out a directory (ending in /) for one file for each tag"
        )
    gone = tuple(path for path in known if path not in result)
    changes += tuple(_lost(path) for path in gone if base[path].head.text != ours[path].head.text)
    changes += tuple(_refused(path) for path in foreign)
    if not dry_run:
        pages = written_down(base, ours, files, result)
        _put(contents, {path: text(page, form) for path, page in pages.items()}, gone)
    return Rewriting(files=tuple(path for path in contents if path not in foreign), gone=gone, changes=changes)


def _not_ours(path: Path) -> str:
    return f"{path} was not written by an import ({_beside(path).name} is not there)"


def _refused(path: Path) -> Change:
    """What a trial run says of a file that no import wrote, which is never written over."""
    return Change(kind="left out", tool="", says=f"{_not_ours(path)}, and would not be written over", asks=True)


def _base(files: Mapping[Path, Page], form: Format, *, split: bool) -> dict[Path, Page]:
    """What an earlier import wrote into the files of this API; raise `UsageError` where one of *files* is another API's."""
    apis = {page.head.value.get("name") for page in files.values()}
    found = {path: _imported(path, form) for path in _known(files, form, split=split)}
    same_api = {path: page for path, page in found.items() if page.head.value.get("name") in apis}
    if others := [path for path in files if path in found and path not in same_api]:
        name = found[others[0]].head.value.get("name")
        raise UsageError(
            f"{others[0]} holds the tools of another API, {name!r}: give another --out, or --name {name} if it is the same"
        )
    return same_api


def _known(files: Mapping[Path, Page], form: Format, *, split: bool) -> list[Path]:
    """The files of earlier imports."""
    beside = {path: _beside(path) for path in files}
    if split:
        for parent in dict.fromkeys(path.parent for path in files):
            beside |= {found.with_suffix(""): found for found in sorted(parent.glob(f"*.{form}{_SUFFIX}"))}
    return [path for path, found in beside.items() if found.exists() and path.exists()]


def _lost(path: Path) -> Change:
    """A file without tools is no tool file; what a person said of the API there goes with it, but not unsaid."""
    says = f"{path}: has no tool any more; what was changed in its `api:` block goes with it"
    return Change(kind="removed", tool="", says=says, asks=True)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as trouble:
        raise UsageError(f"{path} cannot be read: {trouble}") from None


def _imported(path: Path, form: Format) -> Page:
    """What an earlier import wrote into the file at *path*; each part of it is read when somebody asks."""
    try:
        page = reopened(_read(_beside(path)), form)
    except Unopened as reason:
        raise _spoiled(path, reason) from None
    tools = {name: Piece(piece.text, partial(_sound, path, piece)) for name, piece in page.tools.items()}
    return Page(head=Piece(page.head.text, partial(_sound, path, page.head)), tools=tools)


def _sound(path: Path, piece: Piece) -> Mapping[str, Any]:
    try:
        return piece.value
    except Unreadable as unreadable:
        raise _spoiled(path, unreadable.says) from None


def _spoiled(path: Path, why: object) -> UsageError:
    return UsageError(
        f"{_beside(path)} is not what an import wrote any more ({why}): put it back, for example from version control, "
        "or give another --out"
    )


def _ours(path: Path, base: Page, form: Format) -> Page:
    content = _read(path)
    if content == text(base, form):
        return base
    try:
        return opened(content, form, written=base)
    except Unopened as reason:
        raise UsageError(f"{path} cannot be brought up to date: {reason}") from None


def _content(page: Page, form: Format, *, trusted: bool) -> str:
    """The text of a file; where the parts read otherwise together than alone, everything is written anew."""
    content = text(page, form)
    return content if trusted or form == "json" or _says(content, page) else text(_anew(page, form), form)


def _says(content: str, page: Page) -> bool:
    try:
        value = parse(content.encode(), is_json=False).value
    except Unreadable:
        return False
    tools = value.get("tools") if is_object(value) else None
    expected = [piece.value for piece in page.tools.values()]
    return is_object(value) and is_list(tools) and same(tools, expected) and same(value.get("api"), page.head.value)


def _anew(page: Page, form: Format) -> Page:
    return Page(
        head=head_of(page.head.value, form),
        tools={name: _plain(piece, form) for name, piece in page.tools.items()},
    )


def _plain(piece: Piece, form: Format) -> Piece:
    return tool_of(piece.value, form)


def _put(contents: Mapping[Path, str], imported: Mapping[Path, str], gone: tuple[Path, ...]) -> None:
    """Write all files, each whole or not at all; what the import wrote goes last, so that a person's change is never taken for ours."""
    try:
        for path, content in contents.items():
            _replace(path, content)
        for path, content in imported.items():
            _replace(_beside(path), content)
        for path in gone:
            path.unlink(missing_ok=True)
            if path not in imported:
                _beside(path).unlink(missing_ok=True)
    except OSError as trouble:
        raise UsageError(f"the files cannot be written: {trouble.strerror or trouble}") from None


def _replace(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content.encode())
