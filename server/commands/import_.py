"""`unabridged import`: from a description of an API to tool files, with the price of what was chosen."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio

from ...schemas.contract import Contract
from ...tools.importing.basing import Nowhere
from ...tools.importing.defining import Definitions, definitions
from ...tools.importing.description import Description, Operation, Skipped
from ...tools.importing.fetching import Unfetched, fetched
from ...tools.importing.filing import Format, pages, text
from ...tools.importing.naming import api_name, snake
from ...tools.importing.overlay import read_overlay
from ...tools.importing.prose import line
from ...tools.importing.reading import describe
from ...tools.importing.refusal import Unimportable
from ...tools.importing.selecting import Selection, chosen
from ...tools.importing.trying import Tried, tried
from ..listing import servable
from ..pricing import price, price_of
from ..rendering import console, count
from ..rewritten import Rewriting, rewrite
from ..settings import SettingError, tool_budget
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
    description = _described(wanted)
    operations = chosen(wanted.selection, description.operations)
    if not operations:
        raise UsageError(_nothing(description, wanted.selection))
    api = _name(wanted, description)
    attempt = tried(_made(wanted, description, operations, api), faults=lambda contracts: servable(contracts)[1])
    if attempt.wrong:
        raise UsageError(f"the tools of this description would not be sound: {attempt.wrong[0]}")
    if not attempt.sound.tools:
        reasons = Counter(one.reason for one in attempt.sound.skipped)
        raise UsageError(f"none of the chosen operations can become a tool: {'; '.join(map(line, [*reasons][:3]))}")
    contracts = [attempt.contracts[one.name] for one in attempt.sound.tools]
    if not wanted.as_json:
        _print_price(contracts)
    written = _write(wanted, attempt, description, api)
    skipped = (*description.skipped, *attempt.sound.skipped)
    report = _report(api, attempt, written, skipped)
    if wanted.report is not None:
        Path(wanted.report).write_text(_dumped(report), "utf-8")
    if wanted.as_json:
        sys.stdout.write(_dumped(report))
    else:
        _print(wanted, attempt, written, skipped)
    return 0


def _dumped(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


# ------------------------------------------------------------------------------------------ reading


def _described(wanted: Wanted) -> Description:
    content = _content(wanted.spec)
    local = not _is_url(wanted.spec) and wanted.spec != "-"
    try:
        overlays = [read_overlay(_local(path)) for path in wanted.overlays]
        return describe(content, base=Path(wanted.spec).parent if local else None, overlays=overlays)
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


_SHOWN = 30


def _nothing(description: Description, selection: Selection) -> str:
    """What there is to choose from, for somebody whose choice found nothing."""
    if not description.operations:
        why = f"; the first reason: {description.skipped[0].reason}" if description.skipped else ""
        return f"this description has no operation that can be imported{why}"
    tags = Counter(tag for one in description.operations for tag in dict.fromkeys(one.tags or ("(no tag)",)))
    listed = ", ".join(f"tag:{line(tag)} ({number})" for tag, number in tags.most_common(_SHOWN))
    more = ", …" if len(tags) > _SHOWN else ""
    example = next((one for one in description.operations if one.id), description.operations[0])
    deprecated = all(one.deprecated for one in description.operations)
    hint = "; all operations are deprecated, which --deprecated includes" if deprecated else ""
    return (
        f"no operation is chosen of the {len(description.operations):,} there are{hint}. There are: {listed}{more}. "
        f"Choose with --include, for example {example.id!r}, '{example.method.upper()} {example.path}' or 'tag:…'"
    )


# ------------------------------------------------------------------------------------------ writing


def _write(wanted: Wanted, attempt: Tried, description: Description, api: str) -> Rewriting:
    form = _form(wanted)
    out = wanted.out or f"{api}.{form}"
    split = out.endswith(("/", os.sep)) or Path(out).is_dir()
    laid = pages(attempt.sound, told=list(_told(wanted, description)), form=form, split=split)
    if out == "-":
        sys.stdout.write(text(laid[""], form))
        return Rewriting()
    suffix = "." + form
    files = {Path(out) / f"{stem}{suffix}" if split else Path(out): page for stem, page in laid.items()}
    return rewrite(files, form=form, split=split, dry_run=wanted.dry_run)


def _form(wanted: Wanted) -> Format:
    """How the files are written: as asked, or as their name says, which is how they will be read."""
    suffix = Path(wanted.out).suffix.lower() if wanted.out is not None else ""
    named: Format | None = "json" if suffix == ".json" else "yaml" if suffix in (".yaml", ".yml") else None
    if wanted.form is not None and named not in (None, wanted.form):
        raise UsageError(f"--out: expected a name that ends in .{wanted.form}, found {wanted.out!r}")
    return wanted.form or named or "yaml"


def _told(wanted: Wanted, description: Description) -> Sequence[str]:
    kind = "Swagger" if description.version.startswith("2.") else "OpenAPI"
    source = wanted.spec if _is_url(wanted.spec) else Path(wanted.spec).name if wanted.spec != "-" else "standard input"
    title = f"{line(description.title)}, " if description.title else ""
    return [f"Imported by `unabridged import` from {line(source)} ({title}{kind} {line(description.version)})."]


# ------------------------------------------------------------------------------------------ for people


def _print_price(contracts: Sequence[Contract]) -> None:
    """What a model would pay, before anything is written."""
    tokens = price_of(contracts)
    screen = console()
    screen.print(f"{count(len(contracts), 'tool')}, about {tokens:,} tokens for a model that is shown all of them")
    try:
        budget = tool_budget(os.environ)
    except SettingError:
        budget = None
    if budget is not None and tokens > budget:
        told = (
            f"That is more than {budget:,} tokens: `unabridged serve` will offer search_tools and call_tool instead of "
            "the list. Choose fewer with --include, --exclude or --read-only."
        )
        screen.print(told, style="yellow", soft_wrap=True)


def _print(wanted: Wanted, attempt: Tried, written: Rewriting, skipped: Sequence[Skipped]) -> None:
    screen = console()
    unproven = sum(bool(contract.provenance) for contract in attempt.contracts.values())
    for change in written.changes:
        screen.print(f"{change.kind}  {change.says}", soft_wrap=True, style="yellow" if change.asks else None)
    reasons = Counter(one.reason for one in skipped)
    if reasons:
        imported = {one.operation.pointer for one in attempt.sound.tools}
        parts = sum(_operation(one.pointer) in imported for one in skipped)
        whole = [count(len(skipped) - parts, "operation")] if parts < len(skipped) else []
        inside = [count(parts, "part of an operation", "parts of operations")] if parts else []
        screen.print(f"{' and '.join((*whole, *inside))} left out:", style="yellow")
    for reason, number in reasons.most_common(12):
        first = next(one.pointer for one in skipped if one.reason == reason)
        more = f" and {number - 1:,} more" if number > 1 else ""
        screen.print(f"  {line(first)}{more}: {line(reason)}", soft_wrap=True)
    if len(reasons) > 12:
        screen.print(f"  … and {len(reasons) - 12:,} more reasons; --report FILE lists all", soft_wrap=True)
    if unproven:
        screen.print(
            f"{count(unproven, 'tool')} with inferred lines: `unabridged prove TOOL` shows whether they are true"
        )
    for file in written.files:
        screen.print(f"{'would write' if wanted.dry_run else 'wrote'} {file}", soft_wrap=True)
    for file in written.gone:
        screen.print(
            f"{'would remove' if wanted.dry_run else 'removed'} {file}, which has no tool any more", soft_wrap=True
        )


def _operation(pointer: str) -> str:
    """The pointer of the operation that *pointer* leads to or into: `#/paths/~1tickets/get`."""
    return "/".join(pointer.split("/")[:4])


# ------------------------------------------------------------------------------------------ for programs


def _report(api: str, attempt: Tried, written: Rewriting, skipped: Sequence[Skipped]) -> Mapping[str, Any]:
    contracts = attempt.contracts
    tools = [
        {
            "name": one.name,
            "method": one.operation.method.upper(),
            "path": one.operation.path,
            "claim": str(contracts[one.name].claim),
            "effects": contracts[one.name].effects,
            "inferred": sorted(contracts[one.name].provenance),
            "tokens": price(contracts[one.name]),
        }
        for one in attempt.sound.tools
    ]
    return {
        "api": api,
        "files": [str(file) for file in written.files],
        "tokens": sum(price(contracts[one.name]) for one in attempt.sound.tools),
        "tools": tools,
        "skipped": [{"pointer": one.pointer, "reason": one.reason} for one in skipped],
        "changes": [{"kind": one.kind, "tool": one.tool, "says": one.says} for one in written.changes],
    }
