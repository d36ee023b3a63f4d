"""`unabridged import`: from a description of an API to tool files, with the price of what was chosen."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import anyio

from ...tools.importing.basing import Nowhere
from ...tools.importing.defining import Definitions, definitions
from ...tools.importing.description import Description, Operation
from ...tools.importing.fetching import Unfetched, fetched
from ...tools.importing.filing import Format, pages, text
from ...tools.importing.naming import api_name, snake
from ...tools.importing.overlay import read_overlay
from ...tools.importing.prose import line
from ...tools.importing.reading import describe
from ...tools.importing.refusal import Unimportable
from ...tools.importing.selecting import Selection, chosen
from ...tools.importing.trying import Tried, tried
from ...tools.source import Unreadable
from ..finding import nothing_found
from ..imported import print_outcome, print_overlays, print_price, report
from ..listing import servable
from ..remembered import remembering
from ..rewritten import Rewriting, rewrite
from ..usage import UsageError

__all__ = ["Wanted", "import_spec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for on the command line."""

    spec: str
    out: str | None
    name: str | None
    base_url: str | None
    overlays: tuple[str, ...]
    selection: Selection
    form: Format | None
    report: str | None
    dry_run: bool
    as_json: bool


def import_spec(wanted: Wanted) -> int:
    """Import what is *wanted*, print what became of it, and return the exit status."""
    if wanted.as_json and wanted.out == "-":
        raise UsageError("--json and --out - both write to standard output: give the report a file with --report")
    _check_report(wanted, map(Path, (wanted.spec, *wanted.overlays)))
    description = _described(wanted)
    operations = chosen(wanted.selection, description.operations)
    if (why := nothing_found(wanted.selection, description, operations)) is not None:
        raise UsageError(why)
    api = _name(wanted, description)
    attempt = tried(_made(wanted, description, operations, api), faults=lambda contracts: servable(contracts)[1])
    if attempt.wrong:
        raise UsageError(f"the tools of this description would not be sound: {attempt.wrong[0]}")
    if not attempt.sound.tools:
        reasons = Counter(one.reason for one in attempt.sound.skipped)
        raise UsageError(f"none of the chosen operations can become a tool: {'; '.join(map(line, [*reasons][:3]))}")
    contracts = [attempt.contracts[one.name] for one in attempt.sound.tools]
    if not wanted.as_json:
        print_price(contracts)
    written = _write(wanted, attempt, description, api)
    skipped = (*description.skipped, *attempt.sound.skipped)
    told = report(api, attempt, written, skipped)
    if wanted.report is not None:
        _write_report(Path(wanted.report), told)
    if wanted.as_json:
        sys.stdout.write(_dumped(told))
    else:
        print_outcome(attempt, written, skipped, dry_run=wanted.dry_run)
    return 0


def _check_report(wanted: Wanted, files: Iterable[Path]) -> None:
    """Refuse a report in the place of *files*, which are read or written."""
    if wanted.report is not None and Path(wanted.report).resolve() in {file.resolve() for file in files}:
        raise UsageError(f"--report: {wanted.report!r} is read or written already: give the report a file of its own")


def _write_report(path: Path, told: object) -> None:
    try:
        path.write_text(_dumped(told), "utf-8")
    except OSError as trouble:
        raise UsageError(f"--report: {str(path)!r} cannot be written: {trouble.strerror or trouble}") from None


