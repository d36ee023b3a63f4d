"""The command line: what each command takes, and what becomes of mistakes.

What a command does is in `commands/`, one file each, and is imported when that command runs: `unabridged --version`
must not wait for an MCP server.  Nothing here ends in a traceback.
"""
# ruff: noqa: PLC0415 - imported by the one command that needs it, so that the others start quickly

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from .authoring import authoring
from .options import Args, AsJson, Exclude, Given, Include, Paths, ProfileFile, Redact, Tag, Tool, ToolFiles
from .usage import UsageError

if TYPE_CHECKING:
    from .profiles import Wanted
    from .recordings import Record

__all__ = ["app", "main"]

DELIVERED, INTERNAL, MISUSED, WITHHELD, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(
    name="unabridged",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(authoring)


class Transport(StrEnum):
    """How clients reach the server."""

    STDIO = "stdio"
    HTTP = "http"


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"unabridged {version('unabridged')}")
        raise typer.Exit


@app.callback()
def unabridged(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Wrap HTTP APIs as tools whose answers are whole and proven, or refused with the reason.

    Begin with `unabridged demo`: it needs no account and no key.
    """


@app.command()
def serve(
    paths: Paths = None,
    transport: Annotated[Transport, typer.Option(help="How clients reach the server.")] = Transport.STDIO,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on, with --transport http.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port to listen on, with --transport http.")
    ] = 8000,
    *,
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", metavar="DIR", help="Write each call's conversation, without secrets.", show_default=False
        ),
    ] = None,
    redact: Redact = None,
    profile: ProfileFile = None,
    include: Include = None,
    exclude: Exclude = None,
    tag: Tag = None,
    pin: Annotated[
        list[str] | None,
        typer.Option(
            "--pin",
            metavar="NAME",
            help="A tool that is listed also where tools are found and not listed. May be repeated.",
            show_default=False,
        ),
    ] = None,
    tool_budget: Annotated[
        str | None,
        typer.Option(
            "--tool-budget",
            metavar="N|off",
            help="Most tokens that all definitions may cost; above, clients find tools with search_tools. Default: "
            "UNABRIDGED_TOOL_BUDGET, or else 10000.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve tools to an MCP client.

    The tool files are read anew when they change, and clients are told.
    """
    gc.disable()  # until `settle`: what is imported and read at start stays, and looking through it takes a tenth of it
    from .commands.serve import serve as run

    wanted = _wanted(paths, profile, include=include, exclude=exclude, tags=tag, pin=pin, budget=tool_budget)
    raise typer.Exit(
        run(wanted, http=transport is Transport.HTTP, host=host, port=port, record=_record(record, redact))
    )


@app.command()
def call(
    tool: Annotated[
        str | None,
        typer.Argument(
            metavar="TOOL", help="The tool's name; with --replay, the recorded one by default.", show_default=False
        ),
    ] = None,
    arguments: Given = None,
    tools: ToolFiles = None,
    args: Args = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the envelope that an MCP client gets.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Allow beforehand what the tool wants a person to allow; for scripts.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="Write the conversation, without secrets.", show_default=False),
    ] = None,
    redact: Redact = None,
    replay: Annotated[
        str | None,
        typer.Option(
            "--replay", metavar="FILE", help="Ask a recording, not the service: no network.", show_default=False
        ),
    ] = None,
) -> None:
    """Call one tool.

    The answer goes to standard output, its proof to standard error. Where a person must allow something, or may release
    an answer, the question is asked on the terminal.

    Exit status: 0 delivered, 3 withheld, 2 wrong usage or wrong tool file.
    """
    if replay is not None:
        from .commands.replay import replay as call_again

        if record is not None:
            raise UsageError("expected --record or --replay, found both")
        if redact:
            raise UsageError(
                "--redact: expected --record beside it, found --replay; `unabridged review` takes out more"
            )
        if tool is not None and "=" in tool:  # no tool is called so: it is the first argument
            arguments = [tool, *(arguments or [])]
            tool = None
        raise typer.Exit(call_again(replay, tool, arguments or [], args, tools or [], as_json=json))
    if tool is None:
        raise UsageError("expected the name of a tool; `unabridged tools` lists them")
    from .commands.call import call as run

    recorded = _record(record, redact)
    if recorded is not None:
        from .recordings import check_target

        check_target(recorded.path)
    raise typer.Exit(run(tool, arguments or [], args, tools or [], as_json=json, yes=yes, record=recorded))


def _wanted(
    paths: list[str] | None,
    profile: str | None,
    *,
    include: list[str] | None,
    exclude: list[str] | None,
    tags: list[str] | None,
    pin: list[str] | None = None,
    budget: str | None = None,
) -> Wanted:
    """Put together what is asked for; nothing is read yet."""
    from .profiles import Wanted

    return Wanted(
        paths=tuple(paths or ()),
        profile=profile,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        tags=tuple(tags or ()),
        pin=tuple(pin or ()),
        budget=budget,
    )


