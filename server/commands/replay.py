"""`unabridged call --replay`: a call that was recorded, once more, without network."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import anyio

from ...tools.catalog import read
from ...tools.recordings.replayed import call_again, otherwise
from ..arguments import arguments
from ..choosing import chosen
from ..logs import log_nothing
from ..recordings import opened
from ..rendering import moment
from ..sources import find
from ..usage import UsageError
from .call import show_answer

__all__ = ["replay"]


def replay(
    recorded: str, tool: str | None, words: Sequence[str], text: str | None, paths: Sequence[str], *, as_json: bool
) -> int:
    """Make the call in the file *recorded* again, without network, by the tool of *paths*, and return the exit status."""
    log_nothing()
    recording = opened(recorded)
    catalog = read(find(paths, os.environ).paths)
    contract = chosen(tool or recording.tool, catalog)
    if contract.name != recording.tool:
        raise UsageError(f"{recorded} is a recording of {recording.tool}, not of {contract.name}")
    given = arguments(words, text, contract.input) if words or text else recording.arguments
    tools = {known.name: known for known in catalog.contracts}
    answer = anyio.run(lambda: call_again(recording, contract, arguments=given, tools=tools))
    if recording.digest not in ("", contract.digest):
        changed = f"the definition of {contract.name} was changed since {moment(recording.at)}, when this was recorded"
        sys.stderr.write(f"unabridged: {changed}\n")
    if given == recording.arguments and (told := otherwise(recording, answer)):
        sys.stderr.write(f"unabridged: the call does not end as it did when it was recorded: {told}\n")
    return show_answer(contract, answer, as_json=as_json, given=given)
