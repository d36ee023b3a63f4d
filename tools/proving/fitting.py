"""Where the service answers otherwise than its description says: how the schemas would have to read.

A description that is wrong is common; so a schema is widened by what came, and never so far that an error would pass for an
answer.  Whether the description or the service is wrong, a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ...schemas.wire import Json
from ..shapes import is_list
from .candidate import Candidate
from .log import UNBELIEVED, Log
from .loosening import Loosened, loosened
from .proposal import Proposal
from .trial import Sheet

__all__ = ["MISFITS", "the_schema", "the_schema_of_items"]

MISFITS: Final = frozenset({"schema_violation", "item_invalid"})
"""The codes of what is not as a schema says."""


def the_schema(log: Log) -> Iterator[Candidate]:
    """Say what must be in every answer only as far as it is."""
    schema, sheets = log.contract.response.schema, _sheets(log)
    if schema is None or not _misfits(log) or not all(_is_an_answer(log, schema, sheet) for sheet in sheets):
        return
    found = loosened(schema, [sheet.message.body.value for sheet in sheets])
    if found is not None:
        yield _proposed({"schema": found.edits}, found)


def the_schema_of_items(log: Log) -> Iterator[Candidate]:
    """Say the same of the items."""
    items = log.contract.response.items
    if items is None or items.schema is None or not _misfits(log):
        return
    found = loosened(items.schema, [item for sheet in _sheets(log) for item in sheet.items or ()])
    if found is not None:
        yield _proposed({"items": {"schema": found.edits}}, found)


def _misfits(log: Log) -> bool:
    finding = log.trials["written"].finding
    return finding is not None and finding.code in MISFITS


def _sheets(log: Log) -> Sequence[Sheet]:
    """The pages of the walk that believes no schema, or else those that fit."""
    unchecked = log.trials.get(UNBELIEVED)
    return [*log.sheets()] if unchecked is None else unchecked.sheets


def _is_an_answer(log: Log, schema: Mapping[str, Any], sheet: Sheet) -> bool:
    """Whether this is an answer of another shape, and not an error under a status of success."""
    if log.contract.response.items is not None:
        return sheet.items is not None
    return _mostly_there(schema, sheet.message.body.value)


def _mostly_there(schema: Mapping[str, Any], body: Json) -> bool:
    """Whether at least half of what must be there is."""
    required = schema.get("required")
    names = required if is_list(required) else ()
    return not names or (isinstance(body, dict) and 2 * sum(name in body for name in names) >= len(names))


def _proposed(edits: Mapping[str, Any], found: Loosened) -> Candidate:
    because = f"the service answers otherwise than the schema says: {'; '.join(found.because)}"
    return Candidate(proposal=Proposal(line={"response": edits}, because=because))