def _dumped(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


# ------------------------------------------------------------------------------------------ reading


def _described(wanted: Wanted) -> Description:
    content = _content(wanted.spec)
    local = not _is_url(wanted.spec) and wanted.spec != "-"
    try:
        overlays = [(path, read_overlay(_local(path))) for path in wanted.overlays]
        print_overlays(overlays, wanted.spec)
        return describe(
            content, base=Path(wanted.spec).parent if local else None, overlays=[one for _, one in overlays]
        )
    except Unimportable as reason:
        raise UsageError(f"{line(wanted.spec)[:200]} cannot be imported: {reason}") from None


def _content(spec: str) -> bytes:
    if spec == "-":
        return sys.stdin.buffer.read()
    if _is_url(spec):
        try:
            return anyio.run(_fetched, spec)
        except Unfetched as reason:
            raise UsageError(f"the description at {line(spec)[:200]} cannot be fetched: {reason}") from None
    return _local(spec)


def _local(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as trouble:
        raise UsageError(f"{path!r} cannot be read: {trouble.strerror or trouble}") from None


async def _fetched(url: str) -> bytes:
    return await fetched(url, version=version("unabridged"))


def _is_url(spec: str) -> bool:
    return spec.startswith(("http://", "https://"))


def _name(wanted: Wanted, description: Description) -> str:
    if wanted.name is not None:
        if not snake(wanted.name):
            raise UsageError(f"--name: expected letters or digits, found {wanted.name!r}")
        return snake(wanted.name)
    spec = wanted.spec
    otherwise = urlsplit(spec).hostname or "api" if _is_url(spec) else Path(spec).stem
    return api_name(description, otherwise)


def _made(wanted: Wanted, description: Description, operations: Sequence[Operation], api: str) -> Definitions:
    source = wanted.spec if _is_url(wanted.spec) else None
    try:
        return definitions(description, operations, api=api, base_url=wanted.base_url, source=source)
    except Nowhere as reason:
        raise UsageError(f"{reason}; say where with --base-url https://…") from None


# ------------------------------------------------------------------------------------------ writing


def _is_directory(out: str) -> bool:
    """Whether tool files go into *out*: it is one, says so, or ends in nothing that a tool file ends in."""
    path = Path(out)
    return out.endswith(("/", os.sep)) or path.is_dir() or (out != "-" and not path.suffix and not path.is_file())


def _write(wanted: Wanted, attempt: Tried, description: Description, api: str) -> Rewriting:
    form = _form(wanted)
    out = wanted.out or f"{api}.{form}"
    split = _is_directory(out)
    laid = pages(attempt.sound, told=list(_told(wanted, description)), form=form, split=split)
    if out == "-":
        sys.stdout.write(text(laid[""], form))
        return Rewriting()
    suffix = "." + form
    files = {Path(out) / f"{stem}{suffix}" if split else Path(out): page for stem, page in laid.items()}
    _check_report(wanted, files)
    written = rewrite(files, form=form, split=split, dry_run=wanted.dry_run)
    if form == "yaml" and not wanted.dry_run:
        _remember(written.files)
    return written


def _remember(files: Sequence[Path]) -> None:
    """Read what was written once as a server does, so that its first start need not."""
    read = remembering(os.environ)
    for file in files:
        with suppress(OSError, Unreadable):  # whoever reads the file next will say so
            read(file.read_bytes(), is_json=False)


def _form(wanted: Wanted) -> Format:
    """How the files are written: as asked, or as their name says, which is how they will be read."""
    suffix = Path(wanted.out).suffix.lower() if wanted.out is not None else ""
    named: Format | None = "json" if suffix == ".json" else "yaml" if suffix in (".yaml", ".yml") else None
    if wanted.form is not None and named not in (None, wanted.form):
        raise UsageError(f"--out: expected a name that ends in .{wanted.form}, found {wanted.out!r}")
    return wanted.form or named or "yaml"


def _told(wanted: Wanted, description: Description) -> Sequence[str]:
    kind = "Swagger" if description.version.startswith("2.") else "OpenAPI"
    source = (
        _public(wanted.spec)
        if _is_url(wanted.spec)
        else Path(wanted.spec).name
        if wanted.spec != "-"
        else "standard input"
    )
    title = f"{line(description.title)}, " if description.title else ""
    return [f"Imported by `unabridged import` from {line(source)} ({title}{kind} {line(description.version)})."]


def _public(url: str) -> str:
    """A URL without what may be a secret in it: a file that is shared says where it is from, and not how one gets in."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "…" if parts.query else "", ""))
