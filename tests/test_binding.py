"""Arguments fill the places that the file names, and can change nothing else about a request."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted import contract
from unabridged.schemas.contract import Contract
from unabridged.schemas.verdict import Finding
from unabridged.schemas.wire import Json, Request
from unabridged.tools.binding import bind
from unabridged.tools.draft import render
from unabridged.tools.witnessing import Bound

TEXT = {"type": "string"}
INPUT = {"type": "object", "properties": {"owner": TEXT, "text": {}, "tag": TEXT}, "additionalProperties": False}
PROMISED = contract(
    input=INPUT,
    request={
        "method": "POST",
        "url": "https://desk.test/v1/owners/{owner}/search",
        "query": {"q": "{input.text}", "fixed": "1"},
        "headers": {"X-Tag": "{input.tag}"},
        "body": {"text": "{input.text}", "query": "query { owner{name} }", "list": ["{input.text}"]},
        "strict": {"query:all": True, "body:/exact": True},
    },
)


def bound(promised: Contract, **arguments: Json) -> Bound | Finding:
    return bind(promised, arguments, environment={}, key="key-1")


def hosted(**environment: str) -> Bound | Finding:
    return bind(contract(**HOSTED), {}, environment=environment, key="key-1")


def request(promised: Contract, **arguments: Json) -> Request:
    found = bound(promised, **arguments)
    assert isinstance(found, Bound), found
    return render(found.draft)


ATTACKS = [
    "../", "..%2f", "%2e%2e/", "..;/", "..\\", "%252e%252e%252f", "a/b", "a?x=1", "a#b", "a;b=c", "%", "%zz", "é", "  x  ",
    "@evil.test", "//evil.test", ":80@evil.test", "https://evil.test/", "__proto__", "{{7*7}}", "${jndi:x}", "{0.__class__}",
    "{input.text}", "{owner}", "%(x)s", "$(id)", "`id`", "; ls", "' OR 1=1--", "=HYPERLINK(1)", "-rf", "[::1]", "\ufeff",
]  # fmt: skip


@pytest.mark.requirement("G36")
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_argument_in_a_path_is_one_segment_and_nothing_else(attack: str) -> None:
    parts = urlsplit(request(PROMISED, owner=attack, text="x", tag="y").url)
    assert (parts.scheme, parts.netloc) == ("https", "desk.test")
    head, segment, tail = parts.path.rpartition("/search")[0].rpartition("/")
    assert (head, segment, unquote(tail)) == ("/v1/owners", "/", attack)


@pytest.mark.parametrize("attack", ["", ".", "..", "\r\n", "a\r\nX: 1", "\x00", "\x7f", "\n"])
def test_what_cannot_be_a_segment_is_refused_before_anything_is_sent(attack: str) -> None:
    found = bound(PROMISED, owner=attack, text="x", tag="y")
    assert isinstance(found, Finding)
    assert found.code == "invalid_arguments"


@pytest.mark.requirement("G36")
@pytest.mark.parametrize("attack", ["a\r\nX: 1", "\n", "\x00", "\x1b[2J"])
def test_what_would_break_a_header_is_refused(attack: str) -> None:
    found = bound(PROMISED, owner="x", text="x", tag=attack)
    assert isinstance(found, Finding)
    assert found.where == "header:x-tag"


@pytest.mark.requirement("G36")
@given(text=st.text(), owner=st.text(min_size=1))
def test_no_text_changes_scheme_host_path_or_another_parameter(text: str, owner: str) -> None:
    found = bound(PROMISED, owner=owner, text=text, tag="y")
    if isinstance(found, Finding):
        return
    sent = render(found.draft)
    parts = urlsplit(sent.url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "desk.test", "")
    assert parts.path.count("/") == 4
    assert parts.path.endswith("/search")
    assert dict(parse_qsl(parts.query, keep_blank_values=True)) == {"q": text, "fixed": "1", "all": "true"}
    assert sent.body is not None
    whole = {"text": text, "query": "query { owner{name} }", "list": [text], "exact": True}
    assert json.loads(sent.body.content) == whole


@pytest.mark.parametrize("value", [7, 1.5, True, None, [1, 2], {"a": {"$ref": "x"}}, "9" * 50])
def test_a_string_that_is_one_reference_becomes_the_argument_itself(value: Json) -> None:
    sent = request(PROMISED, owner="x", text=value, tag="y")
    assert sent.body is not None
    assert json.loads(sent.body.content)["text"] == value


def test_an_argument_that_is_not_given_takes_its_member_away() -> None:
    sent = request(PROMISED, owner="x")
    assert sent.body is not None
    assert json.loads(sent.body.content) == {"query": "query { owner{name} }", "exact": True}
    assert urlsplit(sent.url).query == "fixed=1&all=true"
    assert "x-tag" not in dict(sent.headers)


def test_an_argument_that_the_path_needs_is_asked_for() -> None:
    found = bound(PROMISED)
    assert isinstance(found, Finding)
    assert found.code == "invalid_arguments"


def test_a_list_in_a_query_is_the_parameter_repeated() -> None:
    assert "q=a&q=b" in request(PROMISED, owner="x", text=["a", "b"], tag="y").url


def test_a_default_of_the_input_schema_is_used() -> None:
    promised = contract(
        input={"type": "object", "properties": {"state": {"type": "string", "default": "open"}}},
        request={"url": "https://desk.test/t", "query": {"state": "{input.state}"}},
    )
    assert request(promised).url == "https://desk.test/t?state=open"


def test_what_is_strict_wins_over_everything() -> None:
    promised = contract(
        input={"type": "object", "properties": {"n": {}}},
        request={"url": "https://desk.test/t", "query": {"n": "{input.n}"}, "strict": {"query:n": 100}},
    )
    assert request(promised, n=1).url == "https://desk.test/t?n=100"


HOSTED: dict[str, Any] = {
    "request": {"url": "https://{subdomain}.desk.test/t"},
    "provider": {
        "name": "desk",
        "base_url": "https://{subdomain}.desk.test",
        "variables": {"subdomain": {"env": "DESK_SUBDOMAIN"}},
    },
}


def test_a_variable_of_the_operator_fills_the_host() -> None:
    found = hosted(DESK_SUBDOMAIN="acme")
    assert isinstance(found, Bound)
    assert render(found.draft).url == "https://acme.desk.test/t"
    assert found.contract.provider.base_url == "https://acme.desk.test"


def test_a_variable_that_is_not_set_is_named() -> None:
    found = hosted()
    assert isinstance(found, Finding)
    assert found.code == "not_configured"
    assert "DESK_SUBDOMAIN" in found.message


@pytest.mark.parametrize("value", ["evil.test/", "a.evil.test#", "user@evil.test", "a b", "", "\r\n"])
def test_a_variable_that_would_change_the_host_is_refused(value: str) -> None:
    found = hosted(DESK_SUBDOMAIN=value)
    assert isinstance(found, Finding)
    assert found.code == "not_configured"


@pytest.mark.requirement("G36")
def test_an_argument_is_never_a_part_of_the_host() -> None:
    promised = contract(
        input={"type": "object", "properties": {"subdomain": TEXT}}, request={"url": "https://{subdomain}.desk.test/t"}
    )
    found = bound(promised, subdomain="evil")
    assert isinstance(found, Finding)


def test_half_a_character_is_refused_in_words() -> None:
    found = bound(PROMISED, owner="x", text="\ud800", tag="y")
    assert isinstance(found, Finding)
    assert found.code == "invalid_arguments"


@pytest.mark.parametrize(
    ("schema", "required", "expected"),
    [
        ({"type": "string"}, [], "https://desk.test/t"),
        ({"type": "string", "default": "open"}, [], "https://desk.test/t?state=open"),
        ({"type": ["string", "null"]}, [], "https://desk.test/t"),
        ({"type": "string"}, ["state"], None),
    ],
)
def test_null_for_an_optional_argument_is_none_given(
    schema: dict[str, Any], required: list[str], expected: str | None
) -> None:
    promised = contract(
        input={"type": "object", "properties": {"state": schema}, "required": required, "additionalProperties": False},
        request={"url": "https://desk.test/t", "query": {"state": "{input.state}"}},
    )
    found = bound(promised, state=None)
    assert (render(found.draft).url if isinstance(found, Bound) else None) == expected
