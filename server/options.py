"""Arguments and options that several commands take, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Args",
    "AsJson",
    "Exclude",
    "Given",
    "Include",
    "Paths",
    "ProfileFile",
    "Redact",
    "Tag",
    "Tool",
    "ToolFiles",
]

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Tool files, directories of them, or names of bundled ones. Default: UNABRIDGED_TOOLS, or else the demo.",
        show_default=False,
    ),
]
Redact = Annotated[
    list[str] | None,
    typer.Option(
        "--redact",
        metavar="PLACE",
        help="Take out of the recording what stands at /pointer, header:Name, query:name or input:/name. May be repeated.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
ProfileFile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="FILE",
        help="A file that says which tools are wanted; the options below go before it, but take back nothing that it excludes. Default: UNABRIDGED_PROFILE.",
        show_default=False,
    ),
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="NAME",
        help="Only tools of this name or pattern (billing_*). May be repeated.",
        show_default=False,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="NAME", help="No tool of this name or pattern. May be repeated.", show_default=False
    ),
]
Tag = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="TAG",
        help="Only tools with one of these tags; with !TAG, none that has it. May be repeated.",
        show_default=False,
    ),
]
Tool = Annotated[str, typer.Argument(metavar="TOOL", help="The tool's name.", show_default=False)]
Given = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Arguments, read by the tool's input schema.", show_default=False),
]
ToolFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--tools",
        metavar="PATH",
        help="A tool file, a directory of them, or the name of a bundled one. May be repeated. "
        "Default: UNABRIDGED_TOOLS, or else the demo.",
        show_default=False,
    ),
]
Args = Annotated[
    str | None, typer.Option("--args", metavar="JSON", help="Arguments as one JSON object.", show_default=False)
]
