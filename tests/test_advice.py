"""What is said to whoever asked: no call later where the definition does not fit the service."""

from __future__ import annotations

import pytest

from tests.scripted import contract
from unabridged.schemas.codes import CODES
from unabridged.schemas.verdict import Finding
from unabridged.server.advice import fix, may_repeat

MISFITS = {
    "id_missing": "`response.items.id`",
    "duplicate_id": "`response.items.id`",
    "more_without_cursor": "`walk.next`",
}


@pytest.mark.parametrize("code", MISFITS)
def test_a_definition_that_does_not_fit_is_not_said_to_mend_itself(code: str) -> None:
    told = fix(contract(), Finding(code=code, message="so it is"))
    assert told == CODES[code].fix
    assert MISFITS[code] in told
    assert "the definition does not fit the service" in told
    assert "Call again later" not in told


def test_a_tool_of_one_answer_is_not_called_again_for_what_lies_behind_it() -> None:
    finding = Finding(code="more_without_cursor", message="there is more, and the contract knows no way to continue")
    alone = contract(walk={"kind": "single", "more": "/more"})
    assert (may_repeat(contract(), finding), may_repeat(alone, finding)) == (True, False)
    assert "declare in `walk` how to get the rest" in fix(alone, finding)


@pytest.mark.parametrize("kind", ["page", "offset"])
def test_items_behind_the_end_may_be_the_last_page_again(kind: str) -> None:
    finding = Finding(code="past_end_not_empty", message="there are more items behind the end", have=3, expected=0)
    numbered = contract(walk={"kind": kind, "send": "query:p"})
    assert "may give its last page again" in fix(numbered, finding)
    assert "`past_end`" in fix(numbered, finding)
    assert fix(contract(), finding) == CODES["past_end_not_empty"].fix