def _record(path: Path | None, places: list[str] | None) -> Record | None:
    """Say where recordings go and what is taken out of them; nothing is imported where none is wanted."""
    if path is None:
        if places:
            raise UsageError("--redact: expected --record beside it, which says where to write")
        return None
    from .recordings import Record, checked_places

    return Record(path=path.expanduser(), places=checked_places(places or []))


@app.command()
def check(
    paths: Paths = None,
    expanded: Annotated[bool, typer.Option("--expanded", help="Print the tools with all macros expanded.")] = False,
    json: AsJson = False,
    *,
    profile: ProfileFile = None,
    include: Include = None,
    exclude: Exclude = None,
    tag: Tag = None,
) -> None:
    """List every mistake in tool files.

    Which tools are wanted decides what is counted and expanded; the mistakes of all are told.

    Exit status: 0 no error, 2 at least one.
    """
    from .commands.check import check as run

    raise typer.Exit(
        run(_wanted(paths, profile, include=include, exclude=exclude, tags=tag), expanded=expanded, as_json=json)
    )


@app.command()
def tools(
    paths: Paths = None,
    json: AsJson = False,
    *,
    profile: ProfileFile = None,
    include: Include = None,
    exclude: Exclude = None,
    tag: Tag = None,
) -> None:
    """List tools and what they prove.

    Shows what each tool claims, the proof that it requires, the strongest that it can reach, until when its definition is
    proven, about how many tokens it costs a model, and whether clients of `serve` would see the tools themselves.
    """
    from .commands.tools import tools as run

    raise typer.Exit(run(_wanted(paths, profile, include=include, exclude=exclude, tags=tag), as_json=json))


@app.command()
def calibrate(
    tool: Tool,
    labelled: Annotated[
        str,
        typer.Option(
            "--labelled",
            metavar="FILE",
            help='JSON Lines: {"arguments": {...}, "relevant": ["id", ...]}, the ids that should come back.',
            show_default=False,
        ),
    ],
    paths: Paths = None,
    precision: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, metavar="SHARE", help="The least share of right items among those that pass."),
    ] = 0.95,
    json: AsJson = False,
) -> None:
    """Find the bound of a tool's relevance gate.

    Asks each labelled query once, with the gate open, and shows for each bound what it would find, miss and refuse.
    Recommends the bound with the best F1 among those that reach the precision; of equals, the strictest.

    Exit status: 0 a bound is recommended, 3 none separates what is right, 2 wrong usage.
    """
    from .commands.calibrate import calibrate as run

    raise typer.Exit(run(tool, labelled, paths or [], precision=precision, as_json=json))


@app.command()
def explain(
    subject: Annotated[
        str, typer.Argument(metavar="CODE|RECEIPT", help="A code, the beginning of a receipt's id, or `last`.")
    ],
    json: AsJson = False,
) -> None:
    """Explain a code or a receipt.

    A receipt shows how an answer came to be: each page and attempt, each witness, and where the time went.
    """
    from .commands.explain import explain as run

    raise typer.Exit(run(subject, as_json=json))


@app.command()
def report(
    days: Annotated[int, typer.Option(min=1, max=30, metavar="N", help="How many days to look back.")] = 7,
    json: AsJson = False,
) -> None:
    """Sum up calls and questions.

    Shows for each tool how its calls ended and by which way whole answers came, and for each gate what people said. Warns
    where nearly everything is allowed or refused.
    """
    from .commands.report import report as run

    raise typer.Exit(run(days=days, as_json=json))


@app.command()
def demo(
    real_time: Annotated[
        bool, typer.Option("--real-time", help="Let the overloaded desk take its true 8 seconds, not 0.8.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Watch a naive client and Unabridged.

    Both ask the same ticket desk, a local server that lies as real ones do, and are compared with what it really holds.

    Exit status: 0 if Unabridged handed over nothing incomplete, 1 otherwise.
    """
    from .commands.demo import demo as run

    raise typer.Exit(run(real_time=real_time, as_json=json))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line with *arguments* (the process's own if None), and exit.

    Every mistake ends in a sentence on standard error and an exit status.
    """
    _make_printable()
    try:
        app(arguments, prog_name="unabridged")
    except UsageError as mistake:
        _end(MISUSED, f"unabridged: {mistake}")
    except KeyboardInterrupt:
        _end(INTERRUPTED, "")
    except Exception as fault:  # the last resort: what gets here is our own mistake
        if os.environ.get("UNABRIDGED_TRACEBACK"):
            raise
        _end(INTERNAL, f"unabridged: internal error: {type(fault).__name__}; set UNABRIDGED_TRACEBACK=1 to see where")
    finally:
        _let_go()
    sys.exit(DELIVERED)


def _let_go() -> None:
    """Hand over what is still held; a reader that went away has what it wanted."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(status: int, message: str) -> NoReturn:
    if message:
        sys.stderr.write(f"{message}\n")
    sys.exit(status)


def _make_printable() -> None:
    """A sign that a terminal cannot show becomes a question mark, never an exception."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
