"""The commands for those who write tool files: what each takes.

What a command does is in `commands/`, one file each, and is imported when that command runs.
"""
# ruff: noqa: PLC0415 - imported by the one command that needs it, so that the others start quickly

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from .options import Args, AsJson, Given, Paths, Tool, ToolFiles
from .usage import UsageError

__all__ = ["authoring"]

authoring = typer.Typer()


class Form(StrEnum):
    """How a tool file is written."""

    YAML = "yaml"
    JSON = "json"


@authoring.command(name="import")
def import_(
    spec: Annotated[
        str,
        typer.Argument(
            metavar="SPEC",
            help="A file, an https URL (http on this machine), or - for standard input.",
            show_default=False,
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="The tool file to write, a directory (one file for each tag), or - for standard output. "
            "Default: the API's name.",
            show_default=False,
        ),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Operations to take: by operationId (issues/*), path (/repos/*), tag (tag:issues), or method and path "
            "('GET /repos/*'). May be repeated. Default: all.",
            show_default=False,
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Operations to leave out, likewise.", show_default=False)
    ] = None,
    *,
    read_only: Annotated[bool, typer.Option("--read-only", help="Take what only reads.")] = False,
    deprecated: Annotated[bool, typer.Option("--deprecated", help="Take deprecated operations too.")] = False,
    overlay: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="An OpenAPI Overlay to lay over the description. May be repeated.", show_default=False
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The API's name, with which its tools begin.", show_default=False),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", metavar="URL", help="Where the API is.", show_default=False)
    ] = None,
    form: Annotated[
        Form | None,
        typer.Option(
            "--format",
            help="YAML is for people and has comments; JSON has none. Default: what PATH ends in, or else yaml.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write as JSON what became of each operation.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write no tool file.")] = False,
    json: AsJson = False,
) -> None:
    """Make tool files from an OpenAPI description.

    Reads Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2. Tells first what the chosen tools would cost a model, and then why each
    operation was left out that was. What it infers, such as how pages are walked, is marked as unproven.

    A file that was imported before is brought up to date: what a person changed in it stays.

    Exit status: 0 imported, 2 wrong usage or a description that cannot be read.
    """
    from ..tools.importing.selecting import Selection
    from .commands.import_ import Wanted, import_spec

    chosen = Selection(
        include=tuple(include or ()), exclude=tuple(exclude or ()), read_only=read_only, deprecated=deprecated
    )
    wanted = Wanted(
        spec=spec,
        out=out,
        name=name,
        base_url=base_url,
        overlays=tuple(overlay or ()),
        selection=chosen,
        form=None if form is None else form.value,
        report=report,
        dry_run=dry_run,
        as_json=json,
    )
    raise typer.Exit(import_spec(wanted))


@authoring.command()
def prove(
    tool: Annotated[str | None, typer.Argument(metavar="TOOL", help="The tool's name.", show_default=False)] = None,
    arguments: Given = None,
    tools: ToolFiles = None,
    args: Args = None,
    *,
    all_: Annotated[
        bool, typer.Option("--all", help="Every tool that reads and has the arguments that it needs from --args.")
    ] = False,
    recording: Annotated[
        str | None,
        typer.Option("--recording", metavar="FILE", help="Ask a recording, not the service.", show_default=False),
    ] = None,
    max_requests: Annotated[
        int, typer.Option("--max-requests", min=4, max=1000, metavar="N", help="How many requests may be sent.")
    ] = 40,
    max_seconds: Annotated[
        int, typer.Option("--max-seconds", min=1, max=3600, metavar="N", help="How long it may take.")
    ] = 120,
    valid_for: Annotated[
        int, typer.Option("--valid-for", min=1, max=3650, metavar="DAYS", help="How long the proof holds.")
    ] = 30,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write no lock file.")] = False,
    json: AsJson = False,
) -> None:
    """Find out what of a definition is true.

    Asks the service a few times, in pages of one item, of two, and of more than there are, and never changes anything.
    Says of each line whether that proves or refutes it, proposes lines that would make the proof of the answers stronger,
    and keeps what was seen in a lock file beside the tool file.

    Exit status: 0 every line is proven and the tool delivers, 3 a line is refuted or open or the tool delivers nothing,
    2 wrong usage or wrong tool file.
    """
    from .commands.prove import prove_all, prove_tool
    from .experimenting import Effort

    effort = Effort(requests=max_requests, seconds=max_seconds, valid_for=valid_for * 86_400.0)
    if all_ and (tool or recording):
        raise UsageError("--all takes neither the name of a tool nor a recording; arguments go into --args")
    if all_:
        raise typer.Exit(prove_all(args, tools or [], effort=effort, dry_run=dry_run, as_json=json))
    if tool is None:
        raise UsageError("expected the name of a tool, or --all; `unabridged tools` lists them")
    raise typer.Exit(
        prove_tool(
            tool,
            arguments or [],
            args,
            tools or [],
            effort=effort,
            recording=recording,
            dry_run=dry_run,
            as_json=json,
        )
    )


@authoring.command()
def mutate(
    tool: Tool,
    arguments: Given = None,
    tools: ToolFiles = None,
    args: Args = None,
    *,
    recording: Annotated[
        str | None,
        typer.Option("--recording", metavar="FILE", help="Corrupt a recording; nothing is asked.", show_default=False),
    ] = None,
    min_score: Annotated[
        float,
        typer.Option("--min-score", min=0.0, max=1.0, metavar="SHARE", help="The least share that must be caught."),
    ] = 0.0,
    json: AsJson = False,
) -> None:
    """Find out which corruptions a contract lets through.

    Asks the service once, or nobody with --recording; then corrupts the answers in every way that is known, one fault at a
    time, and calls the tool with each, offline. Shows how many are caught, and for those that are not, the line that would
    catch them. Corruptions that the file names under `blind_spots` do not count against the least share.

    Exit status: 0 the least share is caught, 3 less, or there was no whole answer, 2 wrong usage or wrong tool file,
    1 a failure of Unabridged itself.
    """
    from .commands.mutate import mutate as run

    raise typer.Exit(run(tool, arguments or [], args, tools or [], recording=recording, least=min_score, as_json=json))


@authoring.command()
def review(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Recordings of `call` or `serve --record`.", show_default=False)
    ],
    redact: Annotated[
        list[str] | None,
        typer.Option(
            "--redact",
            metavar="PLACE",
            help="Take out what stands at /pointer, header:Name, query:name or input:/name. May be repeated.",
            show_default=False,
        ),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Mark them as reviewed without asking.")] = False,
    json: AsJson = False,
) -> None:
    """Look through recordings.

    Shows hosts, paths and fields, with types, counts and forms and never a value, and what looks like a secret or like data of
    people. On a terminal it asks what else to take out, and whether the recording may be kept and shared.

    Exit status: 0 reviewed, 3 not reviewed yet, 2 wrong usage or no recording.
    """
    from .commands.review import review as run

    raise typer.Exit(run(files, redact=redact or [], yes=yes, as_json=json))


@authoring.command()
def drift(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="TOOL", help="Names of tools. Default: all of the files.", show_default=False),
    ] = None,
    tools: ToolFiles = None,
    recordings: Annotated[
        str | None,
        typer.Option(
            "--recordings", metavar="DIR", help="Recordings of `serve --record`, for shapes.", show_default=False
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, metavar="N", help="How many days to look back.")] = 30,
    *,
    json: AsJson = False,
) -> None:
    """Find out what a service does otherwise now.

    Compares recent receipts and recordings with the proof in the lock file, or with older ones: fields that came or went,
    types, page sizes, totals, media types, statuses, and how often answers are refused. Sends nothing.

    Exit status: 0 nothing that breaks a contract, 3 something does, 2 wrong usage.
    """
    from .commands.drift import drift as run

    raise typer.Exit(run(names or [], tools or [], recordings=recordings, days=days, as_json=json))


@authoring.command()
def mock(
    paths: Paths = None,
    *,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port to listen on; 0 is a free one.")
    ] = 4010,
    items: Annotated[int, typer.Option(min=0, max=100_000, metavar="N", help="How many items each list holds.")] = 53,
    page_size: Annotated[
        int | None,
        typer.Option("--page-size", min=1, metavar="N", help="The most items on a page.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed makes other data.")] = 0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME[:TOOL]",
            help="Tell this lie, to one tool or to all. May be repeated; `random` is all of them.",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="SHARE", help="The share of the answers that are lied about.")
    ] = 1.0,
    credential: Annotated[
        str | None,
        typer.Option(metavar="SECRET", help="Answer 401 where this is not in the request.", show_default=False),
    ] = None,
    write: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Write copies of the tool files that ask the mock.", show_default=False),
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Append a line of JSON for each request.", show_default=False),
    ] = None,
    list_faults: Annotated[bool, typer.Option("--list-faults", help="List the lies and exit.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for programs, with --list-faults.")] = False,
) -> None:
    """Serve a stand-in for the APIs of tool files.

    Honours the contracts with generated data, always the same for one seed, and lies on request: by --fault, or for one
    answer by the request header X-Unabridged-Fault. Each request and the lie that was told are on standard error.
    """
    from .commands import mock as mocking

    if list_faults:
        raise typer.Exit(mocking.list_faults(as_json=json))
    chosen = mocking.Choice(
        items=items, page_size=page_size, seed=seed, faults=fault or [], rate=rate, credential=credential
    )
    raise typer.Exit(mocking.mock(paths or [], host=host, port=port, choice=chosen, write=write, log=log))
