"""Real descriptions at real size: each is read whole, or says which of its operations are not, and why."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import yaml

from tests.importing import corpus
from tests.importing.test_hostile_documents import schemas
from unabridged.tools.importing.description import Description, Reply
from unabridged.tools.importing.reading import describe
from unabridged.tools.shapes import is_list, is_object
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


def test_swagger_of_a_thousand_operations_is_read() -> None:
    description = describe(corpus.kubernetes())
    assert description.version == "2.0"
    assert len(description.operations) > 1_000
    assert description.skipped == ()
    for schema in {id(one): one for one in schemas(description)}.values():
        compiled(schema)


def test_every_example_of_an_oddity_is_read() -> None:
    found = {
        path: describe(path.read_bytes(), base=path.parent) for path in corpus.examples() if path.stem != "webhooks"
    }
    assert {one.version[:3] for one in found.values()} == {"2.0", "3.0", "3.1"}
    left_out = {one.reason for description in found.values() for one in description.skipped}
    assert left_out == {"operations ask for this security scheme, and nothing defines it"}
    for description in found.values():
        for schema in schemas(description):
            compiled(schema)


@pytest.mark.parametrize("part", range(4))
def test_a_document_says_the_same_in_yaml(part: int) -> None:
    for path in corpus.documents(32, SEED)[part::4]:
        content = path.read_bytes()
        written = yaml.dump(orjson.loads(content), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
        assert describe(written.encode(), is_json=False) == describe(content)


def plainly(value: Any) -> Any:
    """A document whose schemas say null as JSON Schema does, and that is otherwise as it was: an oracle without cleverness."""
    if is_list(value):
        return [plainly(one) for one in value]
    if not is_object(value):
        return value
    said = {name: plainly(one) for name, one in value.items() if name not in ("nullable", "pattern")}
    return {"anyOf": [said, {"type": "null"}]} if value.get("nullable") is True else said


def examples(document: Any, pointer: str, reply: Reply) -> Iterator[tuple[str, Any, Any]]:
    """Where the schemas of a *reply* stand in the *document*, what is read of them, and an example that stands beside each."""
    path, _, method = pointer.removeprefix("#/paths/").rpartition("/")
    said = document["paths"][path.replace("~1", "/").replace("~0", "~")][method]["responses"][reply.status]
    for media, schema in reply.content.items():
        for named in said.get("content", {}).get(media, {}).get("examples", {}).values():
            shared = document["components"]["examples"]
            example = shared[named["$ref"].rpartition("/")[2]] if "$ref" in named else named
            if isinstance(example.get("value"), dict | list):
                where = f"{pointer}/responses/{reply.status}/content/{media.replace('/', '~1')}/schema"
                yield where, schema, example["value"]


def test_what_is_read_of_githubs_schemas_judges_its_examples_as_they_do() -> None:
    """One example in six contradicts the schema beside it; an event fits two parts of its `oneOf`, which we let through."""
    content = corpus.github().read_bytes()
    document = orjson.loads(content)
    oracle = {"components": plainly(document["components"]), "paths": plainly(document["paths"])}
    registry = jsonschema_rs.Registry([("urn:oracle", oracle)])
    verdicts: Counter[tuple[bool, bool]] = Counter()
    for operation in describe(content).operations:
        for where, schema, value in (
            one for reply in operation.replies for one in examples(document, operation.pointer, reply)
        ):
            reference = {"$ref": "urn:oracle" + where.replace("{", "%7B").replace("}", "%7D")}
            said = jsonschema_rs.Draft202012Validator(reference, registry=registry, validate_formats=False)
            verdicts[said.is_valid(value), compiled(schema).is_valid(value)] += 1
    assert verdicts[True, True] > 700
    assert verdicts[True, False] == 0
    assert verdicts[False, True] < 15
