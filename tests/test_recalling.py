"""Answers that are given again: only whole ones, only where declared, only to whom they belong, and never in silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.scripted import World, answer, code, content, contract, items, query
from unabridged.schemas.answer import Answer, Delivered, Receipt, Withheld
from unabridged.schemas.codes import CODES
from unabridged.schemas.contract import Contract
from unabridged.schemas.proof import Proof, Settled
from unabridged.schemas.secret import Bearer, FromFile
from unabridged.schemas.wire import Fault, Json, Outcome, Request
from unabridged.tools.call import call
from unabridged.tools.keeping import MemoryStore
from unabridged.tools.once import Trip
from unabridged.tools.people import Caller
from unabridged.tools.recalling import recalling
from unabridged.tools.surroundings import Surroundings
from unabridged.validators.recollection import OF_THE_SERVICE

pytestmark = pytest.mark.anyio

TICKETS: list[Json] = [{"id": number} for number in range(1, 7)]
DOWN = answer({}, status=503)
CACHED: dict[str, Any] = {"cache": {"fresh": 60}}
DEGRADING: dict[str, Any] = {"degrade": {"max_stale": 3600}, "retry": {"attempts": 1}}


def desk(request: Request) -> Outcome:
    """Two pages of three tickets."""
    start = int(query(request).get("after", "0"))
    more = start + 3 < len(TICKETS)
    return answer(
        {"tickets": TICKETS[start : start + 3], "count": 6, "more": more, "next": str(start + 3) if more else None}
    )


def desks(policy: Mapping[str, Any], **parts: Any) -> Contract:
    return replace(contract(policy=dict(policy), **parts), digest=parts.pop("digest", "d1"))


@dataclass(slots=True)
class Service:
    """One process with a memory, and a service whose answers can be changed between calls."""

    script: Callable[[Request], Outcome] = desk
    world: World = field(init=False)
    around: Surroundings = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(self.answer)
        self.around = self.process()

    def answer(self, request: Request) -> Outcome:
        """Answer as the service does now."""
        return self.script(request)

    def process(self, **environment: str) -> Surroundings:
        """Another process on the same world, with a memory of its own."""
        numbers = count(1)
        made = self.world.surroundings(None, **environment)
        return replace(made, identify=lambda: f"receipt-{next(numbers)}", store=MemoryStore(now=made.now))

    async def call(self, promised: Contract, principal: str = "local", /, **arguments: Json) -> Answer:
        return await call(promised, arguments, surroundings=self.around, caller=Caller(principal=principal))

    async def asks(self, promised: Contract, principal: str = "local", /, **arguments: Json) -> int:
        """Call, and count the requests that this took."""
        before = len(self.world.sent)
        content(await self.call(promised, principal, **arguments))
        return len(self.world.sent) - before


def receipt(delivered: Answer) -> Receipt:
    assert isinstance(delivered, Delivered), delivered
    delivered.payload.close()
    return delivered.receipt


# ------------------------------------------------------------------------------------------- the cache


@pytest.mark.requirement("G25")
async def test_a_kept_answer_is_given_again_without_a_request_and_says_so() -> None:
    service = Service()
    first = await service.call(desks(CACHED))
    service.world.time += 12
    again = await service.call(desks(CACHED))
    assert items(again) == items(first) == TICKETS
    assert len(service.world.sent) == 2
    told = again.receipt
    assert (told.source, told.age, told.because, told.origin) == ("cache", 12.0, None, first.receipt.id)
    assert (told.as_of, told.requests, told.pages) == (first.receipt.as_of, 0, 2)
    assert told.id != first.receipt.id
    assert (told.grade, told.payload_digest) == (first.receipt.grade, first.receipt.payload_digest)


async def test_a_kept_answer_is_not_given_again_once_the_service_refuted_the_definition() -> None:
    service = Service()
    assert await service.asks(desks(CACHED)) == 2
    lines = {"walk": Settled(outcome="refuted", by="whole walks")}
    day = "1971-01-01T00:00:00+00:00"
    false = replace(desks(CACHED), proof=Proof(subject="s", proven_at=day, until=day, lines=lines))
    assert code(await service.call(false)) == "definition_unproven"
    assert await service.asks(desks(CACHED)) == 0


@pytest.mark.requirement("G25")
async def test_nothing_is_kept_where_nothing_is_declared() -> None:
    service = Service()
    assert [await service.asks(desks({})) for _ in range(2)] == [2, 2]
    assert isinstance(service.around.store, MemoryStore)
    assert service.around.store.contents == {}


async def test_an_answer_is_fresh_for_as_long_as_declared_and_no_longer() -> None:
    service = Service()
    assert await service.asks(desks(CACHED)) == 2
    service.world.time += 60
    assert await service.asks(desks(CACHED)) == 0
    service.world.time += 1
    assert await service.asks(desks(CACHED)) == 2


async def test_an_answer_from_the_future_is_not_given_again() -> None:
    service = Service()
    assert await service.asks(desks(CACHED)) == 2
    service.world.time -= 1
    assert await service.asks(desks(CACHED)) == 2


@pytest.mark.requirement("G25")
async def test_a_withheld_answer_is_never_kept() -> None:
    service = Service(lambda _: DOWN)
    assert code(await service.call(desks(CACHED))) == "unavailable"
    service.script = desk
    assert await service.asks(desks(CACHED)) == 2


WITH_ARGUMENTS: dict[str, Any] = {
    "input": {"type": "object", "properties": {"status": {}, "of": {}}},
    "request": {"url": "https://desk.test/tickets", "query": {"status": "{input.status}", "of": "{input.of}"}},
}


@pytest.mark.requirement("G25")
async def test_the_order_of_arguments_does_not_matter_and_their_values_do() -> None:
    service = Service()
    promised = desks(CACHED, **WITH_ARGUMENTS)
    assert await service.asks(promised, status="open", of=1) == 2
    assert await service.asks(promised, of=1, status="open") == 0
    for other in ({"status": "open"}, {"status": "open", "of": "1"}, {"status": "open", "of": 2}, {"of": 1}, {}):
        assert await service.asks(promised, **other) == 2


@pytest.mark.requirement("G25")
async def test_another_principal_gets_nothing_of_it() -> None:
    service = Service()
    assert await service.asks(desks(CACHED), "alice") == 2
    assert await service.asks(desks(CACHED), "bob") == 2
    assert await service.asks(desks(CACHED), "alice") == 0


@pytest.mark.requirement("G25")
async def test_a_changed_contract_never_hits() -> None:
    service = Service()
    assert await service.asks(desks(CACHED)) == 2
    assert await service.asks(replace(desks(CACHED), digest="d2")) == 2


async def test_a_contract_without_a_digest_keeps_nothing() -> None:
    service = Service()
    promised = replace(desks(CACHED), digest="")
    assert [await service.asks(promised) for _ in range(2)] == [2, 2]


ELSEWHERE: dict[str, Any] = {
    "name": "desk",
    "base_url": "https://{region}.desk.test",
    "variables": {"region": {"env": "REGION"}},
}


@pytest.mark.requirement("G25")
async def test_another_base_url_is_another_answer() -> None:
    service = Service()
    promised = desks(CACHED, provider=ELSEWHERE, request={"url": "/tickets"})
    store = service.around.store
    for region, due in (("eu", 2), ("us", 2), ("eu", 0)):
        service.around = replace(service.process(REGION=region), store=store)
        assert await service.asks(promised) == due


SECRET: dict[str, Any] = {
    "name": "desk",
    "base_url": "https://desk.test",
    "auth": {"kind": "bearer", "token": {"env": "DESK_TOKEN"}},
}


@pytest.mark.requirement("G25")
async def test_another_credential_is_another_answer_and_is_nowhere_in_what_is_kept() -> None:
    service = Service()
    promised = desks(CACHED, provider=SECRET)
    store = service.around.store
    assert isinstance(store, MemoryStore)
    for token, due in (("canary-alice", 2), ("canary-bob", 2), ("canary-alice", 0)):
        service.around = replace(service.process(DESK_TOKEN=token), store=store)
        assert await service.asks(promised) == due
    assert "canary" not in repr(store.contents)


@pytest.mark.requirement("G25")
async def test_an_answer_is_not_kept_for_a_credential_that_changed_while_it_was_asked_for(tmp_path: Path) -> None:
    service, token = Service(), tmp_path / "token"
    token.write_text("one")

    def changing(request: Request) -> Outcome:
        token.write_text("two")
        return desk(request)

    service.script = changing
    auth = Bearer(token=FromFile(file=str(token)))
    promised = desks(CACHED)
    promised = replace(promised, provider=replace(promised.provider, auth=auth))
    assert await service.asks(promised) == 2
    assert isinstance(service.around.store, MemoryStore)
    assert service.around.store.contents == {}


async def test_where_the_credential_cannot_be_had_nothing_is_kept() -> None:
    service = Service()
    assert [await service.asks(desks(CACHED, provider=SECRET)) for _ in range(2)] == [2, 2]


@pytest.mark.requirement("G25")
async def test_writes_are_never_kept() -> None:
    service = Service(lambda _: answer({"ticket": {"id": 7}}, status=201))
    write: dict[str, Any] = {
        "claim": "one",
        "effects": "write",
        "request": {"url": "https://desk.test/tickets", "method": "POST", "body": {}},
        "response": {"status": [201], "data": "/ticket"},
        "walk": {"kind": "single"},
        "complete": {},
    }
    promised = desks({**CACHED, **DEGRADING}, **write)
    assert [await service.asks(promised) for _ in range(2)] == [1, 1]


async def test_a_kept_answer_that_would_be_stale_by_now_is_asked_for_anew() -> None:
    def dated(request: Request) -> Outcome:
        sound = desk(request)
        assert not isinstance(sound, Fault)
        return replace(sound, headers=(*sound.headers, ("age", "20")))

    service = Service(dated)
    complete: dict[str, Any] = {"require": "counted", "total": {"at": "/count"}, "fresh": {"max_age": 45}}
    promised = desks(CACHED, complete=complete)
    assert await service.asks(promised) == 2
    service.world.time += 25
    told = receipt(await service.call(promised))
    assert told.source == "cache"
    assert "at most 45 s old" in {witness.says for witness in told.witnesses}
    service.world.time += 1
    assert await service.asks(promised) == 2


async def test_the_answer_of_another_tool_is_not_kept_as_ones_own() -> None:
    def only_the_mirror(request: Request) -> Outcome:
        return desk(request) if "mirror" in request.url else DOWN

    service = Service(only_the_mirror)
    mirror: dict[str, Any] = {"mirror": {"name": "mirror", "base_url": "https://mirror.test"}}
    promised = desks({**CACHED, "retry": {"attempts": 1}, "fallback": [mirror]}, request={"url": "/tickets"})
    assert receipt(await service.call(promised)).provider == "mirror"
    service.script = desk
    told = receipt(await service.call(promised))
    assert (told.source, told.provider) == ("upstream", "desk")


async def test_an_answer_that_a_person_released_is_kept_for_nobody_else() -> None:
    service, promised = Service(), desks(CACHED)
    given = await call(promised, {}, surroundings=service.process())
    released = replace(
        given, receipt=replace(given.receipt, evidence=replace(given.receipt.evidence, released=("stale",)))
    )

    async def ask(_: Trip) -> Answer:
        return released

    trip = Trip(surroundings=service.around, caller=Caller(), identity="a", deadline=50.0)
    assert isinstance(await recalling(promised, {}, trip, ask), Delivered)
    assert isinstance(service.around.store, MemoryStore)
    assert service.around.store.contents == {}


GENERATED: dict[str, Any] = {
    "claim": "generation",
    "request": {"url": "https://desk.test/v1", "method": "POST", "body": {}},
    "response": {"generation": {"text": "/text"}},
    "complete": {"outcome": {"at": "/stop", "accept": ["end"]}},
    "walk": {"kind": "single"},
}


async def test_what_was_generated_is_kept_only_where_that_is_said() -> None:
    service = Service(lambda _: answer({"text": "hello", "stop": "end"}))
    for policy, requests in ((DEGRADING, [1, 1]), (CACHED, [1, 0])):
        promised = desks(policy, **GENERATED)
        assert [await service.asks(promised) for _ in range(2)] == requests


async def test_a_large_answer_is_kept_beside_the_other_calls() -> None:
    large: Json = {"tickets": [{"id": 1, "text": "x" * 300_000}], "count": 1, "more": False, "next": None}
    service = Service(lambda _: answer(large))
    assert [await service.asks(desks(CACHED)) for _ in range(2)] == [1, 0]


# ------------------------------------------------------------------------------------------- degradation


@pytest.mark.requirement("G26")
async def test_where_all_else_failed_the_last_whole_answer_is_given_as_what_it_is() -> None:
    service = Service()
    first = await service.call(desks(DEGRADING))
    assert items(first) == TICKETS
    service.script = lambda _: DOWN
    service.world.time += 600
    last = await service.call(desks(DEGRADING))
    assert items(last) == TICKETS
    told = last.receipt
    assert (told.source, told.age, told.origin, told.requests) == ("cache", 600.0, first.receipt.id, 1)
    assert told.because is not None
    assert told.because.code == "unavailable"
    assert [(leg.way, leg.finding and leg.finding.code) for leg in told.tried] == [("first", "unavailable")]


@pytest.mark.requirement("G26")
async def test_an_answer_older_than_allowed_leaves_the_failure_as_it_is() -> None:
    service = Service()
    content(await service.call(desks(DEGRADING)))
    service.script = lambda _: DOWN
    service.world.time += 3601
    assert code(await service.call(desks(DEGRADING))) == "unavailable"


@pytest.mark.requirement("G26")
async def test_without_the_word_the_last_answer_is_never_given() -> None:
    service = Service()
    policy = {**CACHED, "retry": {"attempts": 1}}
    content(await service.call(desks(policy)))
    service.script = lambda _: DOWN
    service.world.time += 61
    assert code(await service.call(desks(policy))) == "unavailable"


async def test_the_service_is_asked_first_where_only_degradation_is_declared() -> None:
    service = Service()
    assert [await service.asks(desks(DEGRADING)) for _ in range(2)] == [2, 2]


ANSWERS_OF_THE_SERVICE = [(401, "auth_failed"), (404, "not_found"), (422, "request_rejected"), (302, "redirected")]


@pytest.mark.requirement("G26")
@pytest.mark.parametrize(("status", "expected"), ANSWERS_OF_THE_SERVICE)
async def test_what_the_service_says_of_the_call_is_never_covered_by_an_old_answer(status: int, expected: str) -> None:
    service = Service()
    content(await service.call(desks(DEGRADING)))
    service.script = lambda _: answer({}, status=status)
    assert code(await service.call(desks(DEGRADING))) == expected


async def test_an_old_answer_stands_in_for_a_short_one() -> None:
    service = Service()
    content(await service.call(desks(DEGRADING)))
    service.script = lambda _: answer({"tickets": TICKETS[:3], "count": 6, "more": False, "next": None})
    told = receipt(await service.call(desks(DEGRADING)))
    assert told.because is not None
    assert told.because.code == "total_mismatch"


async def test_the_last_answer_may_be_older_than_a_fresh_one_and_says_nothing_of_freshness() -> None:
    def dated(request: Request) -> Outcome:
        sound = desk(request)
        assert not isinstance(sound, Fault)
        return replace(sound, headers=(*sound.headers, ("age", "0")))

    service = Service(dated)
    complete: dict[str, Any] = {"require": "counted", "total": {"at": "/count"}, "fresh": {"max_age": 5}}
    content(await service.call(desks(DEGRADING, complete=complete)))
    service.script = lambda _: DOWN
    service.world.time += 60
    told = receipt(await service.call(desks(DEGRADING, complete=complete)))
    assert told.because is not None
    assert "fresh" not in {witness.name for witness in told.witnesses}


async def test_every_way_back_is_tried_before_and_told() -> None:
    service = Service()
    mirror: dict[str, Any] = {"mirror": {"name": "mirror", "base_url": "https://mirror.test"}}
    promised = desks({**DEGRADING, "fallback": [mirror]}, request={"url": "/tickets"})
    content(await service.call(promised))
    service.script = lambda _: DOWN
    told = receipt(await service.call(promised))
    assert [(leg.way, leg.provider) for leg in told.tried] == [("first", "desk"), ("fallback 1", "mirror")]
    assert (told.source, told.provider, told.requests) == ("cache", "desk", 2)


NOT_OF_THE_SERVICE = frozenset(
    # the call, its caller, its file
    {"invalid_arguments", "unknown_tool", "not_configured", "definition_error", "too_large", "cancelled"}
    | {"internal_error", "approval_unavailable", "approval_declined", "approval_stale"}
    | {"definition_unproven", "not_recorded"}
    # what the service says of the thing, or of who asks
    | {"auth_failed", "not_found", "request_rejected", "unexpected_status", "not_one", "low_relevance"}
    # where requests may go, and to whom
    | {"tls_failed", "invalid_url", "insecure_url", "forbidden_address", "foreign_url", "query_lost", "redirected"}
    # a contract that does not fit the service
    | {"unsupported_coding", "body_too_large", "page_budget", "window_cap", "total_is_bound", "unproven"}
    # writes, what must be seen, and what is kept itself
    | {"outcome_unknown", "not_applied", "write_in_progress", "idempotency_conflict", "idempotency_mismatch"}
    | {"sequence_missing", "not_yet_visible", "payload_mismatch", "broken_chain"}
    # what a model chose to do
    | {"token_limit", "generation_refused", "generation_paused", "unexpected_tool_call", "unknown_stop_reason"}
)


def test_every_code_was_thought_of() -> None:
    assert not OF_THE_SERVICE & NOT_OF_THE_SERVICE
    assert {*CODES} - OF_THE_SERVICE - NOT_OF_THE_SERVICE == set()


def test_only_what_may_pass_is_covered_by_an_old_answer() -> None:
    assert {name for name in OF_THE_SERVICE & {*CODES} if not CODES[name].retry} == set()


async def test_a_refusal_keeps_its_reason_where_nothing_was_kept() -> None:
    withheld = await Service(lambda _: DOWN).call(desks(DEGRADING))
    assert isinstance(withheld, Withheld)
    assert withheld.receipt.source == "upstream"
