"""The ways back to a whole answer: other arguments, tools that help to write them, and other providers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest

from tests.scripted import World, answer, code, contract, items, query
from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Fault, Json, Outcome, Request
from unabridged.tools.call import call

WHOLE: Json = {"tickets": [{"id": 1}, {"id": 2}], "more": False, "next": None, "count": 2}
SHORT: Json = {"tickets": [{"id": 1}], "more": False, "next": None, "count": 2}
DOWN = answer({"error": "down"}, status=503)


def host(request: Request) -> str:
    return str(urlsplit(request.url).hostname)


def tool(name: str, **parts: Any) -> Contract:
    at = parts.pop("at", "desk.test")
    provider = {"name": at, "base_url": f"https://{at}"}
    return contract(name=name, provider=provider, request={"url": "/tickets"}, **parts)


def called(world: World, first: Contract, *others: Contract, arguments: Mapping[str, Json] | None = None) -> Answer:
    around = replace(world.surroundings(), tools={other.name: other for other in (first, *others)})

    async def run() -> Answer:
        return await call(first, arguments or {}, surroundings=around)

    return anyio.run(run)


def by_host(answers: Mapping[str, Outcome]) -> World:
    return World(lambda request: answers[host(request)])


ways = [
    pytest.param(DOWN, "unavailable", id="an outage"),
    pytest.param(answer(SHORT), "total_mismatch", id="a partial answer"),
    pytest.param(answer({}, status=401), "auth_failed", id="a credential that is not accepted"),
    pytest.param(
        Fault(kind="connect", code="unreachable", sent="never", detail="refused"), "unreachable", id="nobody there"
    ),
]


@pytest.mark.requirement("G31")
@pytest.mark.parametrize(("outcome", "why"), ways)
def test_the_whole_answer_comes_from_the_fallback_and_the_receipt_says_why(outcome: Outcome, why: str) -> None:
    world = by_host({"desk.test": outcome, "spare.test": answer(WHOLE)})
    first = tool("list", policy={"fallback": ["spare"]})
    delivered = called(world, first, tool("spare", at="spare.test"))
    assert isinstance(delivered, Delivered)
    assert [leg.way for leg in delivered.receipt.tried] == ["first", "fallback 1"]
    assert [leg.finding and leg.finding.code for leg in delivered.receipt.tried] == [why, None]
    assert (delivered.receipt.tool, delivered.receipt.provider) == ("spare", "spare.test")
    assert items(delivered) == [{"id": 1}, {"id": 2}]


@pytest.mark.requirement("G31")
def test_pages_of_two_providers_are_never_mixed() -> None:
    pages: dict[tuple[str, str | None], Json] = {
        ("desk.test", None): {"tickets": [{"id": 1}], "more": True, "next": "b", "count": 2},
        ("spare.test", None): {"tickets": [{"id": 8}], "more": True, "next": "b", "count": 2},
        ("spare.test", "b"): {"tickets": [{"id": 9}], "more": False, "next": None, "count": 2},
    }

    def script(request: Request) -> Outcome:
        page = pages.get((host(request), query(request).get("after")))
        return DOWN if page is None else answer(page)

    delivered = called(World(script), tool("list", policy={"fallback": "spare"}), tool("spare", at="spare.test"))
    assert items(delivered) == [{"id": 8}, {"id": 9}]


def test_where_no_way_leads_to_an_answer_the_refusal_of_the_tool_itself_is_told() -> None:
    world = by_host({"desk.test": answer(SHORT), "spare.test": DOWN})
    withheld = called(world, tool("list", policy={"fallback": "spare"}), tool("spare", at="spare.test"))
    assert code(withheld) == "total_mismatch"
    assert [leg.finding.code for leg in withheld.receipt.tried if leg.finding] == ["total_mismatch", "unavailable"]
    assert withheld.receipt.tool == "list"


@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_the_call_itself_got_wrong_is_asked_of_nobody_else(status: int) -> None:
    world = by_host({"desk.test": answer({}, status=status), "spare.test": answer(WHOLE)})
    called(world, tool("list", policy={"fallback": "spare"}), tool("spare", at="spare.test"))
    assert {host(request) for request in world.sent} == {"desk.test"}


def test_a_fallback_may_name_the_codes_that_it_is_for() -> None:
    world = by_host({"desk.test": answer({}, status=404), "spare.test": answer(WHOLE)})
    first = tool("list", policy={"fallback": {"tool": "spare", "on": "not_found"}})
    assert len(items(called(world, first, tool("spare", at="spare.test")))) == 2
    down = by_host({"desk.test": DOWN, "spare.test": answer(WHOLE)})
    assert code(called(down, first, tool("spare", at="spare.test"))) == "unavailable"


def test_fallbacks_are_asked_in_their_order() -> None:
    world = by_host({"desk.test": DOWN, "b.test": DOWN, "c.test": answer(WHOLE)})
    first = tool("list", policy={"fallback": ["b", "c"]})
    delivered = called(world, first, tool("b", at="b.test"), tool("c", at="c.test"))
    assert [leg.provider for leg in delivered.receipt.tried] == ["desk.test", "b.test", "c.test"]


def test_a_mirror_is_the_same_tool_at_another_place_without_the_credential_of_the_first() -> None:
    opened: list[Contract] = []
    world = by_host({"desk.test": DOWN, "mirror.test": answer(WHOLE)})
    first = tool("list", policy={"fallback": {"mirror": {"name": "mirror", "base_url": "https://mirror.test"}}})
    first = replace(first, provider=replace(first.provider, auth=_bearer()))

    def opening(asked: Contract, environment: Mapping[str, str]) -> Any:
        opened.append(asked)
        return world.open(asked, environment)

    async def run() -> Answer:
        return await call(first, {}, surroundings=replace(world.surroundings(), open_transport=opening))

    delivered = anyio.run(run)
    assert (delivered.receipt.tool, delivered.receipt.provider) == ("list", "mirror")
    assert [asked.provider.auth for asked in opened] == [_bearer(), None]


def _bearer() -> Any:
    from unabridged.schemas.secret import Bearer, FromEnvironment  # noqa: PLC0415 - for this one test

    return Bearer(token=FromEnvironment(env="DESK_TOKEN"))


@pytest.mark.parametrize(("equivalent", "asked"), [(False, {"desk.test"}), (True, {"desk.test", "spare.test"})])
def test_a_write_falls_back_only_where_the_file_says_that_both_are_equivalent(
    equivalent: bool, asked: set[str]
) -> None:
    unreachable = Fault(kind="connect", code="unreachable", sent="never", detail="refused")
    world = by_host({"desk.test": unreachable, "spare.test": answer({"id": 7})})
    parts: dict[str, Any] = {
        "claim": "one",
        "effects": "write",
        "response": {},
        "walk": {"kind": "single"},
        "complete": {},
    }
    first = tool("make", policy={"fallback": {"tool": "spare", "equivalent": equivalent}}, **parts)
    called(world, first, tool("spare", at="spare.test", **parts))
    assert {host(request) for request in world.sent} == asked


def test_a_write_whose_outcome_is_unknown_is_never_done_elsewhere() -> None:
    lost = Fault(kind="truncated", code="truncated_body", sent="maybe", detail="cut")
    world = by_host({"desk.test": lost, "spare.test": answer({"id": 7})})
    parts: dict[str, Any] = {
        "claim": "one",
        "effects": "write",
        "response": {},
        "walk": {"kind": "single"},
        "complete": {},
    }
    first = tool("make", policy={"fallback": {"tool": "spare", "equivalent": True}}, **parts)
    first = replace(first, request=replace(first.request, method="POST"))
    assert code(called(world, first, tool("spare", at="spare.test", **parts))) == "outcome_unknown"
    assert {host(request) for request in world.sent} == {"desk.test"}


@pytest.mark.parametrize(("policy", "asked"), [({"on": "rate_limited"}, 1), ({"also": "not_found"}, 2), ({}, 1)])
def test_codes_can_be_added_to_those_that_a_fallback_is_for(policy: dict[str, Any], asked: int) -> None:
    world = by_host({"desk.test": answer({}, status=404), "spare.test": answer(WHOLE)})
    called(world, tool("list", policy={"fallback": {"tool": "spare", **policy}}), tool("spare", at="spare.test"))
    assert len({host(request) for request in world.sent}) == asked


@pytest.mark.parametrize(
    ("last", "who"), [({}, ["a.test", "b.test"]), ({"also": "generation_refused"}, ["a.test", "b.test", "c.test"])]
)
def test_a_refusal_by_a_model_ends_it_whichever_model_said_so(last: dict[str, Any], who: list[str]) -> None:
    """Nobody is asked until one is found that does not mind."""

    def model(name: str, **policy: Any) -> Contract:
        vetoes = {"veto": [{"at": "/refused", "state": ["true"], "code": "generation_refused"}]}
        return tool(
            name, at=f"{name}.test", claim="one", response=vetoes, walk={"kind": "single"}, complete={}, policy=policy
        )

    world = by_host({"a.test": DOWN, "b.test": answer({"refused": True}), "c.test": answer({"text": "Sure."})})
    called(world, model("a", fallback=["b", {"tool": "c", **last}]), model("b"), model("c"))
    assert list(dict.fromkeys(host(request) for request in world.sent)) == who


def test_what_the_whole_call_cost_is_what_all_of_its_legs_did() -> None:
    world = by_host({"desk.test": DOWN, "spare.test": answer(WHOLE)})
    delivered = called(world, tool("list", policy={"fallback": "spare"}), tool("spare", at="spare.test"))
    assert delivered.receipt.requests == len(world.sent)
    assert delivered.receipt.elapsed == pytest.approx(world.time)


def test_a_way_that_ran_out_of_its_share_says_so_and_does_not_blame_the_call() -> None:
    world = by_host({"desk.test": DOWN, "spare.test": answer(WHOLE)})
    world.costs = lambda request: 1000.0 if host(request) == "desk.test" else 0.1
    delivered = called(
        world, tool("list", policy={"fallback": "spare", "deadline": "30s"}), tool("spare", at="spare.test")
    )
    first = delivered.receipt.tried[0].finding
    assert first is not None
    assert first.code in {"deadline_exceeded", "attempt_timeout"}
    assert "deadline of the call" not in first.message


def test_each_way_has_half_of_the_time_that_is_left_or_more() -> None:
    world = by_host({"desk.test": answer(WHOLE)})
    world.costs = lambda request: 27.0
    first = tool("list", policy={"fallback": ["b", "c"], "deadline": "55s", "attempt_timeout": "50s"})
    assert isinstance(called(world, first, tool("b", at="b.test"), tool("c", at="c.test")), Delivered)


@pytest.mark.requirement("G1")
def test_a_provider_that_hangs_leaves_time_for_the_fallback_within_one_deadline() -> None:
    world = by_host({"desk.test": DOWN, "spare.test": answer(WHOLE)})
    world.costs = lambda request: 1000.0 if host(request) == "desk.test" else 0.1
    first = tool("list", policy={"fallback": "spare", "deadline": "50s", "attempt_timeout": "15s"})
    delivered = called(world, first, tool("spare", at="spare.test", policy={"attempt_timeout": "15s"}))
    assert isinstance(delivered, Delivered)
    assert 30 <= world.time <= 50


# ------------------------------------------------------------------------------------------- other arguments

SEARCH: dict[str, Any] = {
    "input": {
        "type": "object",
        "properties": {"q": {"type": "string"}, "tag": {"type": "string"}, "k": {"type": "integer"}},
    },
    "walk": {"kind": "single", "more": "/more"},
    "complete": {},
}


def search(**policy: Any) -> Contract:
    asking = {"q": "{input.q}", "tag": "{input.tag}", "k": "{input.k}"}
    return replace(tool("search", policy=policy, **SEARCH), request=replace(tool("search").request, query=asking))


def few(request: Request) -> Outcome:
    """Sound only for a refined question without a tag; partial for every other."""
    asked = query(request)
    if host(request) == "model.test":
        return answer({"text": f"refined {asked['q']}"})
    if asked.get("q") == "refined churn" and "tag" not in asked:
        return answer({"tickets": [{"id": 1}], "more": False})
    return answer({"tickets": [{"id": 1}], "more": True})


def model() -> Contract:
    schema = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
    made = tool(
        "refine",
        at="model.test",
        claim="one",
        input=schema,
        response={"data": ""},
        walk={"kind": "single"},
        complete={},
    )
    return replace(made, request=replace(made.request, query={"q": "{input.q}"}))


def test_other_arguments_are_tried_in_their_order_with_the_help_of_another_tool() -> None:
    steps: list[Json] = [
        {"on": "more_without_cursor", "with": {"k": 20}},
        {
            "on": ["more_without_cursor", "unproven"],
            "ask": {"refined": {"tool": "refine", "with": {"q": "{input.q}"}}},
            "with": {"q": "{refined.text}"},
            "drop": "tag",
        },
    ]
    world = World(few)
    delivered = called(world, search(recover=steps), model(), arguments={"q": "churn", "tag": "x"})
    assert items(delivered) == [{"id": 1}]
    legs = [(leg.way, leg.finding and leg.finding.code, leg.changed) for leg in delivered.receipt.tried]
    assert legs == [
        ("first", "more_without_cursor", ()),
        ("recover 1", "more_without_cursor", ("k",)),
        ("recover 2: ask refined", None, ()),
        ("recover 2", None, ("q", "tag")),
    ]


def test_a_step_whose_helper_gives_no_whole_answer_is_left_out() -> None:
    step: Json = {
        "on": "more_without_cursor",
        "ask": {"refined": {"tool": "refine", "with": {"q": "{input.q}"}}},
        "with": {"q": "{refined.text}"},
    }

    def script(request: Request) -> Outcome:
        return DOWN if host(request) == "model.test" else few(request)

    withheld = called(World(script), search(recover=step), model(), arguments={"q": "churn"})
    assert code(withheld) == "more_without_cursor"
    assert [leg.way for leg in withheld.receipt.tried] == ["first", "recover 1: ask refined"]


@pytest.mark.parametrize("place", ["{refined.missing}", "{refined.text.deeper}", "{other}"])
def test_a_step_that_uses_what_nobody_told_is_left_out(place: str) -> None:
    step: Json = {
        "on": "more_without_cursor",
        "ask": {"refined": {"tool": "refine", "with": {"q": "{input.q}"}}},
        "with": {"q": place},
    }
    withheld = called(World(few), search(recover=step), model(), arguments={"q": "churn"})
    assert code(withheld) == "more_without_cursor"
    last = withheld.receipt.tried[-1]
    assert (last.way, last.finding and last.finding.code, last.requests) == ("recover 1", "data_missing", 0)


@pytest.mark.parametrize("step", [{"drop": "tag"}, {"with": {"q": "{input.q}"}}])
def test_arguments_that_stay_the_same_are_not_sent_again(step: dict[str, Json]) -> None:
    world = World(few)
    withheld = called(world, search(recover={"on": "more_without_cursor", **step}), arguments={"q": "churn"})
    sent = withheld.receipt.tried[0].requests
    assert [leg.requests for leg in withheld.receipt.tried] == [sent, 0]
    assert len(world.sent) == sent


def test_a_step_is_not_taken_after_another_refusal() -> None:
    world = by_host({"desk.test": DOWN})
    withheld = called(world, search(recover={"on": "low_relevance", "with": {"k": 20}}), arguments={"q": "churn"})
    assert code(withheld) == "unavailable"
    assert {query(request).get("k") for request in world.sent} == {None}


def test_rewritten_arguments_must_fit_the_input_schema_like_any_other() -> None:
    withheld = called(
        World(few), search(recover={"on": "more_without_cursor", "with": {"k": "many"}}), arguments={"q": "churn"}
    )
    assert code(withheld) == "more_without_cursor"
    assert [leg.finding.code for leg in withheld.receipt.tried if leg.finding] == [
        "more_without_cursor",
        "invalid_arguments",
    ]


def test_what_another_tool_said_is_never_read_as_a_template() -> None:
    def script(request: Request) -> Outcome:
        if host(request) == "model.test":
            return answer({"text": "{input.tag}"})
        return answer({"tickets": [], "more": query(request)["q"] != "{input.tag}"})

    step: Json = {
        "on": "more_without_cursor",
        "ask": {"refined": {"tool": "refine", "with": {"q": "{input.q}"}}},
        "with": {"q": "{refined.text}"},
    }
    delivered = called(World(script), search(recover=step), model(), arguments={"q": "churn", "tag": "secret"})
    assert json.loads(json.dumps(items(delivered))) == []


# ------------------------------------------------------------------------------------- nothing is asked more loosely

STATUS: dict[str, Any] = {
    "input": {"type": "object", "properties": {"status": {"type": "string"}}, "additionalProperties": False}
}


def test_a_fallback_that_does_not_know_what_was_asked_for_is_not_asked() -> None:
    """All tickets are no answer to a question about the open ones."""
    world = by_host({"desk.test": DOWN, "spare.test": answer(WHOLE)})
    first = tool("list", policy={"fallback": "spare"}, **STATUS)
    withheld = called(world, first, tool("spare", at="spare.test"), arguments={"status": "open"})
    assert code(withheld) == "unavailable"
    assert {host(request) for request in world.sent} == {"desk.test"}
    last = withheld.receipt.tried[-1]
    assert (last.way, last.finding and last.finding.code) == ("fallback 1", "invalid_arguments")


@pytest.mark.parametrize("told", [None, "", [], {}])
def test_what_a_helper_leaves_empty_is_not_written(told: Json) -> None:
    """An optional argument that became null would be left out, and the search would be about everything."""

    def script(request: Request) -> Outcome:
        return answer({"text": told, "more": False}) if host(request) == "model.test" else few(request)

    step: Json = {
        "on": "more_without_cursor",
        "ask": {"refined": {"tool": "refine", "with": {"q": "{input.q}"}}},
        "with": {"tag": "{refined.text}"},
    }
    withheld = called(World(script), search(recover=step), model(), arguments={"q": "churn"})
    assert [leg.finding and leg.finding.code for leg in withheld.receipt.tried][-1] == "data_missing"


def test_a_text_with_a_hole_in_it_is_not_written() -> None:
    step: Json = {"on": "more_without_cursor", "with": {"q": "{input.q} {input.tag}", "k": 20}}
    withheld = called(World(few), search(recover=step), arguments={"q": "churn"})
    assert [leg.finding and leg.finding.code for leg in withheld.receipt.tried][-1] == "data_missing"


def test_a_default_of_the_tool_is_part_of_what_was_asked() -> None:
    schema = {"type": "object", "properties": {"k": {"type": "integer", "default": 8}}, "additionalProperties": False}
    world = by_host({"desk.test": DOWN, "spare.test": answer(WHOLE)})
    other = tool("spare", at="spare.test", input={"type": "object", "properties": {"most": {"type": "integer"}}})
    other = replace(other, request=replace(other.request, query={"most": "{input.most}"}))
    first = tool("list", policy={"fallback": {"tool": "spare", "with": {"most": "{input.k}"}}}, input=schema)
    assert isinstance(called(world, first, other), Delivered)
    assert query(world.sent[-1]) == {"most": "8"}


def test_a_number_that_a_helper_says_arrives_as_it_was_said() -> None:
    number = 2**64 + 1

    def script(request: Request) -> Outcome:
        return answer({"text": number}) if host(request) == "model.test" else few(request)

    step: Json = {
        "on": "more_without_cursor",
        "ask": {"refined": {"tool": "refine", "with": {"q": "{input.q}"}}},
        "with": {"k": "{refined.text}"},
    }
    world = World(script)
    called(world, search(recover=step), model(), arguments={"q": "churn"})
    assert query(world.sent[-1])["k"] == str(number)
