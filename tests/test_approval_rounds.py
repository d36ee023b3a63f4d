"""The second round of a question: what a client may bring back, and everything that it may not.

Raw requests of 2026-07-28 to served processes; the shop behind them counts what really happened.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.refunds import Shop, over_http, shop, tool_file
from tests.talking import META, NEW
from unabridged.schemas.codes import CODES

ALICE, BOB = "the-token-of-alice-0123", "the-token-of-bob-012345"
ORDER: Mapping[str, Any] = {"order": "A-1", "amount": 5}
YES: Mapping[str, Any] = {"action": "accept", "content": {"approve": True}}


@dataclass(frozen=True, slots=True)
class Client:
    """A 2026 client of one server that can ask a person, and that plays the rounds by hand."""

    url: str
    token: str = ""

    def call(
        self,
        tool: str = "refund",
        arguments: Mapping[str, Any] = ORDER,
        *,
        state: str | None = None,
        said: Mapping[str, Any] | None = None,
        gate: str = "approval",
        can_ask: bool = True,
    ) -> Any:
        """Return the result of one round."""
        capabilities = "io.modelcontextprotocol/clientCapabilities"
        meta: dict[str, Any] = {**META, capabilities: {"elicitation": {"form": {}}} if can_ask else {}}
        params: dict[str, Any] = {"name": tool, "arguments": arguments, "_meta": meta}
        params |= {} if state is None else {"requestState": state}
        params |= {} if said is None else {"inputResponses": {gate: said}}
        headers = {**NEW, "Mcp-Method": "tools/call", "Mcp-Name": tool}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        response = httpx2.post(self.url, headers=headers, json=message, trust_env=False, timeout=20)
        return json.loads(response.content)["result"]

    def asked(self, tool: str = "refund", arguments: Mapping[str, Any] = ORDER) -> str:
        """Play the first round, and return the state to come back with."""
        result = self.call(tool, arguments)
        assert result["resultType"] == "input_required", result
        return str(result["requestState"])


@pytest.fixture(scope="module")
def upstream() -> Generator[Shop]:
    with shop() as held:
        yield held


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def file(upstream: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tool_file(tmp_path_factory.mktemp("tools"), upstream.port)


@pytest.fixture(scope="module")
def urls(state: Path, file: Path) -> Iterator[tuple[str, str]]:
    """Two processes of one user."""
    with ExitStack() as stack:
        yield stack.enter_context(over_http(state, file)), stack.enter_context(over_http(state, file))


@pytest.fixture
def client(urls: tuple[str, str], upstream: Shop) -> Client:
    upstream.refunds.clear()
    return Client(urls[0])


def code(result: Any) -> str:
    return str(result["structuredContent"]["error"]["code"])


def whole(result: Any) -> bool:
    return bool(result["resultType"] == "complete" and result["structuredContent"]["status"] == "complete")


def test_nothing_is_sent_before_the_yes_and_the_question_shows_the_request(client: Client, upstream: Shop) -> None:
    result = client.call()
    assert result["resultType"] == "input_required"
    form = result["inputRequests"]["approval"]["params"]
    assert "/orders/A-1/refunds" in form["message"]
    assert form["requestedSchema"]["required"] == ["approve"]
    assert upstream.refunds == []
    assert whole(client.call(state=result["requestState"], said=YES))
    assert upstream.refunds == [{"amount": 5, "order": "A-1"}]


@pytest.mark.requirement("G38")
def test_a_yes_is_worth_one_call(client: Client, upstream: Shop) -> None:
    state = client.asked()
    assert whole(client.call(state=state, said=YES))
    error = client.call(state=state, said=YES)["structuredContent"]["error"]
    assert error["code"] == "approval_stale"
    assert "may have been sent already" in error["message"]
    assert error["retry"]["safe"] is False
    assert len(upstream.refunds) == 1


@pytest.mark.requirement("G38")
def test_a_yes_said_twenty_times_at_once_to_two_processes_is_worth_one_call(
    client: Client, urls: tuple[str, str], upstream: Shop
) -> None:
    state = client.asked()
    with ThreadPoolExecutor(20) as pool:
        rounds = [pool.submit(Client(urls[number % 2]).call, state=state, said=YES) for number in range(20)]
        results: list[Any] = [one.result() for one in rounds]
    assert sorted(map(whole, results)) == [False] * 19 + [True]
    assert {code(result) for result in results if not whole(result)} == {"approval_stale"}
    assert len(upstream.refunds) == 1


def test_a_yes_may_reach_another_process_of_the_same_user(client: Client, urls: tuple[str, str]) -> None:
    assert whole(Client(urls[1]).call(state=client.asked(), said=YES))


@pytest.mark.requirement("G38")
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("refund", {"order": "A-1", "amount": 500}),
        ("refund", {"order": "A-2", "amount": 5}),
        ("refund", {"order": "A-1", "amount": 5.0}),
        ("exchange", ORDER),
    ],
)
def test_a_yes_to_one_call_is_none_to_another(
    client: Client, upstream: Shop, tool: str, arguments: Mapping[str, Any]
) -> None:
    state = client.asked()
    assert code(client.call(tool, arguments, state=state, said=YES)) == "approval_stale"
    assert upstream.refunds == []


@pytest.mark.requirement("G38")
@pytest.mark.parametrize("change", ["upper", "cut", "longer", "empty", "another"])
def test_a_state_that_was_tampered_with_means_nothing(client: Client, upstream: Shop, change: str) -> None:
    state = client.asked()
    changed = {"upper": state.upper(), "cut": state[:-1], "longer": f"{state}A", "empty": "", "another": "x" * 5_000}
    assert code(client.call(state=changed[change], said=YES)) == "approval_stale"
    assert upstream.refunds == []


@pytest.mark.requirement("G38")
def test_an_answer_to_a_question_that_was_never_asked_is_a_first_round(client: Client, upstream: Shop) -> None:
    assert client.call(said=YES)["resultType"] == "input_required"
    assert upstream.refunds == []


@pytest.mark.requirement("G38")
@pytest.mark.parametrize(
    "no",
    [
        {"action": "decline"},
        {"action": "cancel"},
        {"action": "accept"},
        {"action": "accept", "content": {"approve": False}},
        {"action": "accept", "content": {"approve": "true"}},
        {"action": "accept", "content": {"approve": 1}},
        {"action": "decline", "content": {"approve": True}},
    ],
)
def test_everything_but_a_plain_yes_is_a_no_and_a_no_cannot_become_a_yes(
    client: Client, upstream: Shop, no: Mapping[str, Any]
) -> None:
    state = client.asked()
    assert code(client.call(state=state, said=no)) == "approval_declined"
    error = client.call(state=state, said=YES)["structuredContent"]["error"]
    assert (error["code"], error["retry"]["safe"]) == ("approval_declined", False)
    assert "nothing was sent" in error["message"]
    assert error["fix"] == CODES["approval_declined"].fix
    assert upstream.refunds == []


def test_a_state_without_an_answer_is_asked_about_again_and_the_old_one_is_over(client: Client, upstream: Shop) -> None:
    state = client.asked()
    again = client.call(state=state)
    assert again["resultType"] == "input_required"
    assert again["requestState"] != state
    error = client.call(state=state, said=YES)["structuredContent"]["error"]
    assert (error["code"], error["retry"]["safe"]) == ("approval_stale", True)
    assert "nothing was sent" in error["message"]
    assert whole(client.call(state=again["requestState"], said=YES))
    assert len(upstream.refunds) == 1


def test_a_client_that_cannot_ask_is_told_so_and_what_to_do(client: Client, upstream: Shop) -> None:
    error = client.call(can_ask=False)["structuredContent"]["error"]
    assert error["code"] == "approval_unavailable"
    assert "elicitation" in error["fix"]
    assert upstream.refunds == []


@pytest.mark.requirement("G38")
def test_a_yes_of_one_principal_is_none_of_another(file: Path, state: Path, upstream: Shop) -> None:
    upstream.refunds.clear()
    with (
        over_http(state, file, UNABRIDGED_HTTP_TOKEN=ALICE) as alice,
        over_http(state, file, UNABRIDGED_HTTP_TOKEN=BOB) as bob,
    ):
        of_alice = Client(alice, ALICE).asked()
        assert code(Client(bob, BOB).call(state=of_alice, said=YES)) == "approval_stale"
        assert upstream.refunds == []
        assert whole(Client(alice, ALICE).call(state=of_alice, said=YES))


@pytest.mark.requirement("G38")
def test_a_state_of_another_server_means_nothing(client: Client, file: Path, upstream: Shop, tmp_path: Path) -> None:
    with over_http(tmp_path, file) as stranger:
        assert code(client.call(state=Client(stranger).asked(), said=YES)) == "approval_stale"
    assert upstream.refunds == []


def test_a_server_that_was_started_anew_still_knows_what_was_asked(client: Client, file: Path, state: Path) -> None:
    asked = client.asked()
    with over_http(state, file) as anew:
        assert whole(Client(anew).call(state=asked, said=YES))


@pytest.mark.requirement("G38")
def test_a_yes_that_comes_too_late_is_none(state: Path, upstream: Shop, tmp_path: Path) -> None:
    upstream.refunds.clear()
    hasty = tool_file(tmp_path, upstream.port, approval={"expires": "PT0.000001S"})
    with over_http(state, hasty) as url:
        asked = Client(url).asked()
        error = Client(url).call(state=asked, said=YES)["structuredContent"]["error"]
        assert (error["code"], error["retry"]["safe"]) == ("approval_stale", True)
    assert upstream.refunds == []


@pytest.mark.requirement("G38")
def test_a_tool_that_changed_between_the_rounds_is_asked_about_anew(
    client: Client, state: Path, upstream: Shop, tmp_path: Path
) -> None:
    asked = client.asked()
    changed = tool_file(tmp_path, upstream.port, approval={"message": "Really?"})
    with over_http(state, changed) as url:
        again = Client(url).call(state=asked, said=YES)
        assert again["inputRequests"]["approval"]["params"]["message"].startswith("Really?\n")
    assert upstream.refunds == []


def test_a_tool_without_a_gate_does_not_look_at_what_a_client_sends_along(client: Client) -> None:
    assert whole(client.call("plain", {}, state="made up", said=YES))


@pytest.mark.requirement("G37", "G38")
def test_no_credential_and_no_word_is_shown_or_kept(upstream: Shop, tmp_path: Path) -> None:
    secret = "the-secret-of-the-shop"
    file = tool_file(tmp_path, upstream.port, auth={"kind": "bearer", "token": {"env": "SHOP_TOKEN"}})
    with over_http(tmp_path / "state", file, UNABRIDGED_HTTP_TOKEN=ALICE, SHOP_TOKEN=secret) as url:
        first = Client(url, ALICE).call()
        assert whole(answered := Client(url, ALICE).call(state=first["requestState"], said=YES))
    assert upstream.credentials[-1] == f"Bearer {secret}"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    for hidden in (secret, ALICE):
        assert hidden not in json.dumps([first, answered])
        assert hidden.encode() not in kept
    assert first["requestState"].encode() not in kept


# ------------------------------------------------------------------------------------------- the credential


@pytest.fixture(scope="module")
def accounts(upstream: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    """Two processes of one user with one state, and a token each for the shop."""
    state, auth = tmp_path_factory.mktemp("accounts"), {"kind": "bearer", "token": {"env": "SHOP_TOKEN"}}
    file = tool_file(state, upstream.port, auth=auth)
    with over_http(state, file, SHOP_TOKEN="of-a") as a, over_http(state, file, SHOP_TOKEN="of-b") as b:
        upstream.refunds.clear()
        yield Client(a), Client(b)


@pytest.mark.requirement("G38")
def test_a_yes_to_sending_with_one_credential_is_none_to_sending_with_another(
    accounts: tuple[Client, Client], upstream: Shop
) -> None:
    a, b = accounts
    upstream.refunds.clear()
    asked = a.asked()
    assert b.call(state=asked, said=YES)["resultType"] == "input_required"
    assert upstream.refunds == []
    assert whole(a.call(state=asked, said=YES))
    assert upstream.credentials[-1] == "Bearer of-a"


@pytest.mark.requirement("G38")
def test_an_answer_that_one_credential_read_is_not_released_to_another(
    accounts: tuple[Client, Client], upstream: Shop
) -> None:
    a, b = accounts
    asked, read = a.asked("search", {}), len(upstream.asked)
    anew = b.call("search", {}, state=asked, said=YES, gate="review")
    assert anew["resultType"] == "input_required"
    assert len(upstream.asked) == read + 1
    of_b = b.call("search", {}, state=anew["requestState"], said=YES, gate="review")
    assert of_b["structuredContent"]["items"][0]["id"] == f"{read + 1}-0"
    of_a = a.call("search", {}, state=asked, said=YES, gate="review")
    assert of_a["structuredContent"]["items"][0]["id"] == f"{read}-0"


def test_nobody_is_asked_to_send_with_a_credential_that_is_not_there(upstream: Shop, tmp_path: Path) -> None:
    file = tool_file(tmp_path, upstream.port, auth={"kind": "bearer", "token": {"file": str(tmp_path / "token")}})
    with over_http(tmp_path / "state", file) as url:
        error = Client(url).call()["structuredContent"]["error"]
        assert (error["code"], error["message"]) == (
            "not_configured",
            "The secret file token is missing, unreadable or empty.",
        )


# ------------------------------------------------------------------------------------------- releasing an answer


def test_a_person_reads_what_an_answer_lacks_and_releases_exactly_that_answer(client: Client, upstream: Shop) -> None:
    asked_before = len(upstream.asked)
    result = client.call("search", {})
    message = result["inputRequests"]["review"]["params"]["message"]
    assert "low_relevance: 0 of 3 items pass the gate" in message
    assert "best 0.62" in message
    released = client.call("search", {}, state=result["requestState"], said=YES, gate="review")
    assert whole(released)
    assert len(upstream.asked) == asked_before + 1
    content = released["structuredContent"]
    assert [item["id"] for item in content["items"]] == [f"{len(upstream.asked)}-{number}" for number in range(3)]
    assert content["proof"]["released"]["codes"] == ["low_relevance"]
    assert content["proof"]["released"]["by"] == "anonymous"


@pytest.mark.requirement("G38")
def test_a_release_is_worth_one_answer(client: Client) -> None:
    state = client.asked("search", {})
    assert whole(client.call("search", {}, state=state, said=YES, gate="review"))
    assert code(client.call("search", {}, state=state, said=YES, gate="review")) == "approval_stale"


def test_an_answer_that_a_person_does_not_release_stays_held_back_for_its_own_reason(client: Client) -> None:
    state = client.asked("search", {})
    assert code(client.call("search", {}, state=state, said={"action": "decline"}, gate="review")) == "low_relevance"
    error = client.call("search", {}, state=state, said=YES, gate="review")["structuredContent"]["error"]
    assert (error["code"], [reason["code"] for reason in error["against"]]) == ("low_relevance", ["approval_declined"])


def test_a_yes_to_sending_is_no_yes_to_releasing(client: Client) -> None:
    state = client.asked("search", {})
    assert client.call("search", {}, state=state, said=YES)["resultType"] == "input_required"


def test_an_answer_may_be_released_by_another_process_of_the_same_user(client: Client, urls: tuple[str, str]) -> None:
    state = client.asked("search", {})
    assert whole(Client(urls[1]).call("search", {}, state=state, said=YES, gate="review"))


def test_without_a_person_the_refusal_says_that_one_might_release_it(client: Client) -> None:
    error = client.call("search", {}, can_ask=False)["structuredContent"]["error"]
    assert error["code"] == "low_relevance"
    assert [reason["code"] for reason in error["against"]] == ["approval_unavailable"]
