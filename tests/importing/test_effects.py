"""What an import takes for a read: never what may change something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from unabridged.tools.importing.description import Operation, Reply
from unabridged.tools.importing.effects import effects


def posted(path: str, name: str = "", summary: str = "", status: str = "200") -> Operation:
    return Operation(pointer="", method="POST", path=path, id=name, summary=summary, replies=(Reply(status=status),))


READS = [
    posted("/issues/search", "searchIssues"),
    posted("/components/{name}/query", "Query_Execute", "Execute an analytics query"),
    posted("/v1/books:search", "Books_Search"),
    posted("/v1/{parent=shelves/*}:query"),
    posted("/v1/{parent}/books:search"),
    posted("/people/search", summary="Search those who were created lately"),
    Operation(pointer="", method="GET", path="/tickets", id="createdTickets"),
]


@pytest.mark.parametrize("one", READS, ids=lambda one: one.path)
def test_what_only_looks_is_a_read(one: Operation) -> None:
    assert effects(one) == "read"


LIST = {"type": "array", "items": {"type": "object"}}
PAGE = {"type": "object", "properties": {"results": LIST, "count": {"type": "integer"}}}
NUMBER = {"type": "integer"}
THING = {"type": "object", "properties": {"id": {"type": "string"}, "results": LIST}}


def answering(schema: dict[str, Any], path: str, name: str = "", summary: str = "", status: str = "200") -> Operation:
    reply = Reply(status=status, content={"application/json": schema})
    return replace(posted(path, name, summary), replies=(reply,))


LISTED = [
    answering(LIST, "/flows/filter", "read_flows_flows_filter_post", "Read Flows"),
    answering(LIST, "/flow_runs/filter", "read_flow_runs_flow_runs_filter_post", "Read Flow Runs"),
    answering(LIST, "/runs/{id}/input/filter", "filter_run_input", "Filter Run Input"),
    answering(PAGE, "/flows/paginate", "paginate_flows"),
    answering(NUMBER, "/flows/count", "count_flows"),
    answering({"type": "object", "properties": {"events": LIST, "total": NUMBER}}, "/events/filter", "read_events"),
    answering(PAGE, "/dags/~/dagRuns/list", "get_dag_runs_batch", "List DAG runs (batch)"),
    answering(LIST, "/flows:lookup", "FlowsController_lookup"),
]


@pytest.mark.parametrize("one", LISTED, ids=lambda one: one.path)
def test_what_lists_by_its_name_and_its_answer_is_a_read(one: Operation) -> None:
    assert effects(one) == "read"


NOT_LISTED = [
    pytest.param(answering(LIST, "/detector/filter"), id="a list, of which nobody says that it is looked for"),
    pytest.param(answering(THING, "/flows/filter", "read_flows"), id="one thing with a list in it"),
    pytest.param(answering({}, "/flows/filter", "read_flows"), id="what is not described"),
    pytest.param(answering(LIST, "/flows/filter", "read_flows", status="default"), id="no status"),
    pytest.param(answering(LIST, "/flows/filter", "read_flows", status="201"), id="what was made"),
    pytest.param(answering(LIST, "/detector/filter", "create_filter_detector_filter_post"), id="made by its name"),
    pytest.param(answering(LIST, "/rules/filter", "filter_rules", "Filter rules and delete them"), id="by its summary"),
    pytest.param(answering(LIST, "/runs/filter", "run_filter", "Run a filter"), id="run, and not a run"),
    pytest.param(answering(NUMBER, "/likes/count", "likes_count", "Set the count"), id="a count that is set"),
    pytest.param(answering(LIST, "/set/list", "get_list"), id="a path that changes"),
]


@pytest.mark.parametrize("one", NOT_LISTED)
def test_a_filter_or_a_list_that_may_be_made_is_a_write(one: Operation) -> None:
    assert effects(one) == "write"


WRITES = [
    pytest.param(posted("/rest/api/3/filter", "createFilter", "Create filter"), id="Jira"),
    pytest.param(posted("/detector/{detectorId}/filter/{filterName}", "UpdateFilter"), id="GuardDuty"),
    pytest.param(posted("/detector/filter"), id="a filter, of which nobody says that it is applied"),
    pytest.param(posted("/bulk/query", "createBulkQuery"), id="a job by its name"),
    pytest.param(posted("/bulk/query", summary="Creates a job that queries in bulk."), id="a job by its summary"),
    pytest.param(posted("/my/follows/search", summary="Follow a search"), id="a search that is followed"),
    pytest.param(posted("/saved/search", "saved_search_add"), id="a search that is kept"),
    pytest.param(posted("/issues/search", status="201"), id="what answers that something was made"),
    pytest.param(posted("/v1/searches:run"), id="a custom verb of another word"),
    pytest.param(posted("/v1/search:cancel"), id="a custom verb beside a search"),
    pytest.param(posted("/v1/books:searchAndReplace"), id="a custom verb that does more"),
    pytest.param(posted("/v1/books:search", "Books_CreateSearch"), id="a custom verb that makes something"),
    pytest.param(posted("/search/jobs"), id="a path that ends in another word"),
]


@pytest.mark.parametrize("one", WRITES)
def test_what_may_make_something_is_a_write(one: Operation) -> None:
    assert effects(one) == "write"
