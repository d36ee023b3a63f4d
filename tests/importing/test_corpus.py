"""Real descriptions at real size: each is read whole, or says which of its operations are not, and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from tests.importing import corpus
from tests.importing.test_hostile_documents import schemas
from unabridged.tools.importing.description import Description
from unabridged.tools.importing.reading import describe
from unabridged.validators.shape import compiled

pytestmark = pytest.mark.slow

SEED, COUNT, PARTS = 20_261_121, 240, 8
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def pointers(path: Path) -> Iterator[str]:
    """Where the operations stand in the document at *path*, as a reader that knows nothing else would look for them."""
    document = orjson.loads(path.read_bytes())
    for name, item in document["paths"].items():
        for method in item:
            if method in METHODS:
                yield f"#/paths/{name.replace('~', '~0').replace('/', '~1')}/{method}"


def usable(path: Path) -> Description:
    """Read the document at *path*; each of its operations is there or left out, and each schema can be used."""
    description = describe(path.read_bytes())
    there = {one.pointer for one in description.operations}
    left_out = {one.pointer: one.reason for one in description.skipped}
    assert set(pointers(path)) == there | (left_out.keys() & set(pointers(path)))
    assert not there & left_out.keys()
    assert all(left_out.values())
    for schema in {id(one): one for one in schemas(description)}.values():
        compiled(schema)
    return description


@pytest.mark.parametrize("part", range(PARTS))
def test_every_chosen_document_is_read(part: int) -> None:
    read = [usable(path) for path in corpus.documents(COUNT, SEED)[part::PARTS]]
    operations = sum(len(one.operations) for one in read)
    notes = sum(len(one.skipped) for one in read)
    assert operations > 300
    assert notes < operations / 20


@pytest.mark.parametrize(("document", "operations"), [(corpus.github, 1_000), (corpus.stripe, 400)])
def test_the_largest_descriptions_are_read_in_seconds(document: Callable[[], Path], operations: int) -> None:
    content = document().read_bytes()
    start = time.process_time()
    description = describe(content)
    assert time.process_time() - start < 20
    assert len(description.operations) > operations
    assert description.skipped == ()


def test_every_schema_of_github_can_be_used() -> None:
    usable(corpus.github())
