"""What an import takes for a read: never what may change something."""

from __future__ import annotations

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
