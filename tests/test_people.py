"""The core's side of asking: when a person is asked, what they read, and what their answer is worth.  No client, no clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted import World, answer, code, contract, items
from tests.toolfiles import document, read_one, read_text
from unabridged.schemas.answer import Answer, Asked, Delivered, Question, Withheld
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Request, Response
from unabridged.tools.call import call_or_ask
from unabridged.tools.keeping import MemoryStore
from unabridged.tools.people import Approved, Caller, Declined, Deferred, Said, Stale, Unavailable
from unabridged.tools.reviewing import parked
from unabridged.tools.showing import clean
from unabridged.tools.surroundings import Surroundings

ORDER: dict[str, Json] = {"order": "A-1", "note": "for the\nbox"}


@dataclass(slots=True)
class Person:
    """Somebody who reads, does something meanwhile, and answers."""

    said: Said
    meanwhile: Callable[[], None] = lambda: None
    read: list[Question] = field(default_factory=list[Question])

    async def ask(self, question: Question) -> Said:
        self.read.append(question)
        self.meanwhile()
        return self.said


def refund(**parts: Any) -> Contract:
    """A write that a person must allow."""
    whole: dict[str, Any] = {
        "name": "refund",
        "effects": "write",
        "claim": "one",
        "input": {"type": "object", "properties": {"order": {"type": "string"}, "note": {"type": "string"}}},
        "request": {
            "method": "POST",
            "url": "https://desk.test/orders/{order}/refunds",
            "headers": {"X-Note-Of": "{input.order}", "X-Always": "the same"},
            "body": {"note": "{input.note}"},
            "idempotency": {},
        },
        "response": {"data": "/refund"},
        "walk": {"kind": "single"},
        "complete": {},
        "approval": {"message": "Refund {input.order}, because {input.reason}?", "expires": 60},
        "digest": "d1",
    }
    return contract(**{**whole, **parts})


def search(**parts: Any) -> Contract:
    """A search whose answer a person may release although nothing in it is near."""
    whole: dict[str, Any] = {
        "claim": {"top_k": 3},
        "response": {"items": {"at": "/items", "id": "/id"}},
        "walk": {"kind": "single"},
        "complete": {"gate": {"at": "/items/*/score", "metric": "cosine", "min": 0.75}},
        "review": ["low_relevance"],
        "digest": "d2",
    }
    return contract(**{**whole, **parts})


def paid(_: Request) -> Response:
    return answer({"refund": {"id": "r1"}})


def far(_: Request) -> Response:
    return answer({"items": [{"id": 1, "score": 0.6}, {"id": 2, "score": 0.5}]})


def keeping(world: World, **environment: str) -> Surroundings:
    """The surroundings of *world*, that keep answers by its clock."""
    around = world.surroundings()
    return replace(around, store=MemoryStore(now=around.now), environment=environment)


async def called(
    world: World,
    promise: Contract,
    person: Person,
    arguments: Mapping[str, Json] = ORDER,
    *,
    around: Surroundings | None = None,
) -> Answer | Asked:
    caller = Caller(principal="alice", people=person)
    return await call_or_ask(promise, arguments, surroundings=around or world.surroundings(), caller=caller)


def settled(answered: Answer | Asked) -> Answer:
    assert not isinstance(answered, Asked)
    return answered


# ------------------------------------------------------------------------------------------- before something is sent


@pytest.mark.anyio
async def test_a_person_reads_the_request_and_the_message_and_no_key() -> None:
    world, person = World(paid), Person(Approved("alice"))
    assert isinstance(await called(world, refund(), person), Delivered)
    assert person.read[0].message.splitlines() == [
        "Refund A-1, because (reason: not given)?",
        "",
        "Tool: refund",
        "Sends: POST https://desk.test/orders/A-1/refunds",
        "Header: x-note-of: A-1",
        "Body (application/json, 23 bytes):",
        "{",
        '  "note": "for the\\nbox"',
        "}",
        "Once: the key in Idempotency-Key lets the service take repeats for one",
    ]
    assert person.read[0].expires == 60


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Declined("alice"), "approval_declined"),
        (Declined("alice", "cancelled"), "approval_declined"),
        (Stale("too late"), "approval_stale"),
        (Unavailable("nobody is there"), "approval_unavailable"),
    ],
)
async def test_without_a_yes_nothing_is_sent(said: Said, expected: str) -> None:
    world = World(paid)
    assert code(settled(await called(world, refund(), Person(said)))) == expected
    assert world.sent == []


@pytest.mark.anyio
async def test_what_was_said_stands_in_the_receipt() -> None:
    answers = [
        settled(await called(World(paid), refund(), Person(said)))
        for said in (Approved("alice"), Declined("alice", "cancelled"))
    ]
    told = [(decision.action, decision.by) for found in answers for decision in found.receipt.decisions]
    assert told == [("approved", "alice"), ("cancelled", "alice")]


@pytest.mark.anyio
async def test_arguments_that_do_not_fit_are_refused_before_anybody_is_asked() -> None:
    person = Person(Approved("alice"))
    assert code(settled(await called(World(paid), refund(), person, {"order": 7}))) == "invalid_arguments"
    assert person.read == []


@pytest.mark.anyio
async def test_no_deadline_runs_while_a_person_thinks() -> None:
    world = World(paid)

    def think() -> None:
        world.time += 3600

    assert isinstance(await called(world, refund(), Person(Approved("alice"), think)), Delivered)


@pytest.mark.anyio
@pytest.mark.requirement("G38")
async def test_a_question_is_about_one_contract_with_these_arguments() -> None:
    asked: list[str] = []
    for promise, arguments in (
        (refund(), ORDER),
        (refund(), {**ORDER, "order": "A-2"}),
        (refund(), {**ORDER, "note": "another"}),
        (replace(refund(), digest="d2"), ORDER),
    ):
        person = Person(Declined("alice"))
        await called(World(paid), promise, person, arguments)
        asked.append(person.read[0].subject)
    again = Person(Declined("alice"))
    await called(World(paid), refund(), again)
    assert len({*asked}) == 4
    assert again.read[0].subject == asked[0]


def guarded(*, token: str = "TOKEN", **parts: Any) -> Contract:
    """A refund with a token, and a mirror that takes another one."""
    auth = {"kind": "bearer", "token": {"env": token}}
    mirror = {"name": "mirror", "base_url": "https://mirror.test", "auth": {**auth, "token": {"env": "MIRROR_TOKEN"}}}
    provider = {"name": "desk", "base_url": "https://desk.test", "auth": auth}
    policy = {"fallback": [{"mirror": mirror, "equivalent": True}]}
    return refund(provider=provider, policy=policy, **parts)


@pytest.mark.anyio
@pytest.mark.requirement("G38")
async def test_a_question_is_about_one_credential_and_those_of_the_mirrors() -> None:
    around, asked = World(paid).surroundings(), list[str]()
    for tokens in ({"TOKEN": "a"}, {"TOKEN": "b"}, {"TOKEN": "a", "MIRROR_TOKEN": "c"}, {"TOKEN": "a"}):
        person = Person(Deferred("word", "name"))
        await called(World(paid), guarded(), person, around=replace(around, environment=tokens))
        asked.append(person.read[0].subject)
    assert len({*asked}) == 3
    assert asked[0] == asked[-1]


@pytest.mark.anyio
@pytest.mark.requirement("G38")
@pytest.mark.parametrize("token", ["TOKEN", "MIRROR_TOKEN"])
async def test_a_credential_that_changes_while_a_person_thinks_is_not_sent(token: str) -> None:
    world, tokens = World(paid), {"TOKEN": "a", "MIRROR_TOKEN": "c"}
    person = Person(Approved("alice"), lambda: tokens.update({token: "another"}))
    around = replace(world.surroundings(), environment=tokens)
    assert code(settled(await called(world, guarded(), person, around=around))) == "approval_stale"
    assert world.sent == []


@pytest.mark.anyio
@pytest.mark.requirement("G38")
async def test_nobody_is_asked_to_send_with_a_credential_that_cannot_be_read() -> None:
    world, person = World(paid), Person(Approved("alice"))
    refused = settled(await called(world, guarded(token="GONE"), person))
    assert code(refused) == "not_configured"
    assert isinstance(refused, Withheld)
    assert refused.verdict.findings[0].message == "The environment variable GONE is not set."
    assert (person.read, world.sent) == ([], [])


@pytest.mark.anyio
async def test_what_was_said_before_is_no_decision_of_this_call() -> None:
    refused = settled(await called(World(paid), refund(), Person(Declined("alice", before=True))))
    assert isinstance(refused, Withheld)
    assert refused.verdict.findings[0].message == "a person was asked before and said no: nothing was sent"
    assert refused.receipt.decisions == ()


@pytest.mark.anyio
async def test_a_question_that_is_answered_in_another_round_ends_the_call() -> None:
    world = World(paid)
    asked = await called(world, refund(), Person(Deferred("word", "name")))
    assert isinstance(asked, Asked)
    assert (asked.state, asked.question.kind) == ("word", "approval")
    assert world.sent == []


@pytest.mark.anyio
async def test_a_tool_that_needs_a_permission_is_not_used_in_another_one_s_call() -> None:
    world, person = World(gone), Person(Approved("alice"))
    first = contract(policy={"fallback": ["refund"], "retry": {"attempts": 1}})
    around = replace(world.surroundings(), tools={"refund": refund()})
    refused = settled(await called(world, first, person, {}, around=around))
    assert [leg.finding and leg.finding.code for leg in refused.receipt.tried] == [
        "unavailable",
        "approval_unavailable",
    ]
    assert person.read == []
    assert all(request.method == "GET" for request in world.sent)


# ------------------------------------------------------------------------------------------- before an answer leaves


@pytest.mark.anyio
async def test_a_person_reads_what_is_lacking_and_releases_it() -> None:
    person = Person(Approved("alice"))
    released = settled(await called(World(far), search(), person, {}))
    assert "Lacks: low_relevance: 0 of 2 items pass the gate (cosine), and at least 1 must" in person.read[0].message
    assert "Holds: 2 items from 1 page of desk" in person.read[0].message
    assert [item["id"] for item in items(released)] == [1, 2]
    assert released.receipt.evidence.released == ("low_relevance",)
    assert released.receipt.decisions[0].codes == ("low_relevance",)


@pytest.mark.anyio
@pytest.mark.parametrize("said", [Declined("alice"), Unavailable("nobody is there")])
async def test_what_is_not_released_is_refused_for_its_own_reason(said: Said) -> None:
    refused = settled(await called(World(far), search(), Person(said), {}))
    assert isinstance(refused, Withheld)
    assert code(refused) == "low_relevance"


def gone(_: Request) -> Response:
    return answer({}, status=503)


def twice(_: Request) -> Response:
    return answer({"items": [{"id": 1, "score": 0.6}, {"id": 1, "score": 0.6}]})


@pytest.mark.anyio
@pytest.mark.parametrize("script", [gone, twice], ids=["no answer", "an answer with another fault"])
async def test_nobody_is_asked_about_what_no_yes_could_make_good(script: Callable[[Request], Response]) -> None:
    person = Person(Approved("alice"))
    refused = settled(await called(World(script), search(policy={"retry": {"attempts": 1}}), person, {}))
    assert isinstance(refused, Withheld)
    assert person.read == []


@pytest.mark.anyio
async def test_a_whole_answer_of_another_way_is_given_without_asking() -> None:
    def nearer(request: Request) -> Response:
        return answer({"items": [{"id": 1, "score": 0.9}]}) if "refined" in request.url else far(request)

    person = Person(Approved("alice"))
    promise = search(
        input={"type": "object", "properties": {"q": {"type": "string"}}},
        request={"url": "https://desk.test/search", "query": {"q": "{input.q}"}},
        policy={"recover": [{"on": ["low_relevance"], "with": {"q": "refined"}}]},
    )
    found = settled(await called(World(nearer), promise, person, {"q": "churn"}))
    assert [item["id"] for item in items(found)] == [1]
    assert person.read == []


@pytest.mark.anyio
async def test_what_is_put_up_in_rounds_is_the_answer_that_is_handed_over() -> None:
    scores = iter([0.6, 0.4])
    world = World(lambda _: answer({"items": [{"id": 1, "score": next(scores)}]}))
    around = keeping(world)
    first = await called(world, search(), Person(Deferred("word", "parked")), {}, around=around)
    assert isinstance(first, Asked)
    resumed = Caller(principal="alice", people=Person(Approved("alice")), resumes="parked")
    released = settled(await call_or_ask(search(), {}, surroundings=around, caller=resumed))
    assert items(released) == [{"id": 1, "score": 0.6}]
    assert len(world.sent) == 1
    again = Caller(principal="alice", people=Person(Stale("used before")), resumes="parked")
    assert code(settled(await call_or_ask(search(), {}, surroundings=around, caller=again))) == "approval_stale"


@pytest.mark.anyio
@pytest.mark.parametrize("rounds", [True, False], ids=["in rounds", "while it waits"])
async def test_the_receipt_of_a_released_answer_names_the_permission_to_ask_for_it_too(rounds: bool) -> None:
    class Two(Person):
        async def ask(self, question: Question) -> Said:
            return Deferred("word", "parked") if rounds and question.kind == "review" else Approved("alice")

    world, promise = World(far), search(approval={})
    around = keeping(world)
    answered = await called(world, promise, Two(Approved("alice")), {}, around=around)
    if rounds:
        assert isinstance(answered, Asked)
        resumed = Caller(principal="alice", people=Person(Approved("alice")), resumes="parked")
        answered = await call_or_ask(promise, {}, surroundings=around, caller=resumed)
    assert len(world.sent) == 1
    released = settled(answered)
    assert len(items(released)) == 2
    assert [decision.kind for decision in released.receipt.decisions] == ["approval", "review"]


@pytest.mark.anyio
@pytest.mark.requirement("G38")
@pytest.mark.parametrize("tokens", [{"TOKEN": "b"}, {}], ids=["another", "none"])
async def test_what_one_credential_read_is_not_put_up_for_another(tokens: Mapping[str, str]) -> None:
    world, promise = World(far), replace(search(), provider=guarded().provider)
    around = keeping(world, TOKEN="a")
    assert isinstance(await called(world, promise, Person(Deferred("word", "parked")), {}, around=around), Asked)
    caller = Caller(principal="alice", people=Person(Approved("alice")), resumes="parked")
    other = replace(around, environment=tokens)
    assert await parked(promise, {}, other, name="parked") is None
    assert await parked(promise, {}, around, name="parked") is not None
    answered = settled(await call_or_ask(promise, {}, surroundings=other, caller=caller))
    assert len(world.sent) == 2  # the released one was read anew
    assert isinstance(answered, Delivered) is bool(tokens)


@pytest.mark.anyio
@pytest.mark.requirement("G38")
@pytest.mark.parametrize("meanwhile", ["b", ""], ids=["another", "none"])
async def test_what_was_read_while_the_credential_changed_is_released_to_nobody(meanwhile: str) -> None:
    tokens, person = {"TOKEN": "a"}, Person(Approved("alice"))

    def changing(request: Request) -> Response:
        tokens["TOKEN"] = meanwhile
        return far(request)

    world, promise = World(changing), replace(search(), provider=guarded().provider)
    refused = settled(await called(world, promise, person, {}, around=replace(keeping(world), environment=tokens)))
    assert isinstance(refused, Withheld)
    assert [finding.code for finding in refused.verdict.findings] == ["low_relevance", "approval_unavailable"]
    assert person.read == []


@pytest.mark.anyio
async def test_a_call_that_is_cancelled_while_a_person_thinks_sends_nothing() -> None:
    class Thinking:
        async def ask(self, question: Question) -> Said:
            scope.cancel()
            await anyio.sleep_forever()
            raise AssertionError

    world = World(paid)
    with anyio.CancelScope() as scope:
        await call_or_ask(refund(), ORDER, surroundings=world.surroundings(), caller=Caller(people=Thinking()))
    assert scope.cancelled_caught
    assert world.sent == []


# ------------------------------------------------------------------------------------------- what is shown


@given(st.text())
def test_nothing_that_is_shown_steers_a_screen_or_turns_a_line(text: str) -> None:
    shown = clean(text)
    assert shown.isprintable()
    assert len(shown) <= 10 * 1_000 + 40


@pytest.mark.anyio
async def test_a_body_that_is_too_long_to_read_says_that_it_is_cut() -> None:
    person = Person(Declined("alice"))
    await called(World(paid), refund(), person, {**ORDER, "note": "x" * 9_000})
    assert "CUT HERE: 5,016 more characters are sent that are not shown" in person.read[0].message


# ------------------------------------------------------------------------------------------- the file


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"approval": {"message": "Delete {input.nme}?"}}, "/approval/message: expected an argument of `input`"),
        ({"approval": {"message": "On {var.host}?"}}, "/approval/message: expected an argument of `input`"),
        (
            {"approval": "required", "policy.recover": {"on": "rate_limited", "with": {"q": "x"}}},
            "/policy/recover: expected no `recover`",
        ),
        ({"policy.fallback": ["guarded"]}, "/policy/fallback/0/tool: expected a tool without `approval`"),
        ({"review": ["truncated_body"]}, "/review/0: expected one of"),
    ],
)
def test_a_gate_that_cannot_work_is_a_mistake(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    tool = {"input": {"type": "object", "properties": {"q": {"type": "string"}}}, "request.query": {"q": "{input.q}"}}
    whole = document({**tool, **change})
    whole["tools"].append({**whole["tools"][0], "name": "guarded", "approval": "required", "policy": {}})
    problems = [str(problem) for problem in read_text(tmp_path, json.dumps(whole), "file.json").problems]
    assert any(f"/tools/0{expected}" in problem for problem in problems), problems


@pytest.mark.parametrize("approval", ["required", {"message": "Send {input.q}?", "expires": "2m"}])
def test_a_gate_that_works_is_none(tmp_path: Path, approval: Any) -> None:
    tool = {"input": {"type": "object", "properties": {"q": {"type": "string"}}}, "request.query": {"q": "{input.q}"}}
    assert read_one(tmp_path, {**tool, "approval": approval, "review": ["stale", "unproven"]}).problems == ()
