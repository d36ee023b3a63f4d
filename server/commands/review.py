"""`unabridged review`: what is in a recording, so that a person can say whether it may be shared, and take more out of it."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ...schemas.recording import Recording
from ...tools.recordings.file import RecordingError, save
from ...tools.recordings.surveying import Asked, Field, Survey, is_done, survey
from ..counted import count
from ..recordings import checked_places, opened, stands, taken_out
from ..rendering import console, moment, show, table
from ..usage import UsageError

__all__ = ["review"]

REVIEWED, WRONG, OPEN = 0, 2, 3


def review(files: Sequence[str], *, redact: Sequence[str], yes: bool, as_json: bool) -> int:
    """Show what is in *files*, take out what *redact* names, and mark them as reviewed if a person says so."""
    words = checked_places(redact)
    found = [(Path(file).expanduser(), taken_out(opened(file), words)) for file in files]
    if as_json:
        sys.stdout.write(json.dumps([_object(path, recording) for path, recording in found], indent=2) + "\n")
    statuses = [_one(path, recording, words, yes=yes, as_json=as_json) for path, recording in found]
    return WRONG if WRONG in statuses else max(statuses, default=REVIEWED)


def _one(path: Path, recording: Recording, words: Sequence[str], *, yes: bool, as_json: bool) -> int:
    if not as_json:
        show(console(sys.stdout), _shown(path, survey(recording)))
    if missing := [word for word in words if not stands(word, recording)]:
        for word in missing:
            sys.stderr.write(f"unabridged: {path}: nothing stands at {word}, so the file was left as it is\n")
        return WRONG
    asking = not (yes or as_json or recording.reviewed) and sys.stdin.isatty() and sys.stdout.isatty()
    if asking:
        recording = _more(path, recording)
    said = yes or (asking and _agrees(path))
    if said or words:
        _save(path, replace(recording, reviewed=said or recording.reviewed))
    if said and not as_json:
        sys.stdout.write(f"{path} is marked as reviewed\n")
    return REVIEWED if said or recording.reviewed else OPEN


def _more(path: Path, recording: Recording) -> Recording:
    """Ask for places until there is none, and show what is left."""
    while word := _said("Take out (a place as above, or nothing to go on): "):
        try:
            recording = taken_out(recording, checked_places([word]))
        except UsageError as wrong:
            sys.stderr.write(f"{wrong}\n")
            continue
        if not stands(word, recording):
            sys.stderr.write(f"nothing stands at {word}, so nothing was taken out\n")
            continue
        show(console(sys.stdout), _shown(path, survey(recording)))
    _save(path, recording)
    return recording


def _agrees(path: Path) -> bool:
    return _said(f"May {path.name} be kept and shared as it is? [y/N] ").lower() in ("y", "yes")


def _said(prompt: str) -> str:
    """What a person answers; nothing where there is no more input."""
    try:
        return input(prompt).strip()
    except EOFError:
        sys.stdout.write("\n")
        return ""


def _save(path: Path, recording: Recording) -> None:
    try:
        save(path, recording)
    except RecordingError as wrong:
        raise UsageError(str(wrong)) from None
    except OSError as trouble:
        raise UsageError(f"{path}: it cannot be written: {trouble.strerror or trouble}") from None


def _object(path: Path, recording: Recording) -> dict[str, Any]:
    found = survey(recording)
    return {"file": str(path), **asdict(found), "suspicious": [asdict(one) for one in found.suspicious]}


# ------------------------------------------------------------------------------------------ for people


def _shown(path: Path, found: Survey) -> RenderableType:
    word, style = ("reviewed", "green") if found.reviewed else ("not reviewed", "yellow")
    told = _plain(f"{found.tool}, {moment(found.at)}, {found.ended}")
    head = Text.assemble((str(path), "bold"), "  ", (word, style), f"  {told}")
    parts: list[RenderableType] = [head, Padding(_requests(found.asked), (0, 0, 0, 2))]
    parts += [Padding(_fields(found.fields, found.redacted), (1, 0, 0, 2))]
    parts += [Text(line) for line in _last(found)]
    return Group(*parts)


def _requests(asked: Sequence[Asked]) -> Table:
    built = table("asked", "times", "came", right=(1,))
    for one in asked:
        built.add_row(_plain(f"{one.method} {one.host}{one.path}"), f"{one.times:,}", _plain(", ".join(one.outcomes)))
    return built


def _fields(fields: Sequence[Field], redacted: Sequence[str]) -> Table:
    built = table("place", "values", "type", "form", "looks like", right=(1,), wrapped=(0, 3, 4))
    for one in fields:
        done = is_done(one.place, redacted)
        looks = Text("taken out", style="green") if done else Text(", ".join(one.looks), style="yellow")
        built.add_row(_plain(one.place), f"{one.values:,}", ", ".join(one.types), _short(one.forms), looks)
    return built


def _plain(text: str) -> str:
    """Write *text*, which a service may have chosen, without anything that a terminal obeys."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def _short(forms: Sequence[str]) -> str:
    return ", ".join(forms[:2]) + (", …" if len(forms) > 2 else "")


def _last(found: Survey) -> Iterator[str]:
    yield ""
    yield _plain(f"taken out: {', '.join(found.redacted) or 'nothing'}")
    if found.left_out:
        yield f"left out: {count(found.left_out, 'exchange')}, for want of room"
    if found.suspicious:
        places = " ".join(f"--redact {shlex.quote(_plain(one.place))}" for one in found.suspicious)
        yield f"to take out all that looks so: unabridged review {places} FILE"
