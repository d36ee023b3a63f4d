"""Writes: whatever breaks, nothing takes effect twice, and nothing that took effect is called failed."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bank import FAULTS, LOST, Bank, Way, happened
from tests.scripted import World, answer, code, content, contract
from unabridged.schemas.answer import Answer, Delivered, Receipt
from unabridged.schemas.contract import Contract
from unabridged.schemas.location import duration
from unabridged.schemas.secret import Bearer, FromEnvironment
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.server.advice import fix, may_repeat
from unabridged.server.listing import tool as listed
from unabridged.server.result import reply
from unabridged.tools.call import call
from unabridged.tools.keeping import MemoryStore
from unabridged.tools.liveness import Mark
from unabridged.tools.people import Caller
from unabridged.tools.shelf import MemoryShelf
from unabridged.tools.surroundings import Surroundings

pytestmark = pytest.mark.anyio

TRANSFER: dict[str, Any] = {
    "claim": "one",
    "effects": "write",
    "input": {
        "type": "object",
        "properties": {"amount": {"type": "integer"}, "key": {"type": "string"}},
        "additionalProperties": False,
    },
    "request": {"url": "https://bank.test/transfers", "method": "POST", "body": {"amount": "{input.amount}"}},
    "response": {"status": [201], "data": "/transfer"},
    "walk": {"kind": "single"},
    "complete": {},
    "provider": {"name": "bank", "base_url": "https://bank.test"},
}


def transfer(**request: Any) -> Contract:
    """A contract for a transfer, with changes to its request; `confirm` and `policy` stand beside the request."""
    beside: dict[str, Any] = {name: request.pop(name) for name in ("confirm", "policy", "response") if name in request}
    whole: dict[str, Any] = {**TRANSFER, "request": {**TRANSFER["request"], **request}, **beside}
    return contract(**whole)


KEYED = transfer(idempotency={})
UNKEYED = transfer()
OWN = transfer(idempotency={"key": "{input.key}"})
ALWAYS_OWN = replace(OWN, input={**TRANSFER["input"], "required": ["key"]})
NAMED = transfer(method="PUT", url="https://bank.test/transfers/7")


@dataclass(slots=True)
class Life:
    """Several calls in one world: a bank, what happens to each request in turn, and what outlives the calls."""

    bank: Bank = field(default_factory=Bank)
    fates: Iterator[str | None] = field(default_factory=lambda: iter(()))
    world: World = field(init=False)
    surroundings: Surroundings = field(init=False)

    def __post_init__(self) -> None:
        numbers = count(1)
        self.world = World(self._fate)
        self.surroundings = replace(
            self.world.surroundings(),
            shelf=MemoryShelf(clock=lambda: 1_000_000.0 + self.world.time),
            identify=lambda: f"call-{next(numbers)}",
        )

    def _fate(self, request: Request) -> Outcome:
        fate = next(self.fates, None) if request.method != "GET" else None
        return self.bank(request) if fate is None else FATES[fate](self.bank, request)

    def suffers(self, *fates: str | None) -> None:
        self.fates = iter(fates)

    async def call(self, tool: Contract, *, by: str = "ada", **arguments: Json) -> Answer:
        return await call(tool, arguments, surroundings=self.surroundings, caller=Caller(principal=by))

    def keys(self) -> list[str | None]:
        return [dict(one.headers).get("idempotency-key") for one in self.world.sent if one.method != "GET"]


def said_to_have_failed(told: Answer) -> bool:
    return not isinstance(told, Delivered) and code(told) not in ("outcome_unknown", "write_in_progress")


# ------------------------------------------------------------------------------------------ one call


@pytest.mark.requirement("G8", "G10")
@pytest.mark.parametrize("tool", [KEYED, UNKEYED, NAMED], ids=["keyed", "unkeyed", "PUT"])
@pytest.mark.parametrize("attempt", [1, 2, 3])
@pytest.mark.parametrize("fate", FAULTS)
async def test_nothing_takes_effect_twice_whichever_attempt_breaks(fate: str, attempt: int, tool: Contract) -> None:
    life = Life()
    life.suffers(*["not now" if tool is not UNKEYED else "no connection"] * (attempt - 1), fate)
    told = await life.call(tool, amount=5)
    assert happened(life.bank) <= 1
    assert not (isinstance(told, Delivered) and happened(life.bank) == 0)
    assert not (happened(life.bank) == 1 and said_to_have_failed(told))
    if isinstance(told, Delivered):
        told.payload.close()


@pytest.mark.requirement("G10")
@pytest.mark.parametrize("tool", [KEYED, UNKEYED, NAMED, OWN], ids=["keyed", "unkeyed", "PUT", "a key of one's own"])
@pytest.mark.parametrize("fate", FAULTS)
async def test_what_took_effect_is_not_said_to_have_failed_however_long_it_stays_broken(
    fate: str, tool: Contract
) -> None:
    life = Life()
    arguments: dict[str, Any] = {"amount": 5, **({"key": "k"} if tool is OWN else {})}
    life.suffers(*[fate] * 3)
    told = await life.call(tool, **arguments)
    assert not (happened(life.bank) == 1 and said_to_have_failed(told))
    life.suffers()
    if happened(life.bank) == 0 or tool is not UNKEYED:
        content(await life.call(tool, **arguments))
    assert happened(life.bank) == 1


@pytest.mark.requirement("G9")
@pytest.mark.parametrize(
    "fate", [name for name in LOST if name not in ("accepted for later", "the result is elsewhere")]
)
async def test_all_attempts_of_a_call_carry_one_key(fate: str) -> None:
    life = Life()
    life.suffers(fate, fate)
    assert b"transfer 1" in content(await life.call(KEYED, amount=5))
    assert len(life.keys()) == 3
    assert len(set(life.keys())) == 1


@pytest.mark.requirement("G9")
async def test_while_the_service_is_still_at_it_the_same_key_waits() -> None:
    life = Life(bank=Bank(slow=3))
    life.suffers("cut after it was done")
    told = await life.call(KEYED, amount=5)
    assert code(told) == "outcome_unknown"  # two answers of 409, and three attempts in all
    assert life.world.waits[1] >= 1.0  # as Retry-After says
    assert b"transfer 1" in content(await life.call(KEYED, amount=5))
    assert happened(life.bank) == 1


@pytest.mark.requirement("G9")
async def test_a_payload_that_the_service_knows_the_key_with_no_more_is_final() -> None:
    life = Life()
    content(await life.call(OWN, amount=5, key="k-1"))
    life.surroundings = replace(life.surroundings, shelf=MemoryShelf(clock=lambda: 0.0))  # another machine
    told = await life.call(OWN, amount=6, key="k-1")
    assert code(told) == "idempotency_mismatch"
    assert len(life.world.sent) == 2
    assert happened(life.bank) == 1


async def test_a_payload_that_is_refused_under_a_key_of_ours_is_simply_rejected() -> None:
    world = World(lambda _: answer({}, status=422))
    assert code(await world.call(KEYED, amount=5)) == "request_rejected"
    assert len(world.sent) == 1


async def test_what_the_file_says_of_409_beats_what_http_says() -> None:
    conflict = {"classify": [{"when": {"status": 409}, "as": "rejected"}], "status": [201], "data": "/transfer"}
    world = World(lambda _: answer({}, status=409))
    assert code(await world.call(transfer(idempotency={}, response=conflict), amount=5)) == "request_rejected"
    assert len(world.sent) == 1


async def test_a_file_can_name_its_services_own_words_for_a_key() -> None:
    words = {"from": "body:/error", "map": {"busy": "in_progress", "reused": "key_reused", "*": "rejected"}}
    response = {"classify": [{"when": {"status": 400}, "as": words}], "status": [201], "data": "/transfer"}
    tool = transfer(idempotency={}, response=response)
    world = World(lambda _: answer({"error": "reused"}, status=400))
    assert code(await world.call(tool, amount=5)) == "idempotency_mismatch"
    world = World(lambda _: answer({"error": "busy"}, status=400))
    assert code(await world.call(tool, amount=5)) == "outcome_unknown"
    assert len(world.sent) == 3


# ------------------------------------------------------------------------------------------ several calls


class Cancelled(BaseException):
    """Whoever called went away while the request was on its way."""


def _gone(bank: Bank, request: Request) -> Outcome:
    raise Cancelled


def _gone_afterwards(bank: Bank, request: Request) -> Outcome:
    bank(request)
    raise Cancelled


CANCELLED: dict[str, Way] = {"cancelled before it was done": _gone, "cancelled after it was done": _gone_afterwards}
SAID: dict[str, Way] = {
    "still at it": lambda bank, request: answer({}, status=409),
    "refused with 400": lambda bank, request: answer({}, status=400),
    "refused with 401": lambda bank, request: answer({}, status=401),
    "refused with 404": lambda bank, request: answer({}, status=404),
    "refused with 422": lambda bank, request: answer({}, status=422),
}
FATES = {**FAULTS, **CANCELLED, **SAID}


@pytest.mark.requirement("G8", "G9", "G10")
@given(fates=st.lists(st.sampled_from([None, *FAULTS, *CANCELLED]), max_size=14), slow=st.integers(0, 2))
def test_calling_until_it_is_delivered_takes_effect_once(fates: list[str | None], slow: int) -> None:
    async def calls() -> None:
        life = Life(bank=Bank(slow=slow))
        life.suffers(*fates)
        for _ in range(20):
            try:
                told = await life.call(KEYED, amount=5)
            except Cancelled:
                assert happened(life.bank) <= 1
                continue
            assert happened(life.bank) <= 1
            assert not (happened(life.bank) == 1 and said_to_have_failed(told))
            if isinstance(told, Delivered):
                told.payload.close()
                assert happened(life.bank) == 1
                return
            life.world.time += 60.0  # a circuit that is open closes again
        raise AssertionError("never delivered, although the faults are over")

    anyio.run(calls)


@pytest.mark.requirement("G8", "G10")
@given(
    fates=st.lists(st.sampled_from([None, *FAULTS]), max_size=6),
    tool=st.sampled_from([KEYED, UNKEYED, NAMED, OWN]),
)
def test_one_call_takes_effect_at_most_once(fates: list[str | None], tool: Contract) -> None:
    async def calls() -> None:
        life = Life()
        life.suffers(*fates)
        told = await life.call(tool, amount=5, **({"key": "k"} if tool is OWN else {}))
        assert happened(life.bank) <= 1
        assert not (happened(life.bank) == 1 and said_to_have_failed(told))
        assert not isinstance(told, Delivered) or happened(life.bank) == 1

    anyio.run(calls)


async def test_a_second_identical_write_that_is_meant_has_a_key_of_its_own() -> None:
    life = Life()
    content(await life.call(KEYED, amount=5))
    content(await life.call(KEYED, amount=5))
    assert happened(life.bank) == 2
    assert len(set(life.keys())) == 2


async def test_a_write_that_was_certainly_refused_leaves_no_key_behind() -> None:
    life = Life()
    life.suffers("not allowed")
    assert code(await life.call(KEYED, amount=5)) == "auth_failed"
    content(await life.call(KEYED, amount=5))
    assert len(set(life.keys())) == 2


@pytest.mark.requirement("G9", "G10")
async def test_a_write_that_nobody_knows_of_keeps_its_key_and_is_not_called_failed_later() -> None:
    life = Life()
    life.suffers(*["cut after it was done"] * 3, "not allowed")
    assert code(await life.call(KEYED, amount=5)) == "outcome_unknown"
    assert code(await life.call(KEYED, amount=5)) == "outcome_unknown"  # 401 says nothing of the first one
    told = await life.call(KEYED, amount=5)
    assert isinstance(told, Delivered)
    assert json.loads(reply(KEYED, told).envelope)["proof"]["same_write"] is True
    told.payload.close()
    assert happened(life.bank) == 1
    assert len(set(life.keys())) == 1


async def test_another_payload_and_another_principal_have_other_keys() -> None:
    life = Life()
    life.suffers(*["cut before it was done"] * 9)
    for amount, by in ((5, "ada"), (6, "ada"), (5, "bob")):
        assert code(await life.call(KEYED, amount=amount, by=by)) == "outcome_unknown"
    assert len(set(life.keys())) == 3


def behind_a_token(**request: Any) -> Contract:
    tool = transfer(**request)
    auth = Bearer(token=FromEnvironment(env="BANK_TOKEN"))
    return replace(tool, provider=replace(tool.provider, auth=auth))


def with_token(life: Life, **environment: str) -> None:
    """Let what comes be called by another process, with a mark of its own and nothing in memory, at the same shelf."""
    mark, store = Mark(), MemoryStore(now=lambda: 0.0)
    life.surroundings = replace(life.surroundings, environment=environment, mark=mark, store=store)


@pytest.mark.requirement("G9")
async def test_no_key_goes_from_one_credential_to_another() -> None:
    life = Life()
    tool = behind_a_token(idempotency={})
    life.suffers(*["cut after it was done"] * 3)
    with_token(life, BANK_TOKEN="a")
    assert code(await life.call(tool, amount=5)) == "outcome_unknown"
    with_token(life, BANK_TOKEN="b")
    theirs = await life.call(tool, amount=5)
    assert not isinstance(theirs, Delivered) or not theirs.receipt.evidence.resumed
    content(theirs)
    with_token(life, BANK_TOKEN="a")
    mine = await life.call(tool, amount=5)
    assert isinstance(mine, Delivered)
    assert mine.receipt.evidence.resumed
    content(mine)
    keys = life.keys()
    assert keys[0] == keys[4] != keys[3]
    assert happened(life.bank) == 2


async def test_a_key_of_the_callers_is_bound_for_one_credential() -> None:
    life = Life()
    tool = behind_a_token(idempotency={"key": "{input.key}"})
    for token in ("a", "b"):
        with_token(life, BANK_TOKEN=token)
        life.bank.keys.clear()  # another account
        content(await life.call(tool, amount=5 if token == "a" else 6, key="k"))
    assert code(await life.call(tool, amount=5, key="k")) == "idempotency_conflict"


async def test_a_credential_that_cannot_be_read_shares_no_key_with_another_process() -> None:
    life = Life()
    tool = behind_a_token(idempotency={})
    life.suffers(*["cut before it was done"] * 6)
    for _ in range(2):
        with_token(life)
        assert code(await life.call(tool, amount=5)) == "outcome_unknown"
    assert len(set(life.keys())) == 2


async def test_no_name_on_the_shelf_is_a_digest_that_a_credential_could_be_guessed_from() -> None:
    names: list[list[str]] = []
    for _ in range(2):
        life = Life()
        life.suffers(*["cut before it was done"] * 3)
        with_token(life, BANK_TOKEN="a")
        await life.call(behind_a_token(idempotency={}), amount=5)
        names.append([name for name, _ in life.surroundings.shelf.all("write/")])
    assert names[0] != names[1]


async def test_a_key_that_the_service_has_forgotten_is_not_used_again() -> None:
    life = Life()
    life.suffers(*["cut before it was done"] * 6)
    kept = transfer(idempotency={"kept": "1h"})
    await life.call(kept, amount=5)
    life.world.time += 3_000.0
    await life.call(kept, amount=5)  # the hour runs from the first time that the key was sent
    life.world.time += 700.0
    await life.call(kept, amount=5)
    assert len(set(life.keys())) == 2
    assert len(set(life.keys()[:6])) == 1


# ------------------------------------------------------------------------------------------ keys of the caller's own


@pytest.mark.requirement("G9")
async def test_a_key_of_the_callers_is_sent_exactly_and_for_one_payload_only() -> None:
    life = Life()
    content(await life.call(OWN, amount=5, key='"order 7"'))
    assert code(await life.call(OWN, amount=6, key='"order 7"')) == "idempotency_conflict"
    content(await life.call(OWN, amount=5, key='"order 7"'))  # answered from the service's memory
    assert life.keys() == ['"order 7"', '"order 7"']
    assert happened(life.bank) == 1


async def test_a_key_under_which_nothing_took_effect_may_travel_with_another_payload() -> None:
    life = Life()
    life.suffers("not allowed")
    assert code(await life.call(OWN, amount=5, key="k")) == "auth_failed"
    content(await life.call(OWN, amount=6, key="k"))
    assert happened(life.bank) == 1


async def test_without_a_key_of_the_callers_there_is_one_of_ours() -> None:
    life = Life()
    content(await life.call(OWN, amount=5))
    assert life.keys()[0] is not None


async def test_an_empty_key_is_refused_before_anything_is_sent() -> None:
    life = Life()
    assert code(await life.call(OWN, amount=5, key=" ")) == "invalid_arguments"
    assert life.world.sent == []


# ------------------------------------------------------------------------------------------ at the same time


@dataclass(slots=True)
class Held:
    """A transport that has done the write and lets nobody know before it may."""

    bank: Bank
    sent: anyio.Event
    may_answer: anyio.Event
    requests: list[Request] = field(default_factory=list[Request])

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        self.requests.append(request)
        done = self.bank(request)
        self.sent.set()
        await self.may_answer.wait()
        return done

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Held]:
        yield self


def held(life: Life) -> Held:
    transport = Held(life.bank, anyio.Event(), anyio.Event())
    life.surroundings = replace(life.surroundings, open_transport=transport.open)
    return transport


async def test_the_same_write_beside_itself_is_refused_and_takes_effect_once() -> None:
    life = Life()
    transport = held(life)
    first: list[Answer] = []
    beside: list[Answer] = []

    async def call_into(answers: list[Answer]) -> None:
        answers.append(await life.call(KEYED, amount=5))

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call_into, first)
            await transport.sent.wait()
            await call_into(beside)
            transport.may_answer.set()
    refused = beside[0]
    assert code(refused) == "write_in_progress"
    assert not isinstance(refused, Delivered)
    assert not may_repeat(KEYED, refused.verdict.findings[0])  # afterwards it would be a second write
    assert isinstance(first[0], Delivered)
    assert happened(life.bank) == 1


@pytest.mark.requirement("G8", "G9")
async def test_a_key_of_the_callers_is_not_sent_beside_itself() -> None:
    life = Life()
    transport = held(life)
    answers: list[Answer] = []

    async def call_with(amount: int) -> None:
        answers.append(await life.call(OWN, amount=amount, key="k"))

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call_with, 5)
            await transport.sent.wait()
            await call_with(5)
            await call_with(6)
            transport.may_answer.set()
    beside, other, first = answers
    assert (code(beside), code(other)) == ("write_in_progress", "idempotency_conflict")
    assert not isinstance(beside, Delivered)
    assert may_repeat(OWN, beside.verdict.findings[0])  # it is the same write whenever it comes
    assert "the same arguments" in fix(OWN, beside.verdict.findings[0])
    assert len(transport.requests) == 1
    content(first)
    content(await life.call(OWN, amount=5, key="k"))
    assert happened(life.bank) == 1


async def test_a_key_of_the_callers_that_was_cancelled_may_be_sent_again() -> None:
    life = Life()
    transport = held(life)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: life.call(OWN, amount=5, key="k"))
            await transport.sent.wait()
            tasks.cancel_scope.cancel()
    transport.may_answer.set()
    assert code(await life.call(OWN, amount=6, key="k")) == "idempotency_conflict"
    told = await life.call(OWN, amount=5, key="k")
    assert isinstance(told, Delivered)
    assert told.receipt.evidence.resumed
    content(told)


@pytest.mark.requirement("G9", "G10")
async def test_a_write_that_was_cancelled_goes_on_with_its_key() -> None:
    life = Life()
    transport = held(life)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: life.call(KEYED, amount=5))
            await transport.sent.wait()
            tasks.cancel_scope.cancel()
    transport.may_answer.set()
    content(await life.call(KEYED, amount=5))
    assert happened(life.bank) == 1
    assert len({dict(request.headers)["idempotency-key"] for request in transport.requests}) == 1


@pytest.mark.requirement("G10")
async def test_a_mistake_of_ours_in_the_middle_of_a_write_leaves_its_outcome_unknown() -> None:
    life = Life()
    script = life.world.script

    def mistaken(request: Request) -> Outcome:
        script(request)
        raise RuntimeError

    life.world.script = mistaken
    assert code(await life.call(KEYED, amount=5)) == "outcome_unknown"
    life.world.script = script
    content(await life.call(KEYED, amount=5))
    assert happened(life.bank) == 1


# ------------------------------------------------------------------------------------------ other providers

MIRROR = {"name": "mirror", "base_url": "https://mirror.test"}


def mirrored(**fallback: Any) -> Contract:
    way = {"mirror": MIRROR, **fallback}
    return transfer(url="/transfers", policy={"fallback": [way, {**way, "mirror": {**MIRROR, "name": "third"}}]})


@pytest.mark.requirement("G8", "G31")
@pytest.mark.parametrize("fallback", [{}, {"equivalent": True}, {"equivalent": True, "on": ["outcome_unknown"]}])
async def test_a_write_that_may_have_taken_effect_is_made_nowhere_else(fallback: dict[str, Any]) -> None:
    life = Life()
    life.suffers("cut after it was done")
    assert code(await life.call(mirrored(**fallback), amount=5)) == "outcome_unknown"
    assert len(life.world.sent) == 1


async def test_a_write_goes_elsewhere_only_where_the_file_says_that_both_are_one() -> None:
    life = Life()
    life.suffers(*["no connection"] * 3)
    assert code(await life.call(mirrored(), amount=5)) == "unreachable"
    life.suffers(*["no connection"] * 3)
    assert b"transfer 1" in content(await life.call(mirrored(equivalent=True), amount=5))


@pytest.mark.requirement("G10")
async def test_a_write_whose_outcome_is_unknown_elsewhere_is_not_called_failed_here() -> None:
    life = Life()
    life.suffers(*["no connection"] * 3, "cut after it was done")
    assert code(await life.call(mirrored(equivalent=True), amount=5)) == "outcome_unknown"
    assert happened(life.bank) == 1
    assert len(life.world.sent) == 4


# ------------------------------------------------------------------------------------------ the read that settles


LISTED = {
    "url": "/transfers",
    "query": {"amount": "{input.amount}"},
    "applied": {"at": "body:/transfers/0", "state": "value"},
    "not_applied": {"at": "body:/transfers", "state": "empty"},
    "data": "/transfers/0",
}
SETTLED = transfer(confirm=LISTED)
SETTLED_KEYED = transfer(confirm=LISTED, idempotency={})


@pytest.mark.parametrize("fate", [name for name in LOST if name not in ("cut before it was done", "not now")])
async def test_a_read_shows_that_the_write_took_effect_and_gives_its_result(fate: str) -> None:
    life = Life()
    life.suffers(fate)
    told = await life.call(SETTLED, amount=5)
    assert isinstance(told, Delivered)
    assert json.loads(reply(SETTLED, told).envelope)["proof"]["settled_by"] == "a read"
    assert content(told) == b'{"name": "transfer 1"}'
    assert "confirm" in {witness.name for witness in told.receipt.witnesses}
    assert told.receipt.evidence.settled == "applied"
    assert [attempt.purpose for attempt in told.receipt.evidence.attempts] == ["page", "settle"]


@pytest.mark.parametrize("fate", ["cut before it was done", "not now"])
async def test_that_a_write_did_not_take_effect_is_believed_when_its_effect_has_had_time_to_show(fate: str) -> None:
    life = Life()
    life.suffers(fate)
    told = await life.call(SETTLED, amount=5)
    assert code(told) == "not_applied"
    assert not isinstance(told, Delivered)
    assert may_repeat(SETTLED, told.verdict.findings[0])
    assert {attempt.purpose for attempt in told.receipt.evidence.attempts[1:]} == {"settle"}
    assert life.world.waits[:2] == [pytest.approx(0.25)] * 2
    assert life.world.time == pytest.approx(5.0)


@pytest.mark.parametrize(("settles", "looks"), [("0s", 2), ("1s", 4), ("30s", 12)])
async def test_the_file_says_how_long_that_takes(settles: str, looks: int) -> None:
    life = Life()
    life.suffers("cut before it was done")
    tool = transfer(confirm={**LISTED, "settles": settles}, policy={"deadline": 80})
    assert code(await life.call(tool, amount=5)) == "not_applied"
    assert life.world.time == pytest.approx(max(0.25, duration(settles)))
    assert len(life.world.sent) - 1 == looks


def lagging(life: Life, seconds: float) -> None:
    """Let a read show what took effect *seconds* later."""
    script, times = life.world.script, list[float]()

    def lag(request: Request) -> Outcome:
        if request.method == "GET":
            shown = zip(life.bank.effects, times, strict=True)
            return answer({"transfers": [{"name": name} for name, at in shown if life.world.time >= at + seconds]})
        try:
            return script(request)
        finally:
            times.extend([life.world.time] * (happened(life.bank) - len(times)))

    life.world.script = lag


@pytest.mark.requirement("G8", "G10")
@given(
    fates=st.lists(st.sampled_from([None, *FAULTS, *SAID]), max_size=6),
    lag=st.floats(0.0, 4.9),
    slow=st.integers(0, 4),
    tool=st.sampled_from([SETTLED, SETTLED_KEYED, transfer(confirm=LISTED, method="PUT")]),
)
def test_where_a_write_may_be_repeated_it_takes_effect_once(
    fates: list[str | None], lag: float, slow: int, tool: Contract
) -> None:
    async def calls() -> None:
        life = Life(bank=Bank(slow=slow))
        life.suffers(*fates)
        lagging(life, lag)
        for _ in range(4):
            told = await life.call(tool, amount=5)
            assert not (happened(life.bank) and said_to_have_failed(told))
            assert happened(life.bank) <= 1
            if isinstance(told, Delivered):
                assert happened(life.bank) == 1
                told.payload.close()
                return
            if not may_repeat(tool, told.verdict.findings[0]):
                return
            life.world.time += 60.0

    anyio.run(calls)


@pytest.mark.requirement("G8", "G10")
@pytest.mark.parametrize("tool", [SETTLED, SETTLED_KEYED], ids=["unkeyed", "keyed"])
@pytest.mark.parametrize("lag", [0.2, 0.5, 1.0, 2.0, 4.9])
async def test_a_read_that_lags_does_not_make_a_write_undone(lag: float, tool: Contract) -> None:
    life = Life()
    life.suffers(*["cut after it was done"] * 3)
    lagging(life, lag)
    assert content(await life.call(tool, amount=5)) == b'{"name": "transfer 1"}'


@pytest.mark.requirement("G10")
@pytest.mark.parametrize("fates", [["still at it"] * 3, ["cut before it was done", "still at it", "not now"]])
async def test_what_the_service_is_still_at_is_not_said_to_be_undone(fates: list[str]) -> None:
    life = Life()
    life.suffers(*fates)
    lagging(life, 1_000.0)
    told = await life.call(SETTLED_KEYED, amount=5)
    assert code(told) == "outcome_unknown"
    assert not isinstance(told, Delivered)
    assert may_repeat(SETTLED_KEYED, told.verdict.findings[0])


@pytest.mark.requirement("G10")
async def test_what_is_still_at_work_is_waited_for_as_long_as_its_effect_may_take_to_show() -> None:
    life = Life()
    life.suffers("cut after it was done", "still at it", "still at it")
    lagging(life, 3.0)
    assert content(await life.call(SETTLED_KEYED, amount=5)) == b'{"name": "transfer 1"}'


@pytest.mark.parametrize("fate", ["half an answer", "accepted for later", "a page of HTML"])
async def test_what_was_said_to_be_done_is_not_said_to_be_undone(fate: str) -> None:
    life = Life()
    life.suffers(fate)
    lagging(life, 1_000.0)
    assert code(await life.call(SETTLED, amount=5)) == "outcome_unknown"


async def test_without_a_key_what_was_given_up_waiting_for_may_still_come() -> None:
    life = Life()
    life.world.costs = lambda request: 60.0 if request.method == "POST" else 0.0
    slow = {"attempt_timeout": 2, "deadline": 60}
    assert code(await life.call(transfer(confirm=LISTED, policy=slow), amount=5)) == "outcome_unknown"
    assert code(await life.call(transfer(confirm=LISTED, policy=slow, idempotency={}), amount=5)) == "not_applied"


async def test_where_the_deadline_leaves_no_time_for_an_effect_to_show_nothing_is_known() -> None:
    life = Life()
    life.suffers("cut before it was done")
    told = await life.call(transfer(confirm=LISTED, policy={"deadline": 4}), amount=5)
    assert code(told) == "outcome_unknown"
    assert not isinstance(told, Delivered)
    assert "5 s" in told.verdict.findings[0].message
    assert life.world.time <= 4.0


async def test_a_read_that_changes_its_mind_settles_nothing_by_itself() -> None:
    life = Life()
    life.suffers("cut before it was done")
    script = life.world.script
    unclear, empty = answer({"transfers": None}), answer({"transfers": []})
    shows = iter([unclear, empty, unclear])
    tool = transfer(confirm={**LISTED, "settles": "0s"})
    life.world.script = lambda request: next(shows) if request.method == "GET" else script(request)
    assert code(await life.call(tool, amount=5)) == "outcome_unknown"


@pytest.mark.parametrize("late", [1, 2])
async def test_what_is_not_visible_at_once_is_looked_for_again(late: int) -> None:
    life = Life()
    life.suffers("cut after it was done")
    looks = iter([answer({"transfers": [], "pending": True})] * (late - 1) + [answer({"transfers": []})])
    script = life.world.script
    life.world.script = lambda request: (next(looks, None) if request.method == "GET" else None) or script(request)
    tool = transfer(
        confirm={**LISTED, "not_applied": [LISTED["not_applied"], {"at": "body:/pending", "state": "absent"}]}
    )
    assert content(await life.call(tool, amount=5)) == b'{"name": "transfer 1"}'


@pytest.mark.parametrize(
    "read", [answer({"transfers": None}), answer({}, status=500), answer({}, status=404), answer({"transfers": [0]})]
)
async def test_a_read_that_shows_neither_settles_nothing(read: Outcome) -> None:
    strict = {**LISTED, "applied": {"at": "body:/transfers/0/amount", "is": "{input.amount}"}}
    life = Life()
    life.suffers("cut after it was done")
    script = life.world.script
    life.world.script = lambda request: read if request.method == "GET" else script(request)
    told = await life.call(transfer(confirm=strict), amount=5)
    assert code(told) == "outcome_unknown"
    assert not isinstance(told, Delivered)
    assert "GET /transfers" in fix(transfer(confirm=strict), told.verdict.findings[0])


async def test_without_the_argument_that_settles_a_write_it_is_not_begun() -> None:
    condition = {"at": "body:/transfers/0/amount", "is": "{input.amount}"}
    life = Life()
    for name in ("applied", "not_applied"):
        assert code(await life.call(transfer(confirm={**LISTED, name: condition}))) == "invalid_arguments"
    assert life.world.sent == []


async def test_time_is_left_to_find_out() -> None:
    life = Life()
    life.suffers("too slow")
    life.world.costs = lambda request: 60.0 if request.method == "POST" else 0.1
    slow = transfer(confirm=LISTED, policy={"deadline": 20, "attempt_timeout": 60})
    life.bank.effects.append("transfer 1")  # done, and the answer never comes
    assert content(await life.call(slow, amount=5)) == b'{"name": "transfer 1"}'
    assert life.world.time == pytest.approx(14.1)  # 5 s in which it may show, and one to look


async def test_what_did_not_take_effect_may_still_do_so_and_keeps_its_key() -> None:
    life = Life()
    life.suffers(*["cut before it was done"] * 3)
    assert code(await life.call(SETTLED_KEYED, amount=5)) == "not_applied"
    content(await life.call(SETTLED_KEYED, amount=5))
    assert len(set(life.keys())) == 1


async def test_no_read_is_made_of_a_write_that_was_answered() -> None:
    life = Life()
    content(await life.call(SETTLED, amount=5))
    assert [request.method for request in life.world.sent] == ["POST"]
    life.suffers("no connection", "no connection", "no connection")
    assert code(await life.call(SETTLED, amount=5)) == "unreachable"
    assert {request.method for request in life.world.sent} == {"POST"}


async def test_a_settling_read_carries_neither_key_nor_body() -> None:
    life = Life()
    life.suffers(*["cut after it was done"] * 3)
    content(await life.call(transfer(confirm=LISTED, idempotency={}, headers={"api-version": "2"}), amount=5))
    read = life.world.sent[-1]
    assert (read.method, read.url, read.body) == ("GET", "https://bank.test/transfers?amount=5", None)
    assert dict(read.headers) == {"api-version": "2"}


# ------------------------------------------------------------------------------------------ what is said


ADVICE: list[tuple[Contract, bool, str]] = [
    (KEYED, True, "Call again with exactly the same arguments within 24 h"),
    (NAMED, True, "PUT twice leaves what once leaves"),
    (UNKEYED, False, "Do not repeat it. Read the state at the service first."),
]


@pytest.mark.parametrize(("tool", "repeat", "said"), ADVICE, ids=["keyed", "PUT", "unkeyed"])
async def test_an_unknown_outcome_says_precisely_what_to_do(tool: Contract, repeat: bool, said: str) -> None:
    life = Life()
    life.suffers(*["cut after it was done"] * 3)
    told = await life.call(tool, amount=5)
    assert not isinstance(told, Delivered)
    finding = told.verdict.findings[0]
    assert finding.code == "outcome_unknown"
    assert may_repeat(tool, finding) is repeat
    assert said in fix(tool, finding)


@pytest.mark.parametrize(
    ("tool", "expected"),
    [(KEYED, False), (UNKEYED, False), (NAMED, True), (OWN, False), (ALWAYS_OWN, True)],
    ids=["keyed", "unkeyed", "PUT", "a key that may be given", "a key that must be given"],
)
def test_hosts_are_told_whether_the_same_call_twice_takes_effect_once(tool: Contract, expected: bool) -> None:
    assert listed(tool)["annotations"]["idempotentHint"] is expected


REFUSALS = {400: "request_rejected", 401: "auth_failed", 404: "not_found", 422: "request_rejected"}


@pytest.mark.parametrize("tool", [KEYED, NAMED], ids=["keyed", "PUT"])
@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refusal_after_a_lost_answer_does_not_make_the_same_call_another_write(
    status: int, tool: Contract
) -> None:
    life = Life()
    life.suffers("cut after it was done", f"refused with {status}")
    told = await life.call(tool, amount=5)
    assert code(told) == "outcome_unknown"
    assert not isinstance(told, Delivered)
    finding = told.verdict.findings[0]
    assert may_repeat(tool, finding)
    assert fix(tool, finding).startswith("Call again with")
    assert REFUSALS[status] in fix(tool, finding)
    content(await life.call(tool, amount=5))
    assert happened(life.bank) == 1


async def test_after_the_key_itself_was_refused_nobody_is_sent_round_in_circles() -> None:
    life = Life()
    life.suffers("cut after it was done", "refused with 422")
    told = await life.call(OWN, amount=5, key="k")
    assert code(told) == "outcome_unknown"
    assert not isinstance(told, Delivered)
    assert not may_repeat(OWN, told.verdict.findings[0])
    assert fix(OWN, told.verdict.findings[0]).startswith("Do not repeat it.")


# ------------------------------------------------------------------------------------------ limits of a rate


TOO_MANY = {"retry-after": "1"}


@pytest.mark.requirement("G8")
async def test_without_a_key_403_is_not_asked_again_even_if_it_says_when_to_come_back() -> None:
    life = Life()
    life.world.script = lambda request: life.bank(request) and answer({}, status=403, fields=TOO_MANY)
    told = await life.call(UNKEYED, amount=5)
    assert code(told) == "rate_limited"
    assert happened(life.bank) == 1
    assert not isinstance(told, Delivered)
    finding = told.verdict.findings[0]
    assert finding.after == 1.0
    assert not may_repeat(UNKEYED, finding)
    assert fix(UNKEYED, finding).startswith("Read the state at the service")


LIMITED = {"classify": [{"when": {"status": 403}, "as": "rate_limited"}], "status": [201], "data": "/transfer"}


@pytest.mark.parametrize("tool", [KEYED, NAMED, transfer(response=LIMITED)], ids=["keyed", "PUT", "declared"])
async def test_a_limit_of_a_rate_is_waited_for_where_the_write_may_be_sent_again(tool: Contract) -> None:
    world = World(lambda _: answer({}, status=403, fields=TOO_MANY))
    told = await world.call(tool, amount=5)
    assert code(told) == "rate_limited"
    assert len(world.sent) == 3
    assert not isinstance(told, Delivered)
    assert may_repeat(tool, told.verdict.findings[0])


# ------------------------------------------------------------------------------------------ who goes away


async def receipt_of_cancelled(tool: Contract, **arguments: Json) -> Receipt:
    """The one receipt that is left of a call which is cancelled while its request is under way."""
    life, left = Life(), list[Receipt]()
    transport = held(life)
    around = replace(life.surroundings, abandoned=left.append)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: call(tool, arguments, surroundings=around))
            await transport.sent.wait()
            tasks.cancel_scope.cancel()
    (receipt,) = left
    return receipt


@pytest.mark.requirement("G10")
async def test_a_write_that_was_cancelled_leaves_a_receipt_of_an_unknown_outcome() -> None:
    receipt = await receipt_of_cancelled(KEYED, amount=5)
    assert [(finding.code, finding.have) for finding in receipt.findings] == [("outcome_unknown", "cancelled")]
    assert (receipt.id, receipt.tool, receipt.requests) == ("call-1", KEYED.name, 1)


@pytest.mark.requirement("G33")
async def test_a_receipt_that_cannot_be_left_does_not_stop_a_cancellation() -> None:
    def full(_: Receipt) -> None:
        raise ValueError("no place for it")

    life = Life()
    transport = held(life)
    around = replace(life.surroundings, abandoned=full)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: call(KEYED, {"amount": 5}, surroundings=around))
            await transport.sent.wait()
            tasks.cancel_scope.cancel()
    assert tasks.cancel_scope.cancelled_caught


async def test_a_read_that_was_cancelled_leaves_a_receipt_that_says_so() -> None:
    receipt = await receipt_of_cancelled(replace(transfer(method="GET", body=None), effects="read"))
    assert [finding.code for finding in receipt.findings] == ["cancelled"]


async def test_a_write_that_was_cancelled_before_anything_was_sent_is_simply_cancelled() -> None:
    left: list[Receipt] = []
    life = Life()
    life.suffers(*["no connection"] * 3)
    asleep = anyio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await anyio.sleep_forever()

    life.surroundings = replace(life.surroundings, sleep=sleep, abandoned=left.append)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: life.call(KEYED, amount=5))
            await asleep.wait()
            tasks.cancel_scope.cancel()
    assert [finding.code for receipt in left for finding in receipt.findings] == ["cancelled"]
