"""What a lock file does: it settles inferred lines until it runs out, and what was in every answer is missed from then on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted import World, answer, code, contract, query
from tests.toolfiles import API, TOOL
from unabridged.schemas.answer import Delivered, Withheld
from unabridged.schemas.claim import Claim
from unabridged.schemas.contract import Contract
from unabridged.schemas.proof import LEAST, Lock, Observation, Proof, Seen, Settled, Shape, Sizes
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.server.advice import fix
from unabridged.server.result import reply
from unabridged.server.settled import settled, standing
from unabridged.tools.catalog import Catalog, read
from unabridged.tools.doubting import refuted, unsettled, untried
from unabridged.tools.proof import LARGEST, Damaged, asked, lock_of, read_lock, write_lock
from unabridged.tools.proving.prove import unfit

INFERRED = {"walk.next": {"value": "body:/next", "source": "openapi", "rule": "name"}}
NOW = 1_000_000.0  # 1970-01-12T13:46:40Z
BEFORE, AFTER = "1970-01-01T00:00:00+00:00", "1971-01-01T00:00:00+00:00"


def proof(outcome: str = "proven", *, until: str = AFTER, **parts: Any) -> dict[str, Any]:
    lines = {"walk.next": {"outcome": outcome, "by": "two pages"}}
    return {"subject": "s", "proven_at": BEFORE, "until": until, "lines": lines, **parts}


def two_pages(request: Request) -> Outcome:
    """Four tickets in two pages, and a field that is always there."""
    first = "after" not in query(request)
    tickets: list[Json] = [{"id": number} for number in ((1, 2) if first else (3, 4))]
    return answer({"tickets": tickets, "more": first, "next": "b" if first else None, "count": 4, "meta": {"v": None}})


# ------------------------------------------------------------------------------------------- doubts


DOUBTS: dict[str, tuple[dict[str, Any], str | None]] = {
    "never proven": ({"provenance": INFERRED}, "never proven: walk.next"),
    "proven": ({"provenance": INFERRED, "proof": proof()}, None),
    "proven, and run out": ({"provenance": INFERRED, "proof": proof(until=BEFORE)}, "has run out"),
    "refuted": ({"provenance": INFERRED, "proof": proof("refuted")}, "refuted by the service: walk.next"),
    "left open": ({"provenance": INFERRED, "proof": proof("open")}, "not settled yet: walk.next"),
    "proven for other lines": ({"provenance": INFERRED, "proof": {**proof(), "lines": {}}}, "not settled yet"),
    "a person's word": ({"provenance": {"walk.next": {**INFERRED["walk.next"], "status": "proven"}}}, None),
    "written by hand": ({"proof": proof(until=BEFORE)}, None),
    "written by hand, and refuted": ({"proof": proof("refuted")}, "refuted by the service: walk.next"),
    "written by hand, refuted, and run out": ({"proof": proof("refuted", until=BEFORE)}, "refuted by the service"),
    "written by hand, and left open": ({"proof": proof("open")}, None),
    "a person's word, and refuted": (
        {"provenance": {"walk.next": {**INFERRED["walk.next"], "status": "proven"}}, "proof": proof("refuted")},
        "refuted by the service: walk.next",
    ),
    "one refuted, another not settled": (
        {"provenance": {"walk.more": {"source": "openapi"}}, "proof": proof("refuted")},
        "refuted by the service: walk.next; inferred and not settled yet: walk.more",
    ),
}


@pytest.mark.anyio
@pytest.mark.requirement("L10")
@pytest.mark.parametrize("name", DOUBTS)
async def test_inferred_lines_are_believed_only_while_a_proof_of_them_holds(name: str) -> None:
    parts, refusal = DOUBTS[name]
    world = World(two_pages)
    answered = await world.call(contract(**parts))
    if refusal is None:
        assert isinstance(answered, Delivered)
        answered.payload.close()
        return
    assert code(answered) == "definition_unproven"
    assert refusal in answered.receipt.findings[0].message
    assert world.sent == []


@pytest.mark.anyio
@pytest.mark.requirement("L10")
async def test_a_flagged_answer_says_which_lines_are_unproven_and_what_it_would_be_worth() -> None:
    flagged = contract(provenance=INFERRED, policy={"unproven": "flag"})
    answered = await World(two_pages).call(flagged)
    assert isinstance(answered, Delivered)
    shown = json.loads(reply(flagged, answered).envelope)["proof"]
    answered.payload.close()
    assert (shown["grade"], shown["would_be"], shown["unproven"]) == ("unproven", "counted", ["walk.next"])


@pytest.mark.anyio
@pytest.mark.requirement("L10")
async def test_a_flagged_answer_names_what_the_service_refuted() -> None:
    flagged = contract(proof=proof("refuted"), policy={"unproven": "flag"})
    answered = await World(two_pages).call(flagged)
    assert isinstance(answered, Delivered)
    answered.payload.close()
    assert answered.receipt.unproven == ("walk.next",)


WAYS_OUT: dict[str, tuple[dict[str, Any], str, str]] = {
    "an experiment": ({"provenance": INFERRED}, "`unabridged prove list_tickets` shows", "must run `unabridged prove`"),
    "an open line": ({"provenance": INFERRED, "proof": proof("open")}, "take those", "take it out of `provenance`"),
    "a refuted line": ({"proof": proof("refuted")}, "correct them", "must correct the lines that the service refuted"),
    "a write": ({"provenance": INFERRED, "effects": "write"}, "for the tool writes", "say `effects: read`"),
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", WAYS_OUT)
async def test_a_doubt_says_what_a_person_can_do_about_it(name: str) -> None:
    parts, message, advice = WAYS_OUT[name]
    doubted = contract(**parts)
    answered = await World(two_pages).call(doubted)
    assert isinstance(answered, Withheld)
    assert message in answered.receipt.findings[0].message
    assert advice in fix(doubted, answered.receipt.findings[0])


@pytest.mark.parametrize("parts", [{}, {"effects": "write"}, {"claim": "generation"}])
def test_the_way_out_names_an_experiment_exactly_where_one_may_be_made(parts: dict[str, Any]) -> None:
    tool = replace(contract(), **({"claim": Claim(kind="generation")} if "claim" in parts else parts))
    assert (untried(tool) is None) == (unfit(tool) is None)


def test_tools_in_doubt_are_left_out_and_it_is_said_why() -> None:
    tools = (
        contract(name="refuted", proof=proof("refuted")),
        contract(name="doubted", provenance=INFERRED),
        contract(name="flagged", provenance=INFERRED, policy={"unproven": "flag"}),
        contract(name="run_out", proof=proof(until=BEFORE)),
        contract(name="sound"),
    )
    kept, said = settled(tools, now=NOW)
    assert [tool.name for tool in kept] == ["flagged", "run_out", "sound"]
    correct = "correct them and run `unabridged prove`"
    assert said == [
        f"1 tool not served, for the service refuted lines of its definition: {correct} (refuted: walk.next; `unabridged tools` shows all)",
        "1 tool not served, for inferred lines are not proven: run `unabridged prove` (doubted; `unabridged tools` shows all)",
        "1 tool served with every answer flagged, for lines of its definition are refuted or not proven (flagged; `unabridged tools` shows all)",
        "1 tool served, and the proof has run out: run `unabridged prove` (run_out; `unabridged tools` shows all)",
    ]


STANDINGS: dict[str, dict[str, Any]] = {
    "unproven: 1 line": {"provenance": INFERRED},
    "flagged: 1 line": {"provenance": INFERRED, "policy": {"unproven": "flag"}},
    "until 1971-01-01": {"provenance": INFERRED, "proof": proof()},
    "run out": {"proof": proof(until=BEFORE)},
    "refuted: walk.next": {"proof": proof("refuted")},
    "flagged, refuted: walk.next": {"proof": proof("refuted"), "policy": {"unproven": "flag"}},
    "by hand": {},
}


@pytest.mark.parametrize("says", STANDINGS)
def test_each_tool_is_listed_with_how_its_definition_stands(says: str) -> None:
    assert standing(contract(**STANDINGS[says]), now=NOW) == says


# ------------------------------------------------------------------------------------------- the shape lock


def locked(**envelope: tuple[int, int]) -> Contract:
    seen = {
        f"/{name.replace('_', '/')}": Seen(types=("null",), seen=seen, of=of) for name, (seen, of) in envelope.items()
    }
    whole = Proof(subject="s", proven_at=BEFORE, until=AFTER, shape=Shape(envelope=seen), asked=(asked({}),))
    return replace(contract(), proof=whole)


def without(field: str, *, always: bool = True) -> World:
    taken: list[Request] = []

    def script(request: Request) -> Outcome:
        sound = two_pages(request)
        if taken and not always:
            return sound
        taken.append(request)
        assert not isinstance(sound, tuple)
        body = json.loads(sound.content)  # type: ignore[union-attr]
        del body[field]
        return answer(body)

    return World(script)


@pytest.mark.anyio
@pytest.mark.requirement("L11")
async def test_a_field_that_was_always_there_is_missed() -> None:
    assert code(await without("meta").call(locked(meta=(9, 9), meta_v=(9, 9)))) == "channel_vanished"


@pytest.mark.anyio
@pytest.mark.requirement("L11")
async def test_a_field_that_is_missing_once_is_asked_for_again() -> None:
    world = without("meta", always=False)
    answered = await world.call(locked(meta=(9, 9)))
    assert isinstance(answered, Delivered)
    answered.payload.close()
    assert len(world.sent) == 3
    assert dict(answered.receipt.axes)["shape"] == "corroborated"


@pytest.mark.anyio
@pytest.mark.parametrize(("seen", "of"), [(8, 9), (LEAST - 1, LEAST - 1), (0, 0)])
async def test_a_field_that_was_missing_before_or_seldom_looked_for_is_not(seen: int, of: int) -> None:
    answered = await without("meta").call(locked(meta=(seen, of)))
    assert isinstance(answered, Delivered)
    answered.payload.close()
    assert dict(answered.receipt.axes)["shape"] == "asserted"


@pytest.mark.anyio
async def test_null_is_there() -> None:
    answered = await World(two_pages).call(locked(meta_v=(9, 9), next=(9, 9)))
    assert isinstance(answered, Delivered)
    answered.payload.close()


# ------------------------------------------------------------------------------------------- lock files


def written(directory: Path, tool: Mapping[str, Any] = TOOL, lock: Lock | None = None) -> Catalog:
    file = directory / "desk.json"
    file.write_text(json.dumps({"unabridged": 1, "api": API, "tools": [tool]}))
    if lock is not None:
        write_lock(lock_of(file), lock)
    return read([file])


def proven(tool: Contract) -> Lock:
    lines = {"walk.next": Settled(outcome="proven", by="two pages")}
    made = Proof(subject=tool.subject, proven_at=BEFORE, until=AFTER, lines=lines)
    return Lock(tools={tool.name: made})


@pytest.mark.requirement("L10")
def test_a_proof_beside_the_file_settles_its_lines(tmp_path: Path) -> None:
    tool = {**TOOL, "provenance": {"walk.next": {"value": "body:/meta/after", "source": "openapi"}}}
    (before,) = written(tmp_path, tool).contracts
    (after,) = written(tmp_path, tool, proven(before)).contracts
    assert unsettled(before, NOW) == ("walk.next",)
    assert unsettled(after, NOW) == ()
    assert before.digest == after.digest


@pytest.mark.requirement("L10")
def test_a_proof_of_another_definition_proves_nothing(tmp_path: Path) -> None:
    tool = {**TOOL, "provenance": {"walk.next": {"source": "openapi"}}}
    (before,) = written(tmp_path, tool).contracts
    catalog = written(tmp_path, {**tool, "request": {"url": "/other"}}, proven(before))
    assert catalog.contracts[0].proof is None
    assert [problem.severity for problem in catalog.problems] == ["warning"]
    assert "proven on 1970-01-01" in catalog.problems[0].message


@pytest.mark.requirement("L10")
def test_a_refuted_line_is_named_where_it_stands_until_the_definition_is_another_one(tmp_path: Path) -> None:
    (before,) = written(tmp_path).contracts
    wrong = {"walk.next": Settled(outcome="refuted", by="two pages"), "walk": Settled(outcome="proven", by="it ends")}
    lock = Lock(tools={before.name: Proof(subject=before.subject, proven_at=BEFORE, until=AFTER, lines=wrong)})
    catalog = written(tmp_path, TOOL, lock)
    (problem,) = catalog.problems
    assert (problem.severity, problem.pointer) == ("warning", "/tools/0/walk/next")
    assert "refuted: walk.next" in problem.message
    assert refuted(catalog.contracts[0]) == ("walk.next",)
    other = written(tmp_path, {**TOOL, "request": {"url": "/other"}}, lock)
    assert refuted(other.contracts[0]) == ()
    assert "refuted then: walk.next" in other.problems[0].message


@pytest.mark.parametrize("changes", [{"description": "Other words."}, {"title": "T"}, {"tags": ["a"]}])
def test_a_proof_outlives_a_change_of_words(tmp_path: Path, changes: dict[str, Any]) -> None:
    (before,) = written(tmp_path).contracts
    (after,) = written(tmp_path, {**TOOL, **changes}, proven(before)).contracts
    assert after.proof is not None


@pytest.mark.requirement("L10")
def test_a_line_that_a_person_changed_is_theirs(tmp_path: Path) -> None:
    provenance = {
        "walk": {"value": "cursor", "source": "openapi"},
        "walk.next": {"value": "body:/meta/after", "source": "openapi"},
        "walk.more": {"value": "body:/more", "source": "openapi"},
        "complete.total": {"value": "body:/count", "source": "openapi"},
    }
    (tool,) = written(tmp_path, {**TOOL, "provenance": provenance}).contracts
    assert unsettled(tool, NOW) == ("walk", "walk.next")


DAMAGED = [
    b"",
    b"no JSON",
    b"[]",
    b'{"unabridged_lock": 2}',
    b'{"unabridged_lock": 1, "tool": {}}',
    b'{"unabridged_lock": 1, "tools": {"t": {"subject": "s", "proven_at": "soon", "until": "later"}}}',
    b'{"unabridged_lock": 1, "tools": {"t": {"subject": "s", "proven_at": "2026-01-01", "until": "2026-01-01"}}}',
    b"\xff",
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_lock_takes_the_tools_of_its_file_out_of_service(tmp_path: Path, content: bytes) -> None:
    lock_of(tmp_path / "desk.json").write_bytes(content)
    catalog = written(tmp_path)
    assert catalog.contracts == ()
    assert [problem.severity for problem in catalog.problems] == ["error"]
    assert "desk.json.lock: expected" in catalog.problems[0].message


@given(content=st.binary(max_size=200))
def test_no_content_of_a_lock_file_raises_anything_else(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.lock"
    path.write_bytes(content)
    with suppress(Damaged):
        read_lock(path)


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    shape = Shape(
        envelope={"/next": Seen(types=("null", "string"), seen=4, of=4)},
        items={"/id": Seen(types=("integer",), seen=9, of=9)},
    )
    observed = Observation(purpose="page size 1", request="a", response="b", at=BEFORE, items=1)
    whole = Proof(
        subject="s",
        proven_at=BEFORE,
        until=AFTER,
        source="recording",
        lines={"walk.next": Settled(outcome="open", by="two pages", says="there is one page only")},
        shape=shape,
        sizes=Sizes(asked=(1, 2), came=(1, 2), clamp=100),
        count="walk",
        observations=(observed,),
    )
    path = tmp_path / "desk.yaml.lock"
    write_lock(path, Lock(tools={"desk_list": whole}))
    assert read_lock(path) == Lock(tools={"desk_list": whole})
    assert read_lock(tmp_path / "absent.lock") == Lock()


def test_a_lock_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml.lock"
    small = Lock(tools={"desk_list": Proof(subject="s", proven_at=BEFORE, until=AFTER)})
    write_lock(path, small)
    words = "the same words again and again " * (LARGEST // 30)
    large = Proof(subject="s", proven_at=BEFORE, until=AFTER, lines={"walk": Settled(outcome="open", by=words)})
    with pytest.raises(OSError, match="larger than"):
        write_lock(path, Lock(tools={**small.tools, "desk_find": large}))
    assert read_lock(path) == small
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_that_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml.lock"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_lock(path, Lock())
    assert list(tmp_path.iterdir()) == [path]
