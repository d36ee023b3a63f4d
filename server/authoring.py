"""The commands for those who write tool files: what each takes.

What a command does is in `commands/`, one file each, and is imported when that command runs.
"""
# ruff: noqa: PLC0415 - imported by the one command that needs it, so that the others start quickly

from __future__ import annotations

import typer

__all__ = ["authoring"]

authoring = typer.Typer()
