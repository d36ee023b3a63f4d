"""Tool files and services that nobody would write: whatever is read never raises, and whatever is called ends in a typed answer.

The files are bundled ones with parts exchanged among them, lost, or replaced by anything; the services answer with bodies that have
something at the places that the file names.  `UNABRIDGED_FUZZ` sets how many are made.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeGuard, cast

import pytest

from tests.scripted import World, answer
from tests.toolfiles import document as toolfile
from unabridged.schemas.answer import Delivered
from unabridged.schemas.codes import CODES
from unabridged.schemas.contract import Contract
from unabridged.schemas.location import Location
from unabridged.schemas.wire import Fault, Json, Outcome, Request, Response
from unabridged.server.listing import servable, tool
from unabridged.server.written import written
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.shapes import is_list, is_object, members
from unabridged.tools.source import parse

pytestmark = pytest.mark.anyio

FILES = int(os.environ.get("UNABRIDGED_FUZZ", "400"))
WORDS: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**63,
    0.5,
    "",
    "a",
    "/a",
    "body:/a",
    "query:a",
    "{input.a}",
    "é\u2028",
    [],
    {},
    [None],
)


@cache
def documents() -> tuple[Any, ...]:
    return tuple(parse(path.read_bytes(), is_json=False).value for path in bundled().values())


def parts(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every part of a document, by its way."""
    yield way, value
    if is_object(value):
        for name, member in value.items():
            yield from parts(member, (*way, name))
    elif is_list(value):
        for index, element in enumerate(value):
            yield from parts(element, (*way, index))


@cache
def spares() -> Mapping[Any, list[Any]]:
    """Parts of all bundled files, by the name that they stand under."""
    found: dict[Any, list[Any]] = {}
    for document in documents():
        for way, part in parts(document):
            found.setdefault(way[-1] if way else None, []).append(part)
    return found


def spoiled(random: Random) -> Any:
    """One bundled file with one tool, changed in a few places."""
    whole = random.choice(documents())
    document: Any = copy.deepcopy({**whole, "tools": [random.choice(whole["tools"])]})
    for _ in range(random.randint(1, 4)):
        ways = [way for way, _ in parts(document) if way]
        if not ways:
            break
        *above, last = random.choice(ways)
        place = document
        for step in above:
            place = place[step]
        match random.randrange(4):
            case 0:
                del place[last]
            case 1:
                place[last] = random.choice(WORDS)
            case 2:
                place[last] = copy.deepcopy(random.choice(spares()[last]))
            case _ if isinstance(place, dict):
                name = random.choice([one for one in spares() if isinstance(one, str)])
                place[name] = copy.deepcopy(random.choice(spares()[name]))
            case _:
                place.append(copy.deepcopy(random.choice(place)))
    return document


def named(contract: Contract) -> list[str]:
    """The pointers into bodies that *contract* reads."""
    items = contract.response.items
    return [one.path for one in located(contract) if one.source == "body"] + ([items.at] if items is not None else [""])


def located(value: Any) -> Iterator[Location]:
    if isinstance(value, Location):
        yield value
    elif is_object(value):
        for member in value.values():
            yield from located(member)
    elif isinstance(value, tuple | list):
        for element in cast("Sequence[object]", value):
            yield from located(element)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from located(getattr(value, name))


def body(contract: Contract, random: Random) -> Any:
    """Something that has something at the places that *contract* names."""
    whole: Any = {}
    for pointer in named(contract):
        steps = [step for step in pointer.split("/")[1:] if step != "*"]
        if not steps:
            others: list[Any] = [whole, [{"id": 1}], {}]
            whole = random.choice(others)
            continue
        place: Any = whole
        for step in steps[:-1]:
            place = place.setdefault(step, {}) if is_mutable(place) else {}
        if is_mutable(place):
            likely: list[Any] = [[{"id": 1}, {"id": 2}], [{"id": random.randrange(9)}], "next", 2, True, False, None]
            place[steps[-1]] = copy.deepcopy(random.choice([*WORDS, *likely, *likely]))
    return whole


