"""What single APIs are known to do beside the common lies, told by their stand-ins to the bundled tools."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from urllib.parse import urlsplit

import pytest

from tests.standins import elasticsearch, github, hackernews, mediawiki, notion, salesforce, shopify, slack
from tests.standins.cases import CASES, ENVIRONMENT, Case, resized
from tests.standins.running import run
from tests.standins.shape import Lie, Record, Shape, Standin, Turn
from tests.standins.single import single
from tests.standins.wire import Heard, Said, said, serving
from unabridged.schemas.answer import Delivered
from unabridged.schemas.claim import Grade
from unabridged.schemas.completeness import Completeness
from unabridged.schemas.contract import Contract
from unabridged.schemas.provider import Network
from unabridged.schemas.walk import Absence
from unabridged.schemas.wire import Json
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.surroundings import surroundings

pytestmark = pytest.mark.anyio


@cache
def contracts() -> dict[str, Contract]:
    return {contract.name: contract for contract in read(tuple(bundled().values())).contracts}


def the(tool: str) -> tuple[Contract, Case]:
    return contracts()[tool], next(case for case in CASES if case.tool == tool)


def speaking(case: Case, shape: Shape) -> Case:
    return replace(case, shape=lambda: shape)


def altered(shape: Shape, old: bytes, new: bytes) -> Shape:
    """The same shape, with *old* written as *new* on every page."""

    def page(turn: Turn) -> Said:
        whole = shape.page(turn)
        assert old in whole.content
        return replace(whole, content=whole.content.replace(old, new))

    return replace(shape, page=page)


def _secret_is_in(heard: Heard) -> bool:
    coded = base64.b64encode(b"test-only:test-only").decode()
    sent = (*heard.headers.values(), *heard.query.values())
    return any(value.endswith("test-only") or value == f"Basic {coded}" for value in sent)


@pytest.mark.parametrize("word", sorted(bundled()))
async def test_the_credential_travels_with_every_request_and_with_none_where_there_is_none(word: str) -> None:
    contract = read((bundled()[word],)).contracts[0]
    case = next(case for case in CASES if case.tool == contract.name)
    heard: list[Heard] = []

    def aside(request: Heard, records: Sequence[Record]) -> Said | None:
        heard.append(request)
        return case.shape().aside(request, records)

    await run(contract, speaking(case, replace(case.shape(), aside=aside)), count=11)
    assert heard
    assert {_secret_is_in(request) for request in heard} == {contract.provider.auth is not None}


async def test_a_host_that_is_a_variable_gets_the_credential_too() -> None:
    contract, case = the("elasticsearch_search")
    standin = Standin(shape=case.shape(), count=11)
    async with serving(standin) as origin:
        network = Network(allow=("loopback",), plain_http=True)
        provider = replace(contract.provider, base_url="http://{host}", network=network)
        environment = {**ENVIRONMENT, "ELASTICSEARCH_HOST": urlsplit(origin).netloc}
        there = replace(contract, provider=provider)
        answer = await call(there, case.arguments, surroundings=surroundings(environment))
    assert isinstance(answer, Delivered)
    answer.payload.close()
    assert all(heard.headers["authorization"] == "ApiKey test-only" for heard in standin.heard)


async def test_zendesk_without_page_size_speaks_another_contract_which_is_refused() -> None:
    contract, case = the("zendesk_list_tickets")
    ran = await run(replace(contract, walk=replace(contract.walk, page_size=None)), case, count=250)
    assert (ran.outcome, ran.code) == ("refused", "schema_violation")


@pytest.mark.parametrize("tool", ["github_search_issues", "hackernews_search", "zendesk_search_tickets"])
async def test_a_search_that_matches_more_than_can_be_walked_is_refused_at_its_first_page(tool: str) -> None:
    contract, case = the(tool)
    ran = await run(contract, case, count=1_001)
    assert (ran.outcome, ran.code, ran.requests) == ("refused", "window_cap", 1)


async def test_a_search_that_matches_exactly_as_many_as_can_be_walked_is_delivered() -> None:
    ran = await run(*the("github_search_issues"), count=1_000)
    assert ran.outcome == "whole"


async def test_a_list_of_gitlab_that_is_too_long_to_be_counted_is_refused() -> None:
    ran = await run(*the("gitlab_list_issues"), count=10_001)
    assert (ran.outcome, ran.code) == ("refused", "total_missing")


async def test_a_github_search_that_ran_out_of_time_is_refused() -> None:
    contract, case = the("github_search_issues")
    shape = altered(github.SEARCH, b'"incomplete_results":false', b'"incomplete_results":true')
    ran = await run(contract, speaking(case, shape), count=11)
    assert (ran.outcome, ran.code) == ("refused", "partial_flag")


@pytest.mark.requirement("G47")
async def test_a_page_size_that_github_clamps_does_no_harm() -> None:
    contract, case = the("github_list_pull_requests")
    assert contract.walk.page_size is not None
    greedy = replace(contract.walk, page_size=replace(contract.walk.page_size, ask=250, max=None))
    ran = await run(replace(contract, walk=greedy), case, count=250)
    assert (ran.outcome, ran.grade) == ("whole", Grade.CENSUSED)


async def test_a_used_up_rate_limit_of_github_is_named_as_one() -> None:
    def limited(_heard: Heard, _records: Sequence[Record]) -> Said:
        return said({"message": "API rate limit exceeded"}, status=403, headers={"x-ratelimit-remaining": "0"})

    contract, case = the("github_list_releases")
    ran = await run(contract, speaking(case, replace(github.PAGED, aside=limited)), count=11)
    assert (ran.outcome, ran.code) == ("refused", "rate_limited")


async def test_a_count_that_algolia_calls_inexact_is_refused() -> None:
    contract, case = the("hackernews_search")
    shape = altered(hackernews.SEARCH, b'"exhaustiveNbHits":true', b'"exhaustiveNbHits":false')
    ran = await run(contract, speaking(case, shape), count=11)
    assert (ran.outcome, ran.code) == ("refused", "total_is_bound")


async def test_a_count_that_shopify_calls_a_lower_bound_is_refused() -> None:
    contract, case = the("shopify_list_orders")
    shape = altered(shopify.ORDERS, b'"EXACT"', b'"AT_LEAST"')
    ran = await run(contract, speaking(case, shape), count=11)
    assert (ran.outcome, ran.code) == ("refused", "total_is_bound")


async def test_an_error_of_shopify_beside_data_is_refused() -> None:
    contract, case = the("shopify_list_orders")
    shape = altered(shopify.ORDERS, b'{"data":', b'{"errors":[{"message":"Internal error"}],"data":')
    ran = await run(contract, speaking(case, shape), count=11)
    assert (ran.outcome, ran.code) == ("refused", "partial_flag")


async def test_a_salesforce_subquery_that_is_cut_is_refused() -> None:
    contract, case = the("salesforce_query")
    subquery = b'"Contacts":{"totalSize":900,"done":false,"records":[]},"Name":'
    ran = await run(contract, speaking(case, altered(salesforce.QUERY, b'"Name":', subquery)), count=11)
    assert (ran.outcome, ran.code) == ("refused", "item_invalid")


async def test_a_warning_of_mediawiki_is_refused() -> None:
    contract, case = the("wikipedia_category_members")
    warnings = b'{"warnings":{"query":{"warnings":"cmlimit may not be over 500"}},"batchcomplete":true'
    shape = altered(mediawiki.CATEGORY, b'{"batchcomplete":true', warnings)
    ran = await run(contract, speaking(case, shape), count=11)
    assert (ran.outcome, ran.code) == ("refused", "partial_flag")


async def test_a_shard_that_failed_on_the_only_page_is_refused() -> None:
    contract, case = the("elasticsearch_search")
    shape = altered(elasticsearch.SEARCH, b'"failed":0', b'"failed":1')
    ran = await run(contract, speaking(case, shape), count=0)
    assert (ran.outcome, ran.code) == ("refused", "partial_flag")


async def test_a_point_in_time_that_expires_starts_the_walk_anew() -> None:
    expired: list[Heard] = []

    def aside(heard: Heard, records: Sequence[Record]) -> Said | None:
        if "search_after" in heard.body and not expired:
            expired.append(heard)
            return said(elasticsearch.EXPIRED, status=404)
        return elasticsearch.SEARCH.aside(heard, records)

    contract, case = the("elasticsearch_search")
    shape = replace(elasticsearch.SEARCH, aside=aside)
    ran = await run(resized(contract, 3, 4), speaking(case, shape), count=11)
    assert ran.outcome == "whole"
    assert expired


async def test_an_index_that_is_not_there_is_not_found() -> None:
    def aside(_heard: Heard, _records: Sequence[Record]) -> Said:
        cause: dict[str, Json] = {"type": "index_not_found_exception", "reason": "no such index [logs]"}
        return said({"error": {"root_cause": [cause], **cause}, "status": 404}, status=404)

    contract, case = the("elasticsearch_search")
    ran = await run(contract, speaking(case, replace(elasticsearch.SEARCH, aside=aside)), count=11)
    assert (ran.outcome, ran.code, ran.requests) == ("refused", "not_found", 1)


async def test_a_notion_query_that_was_cut_at_its_limit_is_refused() -> None:
    contract, case = the("notion_query_data_source")
    cut = b'"request_status":{"type":"incomplete","incomplete_reason":"query_result_limit_reached"},"results":'
    ran = await run(contract, speaking(case, altered(notion.LIST, b'"results":', cut)), count=11)
    assert (ran.outcome, ran.code) == ("refused", "window_cap")


async def test_a_page_that_wikipedia_does_not_have_is_not_found() -> None:
    contract, case = the("wikipedia_page_text")
    missing: dict[str, Json] = {"batchcomplete": True, "query": {"pages": [{"ns": 0, "title": "X", "missing": True}]}}
    ran = await run(contract, speaking(case, single(missing, error=mediawiki.ERROR)), count=1)
    assert (ran.outcome, ran.code) == ("refused", "not_found")


@pytest.mark.parametrize("forever", [False, True])
async def test_a_last_page_of_stripe_that_lost_all_its_records_is_never_the_end(forever: bool) -> None:
    contract, case = the("stripe_list_charges")
    ran = await run(resized(contract, 6, 4), case, count=10, lie=Lie.PAGE_2_EMPTY, forever=forever)
    assert ran.told
    assert ran.outcome == ("refused" if forever else "whole")


async def test_one_empty_answer_is_neither_the_end_nor_its_own_witness() -> None:
    contract, case = the("stripe_list_charges")
    blind = replace(contract.walk, more=None, end_on_empty=Absence(documented="https://docs.stripe.com/api/pagination"))
    ran = await run(resized(replace(contract, walk=blind), 3, 4), case, count=11, lie=Lie.PAGE_2_EMPTY)
    assert ran.told
    assert ran.outcome == "whole"


async def test_a_cursor_that_slack_forgot_starts_the_walk_anew() -> None:
    forgotten: list[Heard] = []

    def aside(heard: Heard, _records: Sequence[Record]) -> Said | None:
        if "cursor" not in heard.query or forgotten:
            return None
        forgotten.append(heard)
        return said({"ok": False, "error": "invalid_cursor"})

    contract, case = the("slack_list_users")
    ran = await run(resized(contract, 3, 4), speaking(case, replace(slack.MEMBERS, aside=aside)), count=11)
    assert ran.outcome == "whole"
    assert forgotten


@pytest.mark.requirement("G7")
async def test_a_rate_limit_of_slack_inside_200_is_waited_for() -> None:
    limited: list[Heard] = []

    def aside(heard: Heard, _records: Sequence[Record]) -> Said | None:
        if limited:
            return None
        limited.append(heard)
        return said({"ok": False, "error": "ratelimited"}, headers={"retry-after": "1"})

    contract, case = the("slack_list_users")
    ran = await run(contract, speaking(case, replace(slack.MEMBERS, aside=aside)), count=11)
    assert ran.outcome == "whole"


@pytest.mark.parametrize("tool", ["zendesk_list_tickets", "notion_search", "slack_list_users", "jira_search_issues"])
async def test_without_its_witnesses_the_same_tool_would_be_silently_wrong(tool: str) -> None:
    contract, case = the(tool)
    naive = replace(resized(contract, 3, 4), complete=Completeness(require=Grade.TERMINATED))
    ran = await run(naive, case, count=11, lie=Lie.EARLY_END, forever=True)
    assert ran.outcome == "SILENT"
