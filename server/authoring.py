"""The commands for those who write tool files: what each takes.

What a command does is in `commands/`, one file each, and is imported when that command runs.
"""
# ruff: noqa: PLC0415 - imported by the one command that needs it, so that the others start quickly

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["authoring"]

authoring = typer.Typer()


@authoring.command()
def prove(
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool's name.", show_default=False)],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Arguments, read by the tool's input schema.", show_default=False),
    ] = None,
    tools: Annotated[
        list[str] | None,
        typer.Option(
            "--tools",
            metavar="PATH",
            help="A tool file, a directory of them, or the name of a bundled one. May be repeated. "
            "Default: UNABRIDGED_TOOLS, or else the demo.",
            show_default=False,
        ),
    ] = None,
    args: Annotated[
        str | None, typer.Option("--args", metavar="JSON", help="Arguments as one JSON object.", show_default=False)
    ] = None,
    *,
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
    json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Find out what of a definition is true.

    Asks the service a few times, in pages of one item, of two, and of more than there are, and never changes anything.
    Says of each line whether that proves or refutes it, proposes lines that would make the proof of the answers stronger,
    and keeps what was seen in a lock file beside the tool file.

    Exit status: 0 every line is proven, 3 at least one is refuted or open, 2 wrong usage or wrong tool file.
    """
    from .commands.prove import Effort, prove_tool

    effort = Effort(requests=max_requests, seconds=max_seconds, valid_for=valid_for * 86_400.0)
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
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool's name.", show_default=False)],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Arguments, read by the tool's input schema.", show_default=False),
    ] = None,
    tools: Annotated[
        list[str] | None,
        typer.Option(
            "--tools",
            metavar="PATH",
            help="A tool file, a directory of them, or the name of a bundled one. May be repeated. "
            "Default: UNABRIDGED_TOOLS, or else the demo.",
            show_default=False,
        ),
    ] = None,
    args: Annotated[
        str | None, typer.Option("--args", metavar="JSON", help="Arguments as one JSON object.", show_default=False)
    ] = None,
    *,
    recording: Annotated[
        str | None,
        typer.Option("--recording", metavar="FILE", help="Corrupt a recording; nothing is asked.", show_default=False),
    ] = None,
    min_score: Annotated[
        float,
        typer.Option("--min-score", min=0.0, max=1.0, metavar="SHARE", help="The least share that must be caught."),
    ] = 0.0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
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