def is_mutable(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def answers(contract: Contract, random: Random) -> Any:
    def script(_: Request) -> Outcome:
        match random.randrange(12):
            case 0:
                return Fault(kind="truncated", code="truncated_body", sent="maybe", detail="cut")
            case 1:
                return answer({}, status=random.choice([201, 204, 302, 404, 429, 500]), fields={"retry-after": "1"})
            case 2:
                return Response(
                    status=200,
                    headers=(("content-type", random.choice(["text/event-stream", "application/json", "text/html"])),),
                    content=random.choice([b"", b"data: {}\n\n", b"data: [DONE]\n\n", b"{", b"\xff", b"[]\n[]\n"]),
                    framing="chunked",
                    received_at=0.0,
                )
            case _:
                media = random.choice([*contract.response.media, "application/json"])
                return answer(body(contract, random), fields={"content-type": media, "link": '<?page=2>; rel="next"'})

    return script


def arguments(contract: Contract, random: Random) -> dict[str, Json]:
    properties: Mapping[str, Any] = contract.input.get("properties", {})
    given: dict[str, Json] = {}
    for name, schema in properties.items():
        known = members(schema)
        if name in contract.input.get("required", ()) or random.random() < 0.2:
            given[name] = fitting(known, random)
    return given


def fitting(schema: Mapping[str, Any], random: Random) -> Any:
    """A value that fits most schemas of arguments."""
    if "default" in schema or "enum" in schema:
        return schema.get("default", random.choice(schema.get("enum") or [1]))
    match schema.get("type"):
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "array":
            items = schema.get("items")
            return [fitting(members(items), random)] * max(1, int(schema.get("minItems", 1)))
        case "object":
            return {}
        case _:
            return "2026-01-01" if schema.get("format") == "date" else "abcdefgh"


async def outlived(document: Any, seed: int, directory: Path) -> int:
    """Read *document*, call what is sound of it, and say how many tools were called."""
    random = Random(seed)
    path = directory / "file.json"
    path.write_text(json.dumps(document))
    catalog = read([path])
    contracts, _ = servable(catalog.contracts)
    for contract in contracts:
        json.dumps([tool(contract), written(contract)])
        world = World(answers(contract, random))
        around = replace(world.surroundings(), environment=dict.fromkeys(spares_of_environment(), "x" * 20))
        answered = await call(contract, arguments(contract, random), surroundings=around)
        if isinstance(answered, Delivered):
            b"".join(answered.payload.chunks())
            answered.payload.close()
        else:
            codes = [finding.code for finding in answered.verdict.findings]
            assert set(codes) <= set(CODES), codes
            assert "internal_error" not in codes, (seed, answered.verdict.findings)
        assert world.time < 700, seed
    return len(contracts)


@cache
def spares_of_environment() -> tuple[str, ...]:
    return tuple(one for one in spares().get("env", []) if isinstance(one, str))


@pytest.mark.parametrize("required", [None, 1, 0.5, True, "ticket", {}])
def test_an_input_schema_that_is_none_is_a_mistake_and_not_a_crash(tmp_path: Path, required: Json) -> None:
    changes = {
        "input": {"properties": {"ticket": {"type": "string"}}, "required": required},
        "request.url": "/{ticket}",
    }
    path = tmp_path / "file.json"
    path.write_text(json.dumps(toolfile(changes)))
    catalog = read([path])
    assert catalog.contracts == ()
    assert any(problem.pointer.startswith("/tools/0/input") for problem in catalog.problems)


@pytest.mark.requirement("G40")
async def test_no_file_and_no_service_leads_to_anything_but_a_typed_answer(tmp_path: Path) -> None:
    called = 0
    for seed in range(FILES):
        called += await outlived(spoiled(Random(seed)), seed, tmp_path)
    assert called > FILES / 10  # or nothing was tried
