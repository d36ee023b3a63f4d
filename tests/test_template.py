"""Templates put arguments where the file says, and nowhere else."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unabridged.schemas.wire import Json
from unabridged.tools.styles import segment
from unabridged.tools.template import MISSING, Place, Scope, Unfit, fill, fill_url, references

NASTY = """
    ../ ..%2f %2e%2e/ ..;/ %252e%252e%252f a/b a?x=1 a#b a;b=c % %zz a%0d%0aX: 1 é {{7*7}} ${jndi:x} {0.__class__} %(x)s
    $(id) `id` @evil.example //evil.example \\\\evil :443 {input.secret} {var.host} {id}
"""


def scope(**given_arguments: Json) -> Scope:
    names = frozenset({"id", "q", "tags", "n", *given_arguments})
    return Scope(input=given_arguments, variables={"host": "desk.example.com", "team": "a b"}, names=names)


# -------------------------------------------------------------------------------------------- what it means


@pytest.mark.parametrize(
    ("template", "place", "filled"),
    [
        ("{input.n}", "query", 7),
        ("{n}", "query", 7),
        ("{n}", "body", 7),
        ("n={n}", "query", "n=7"),
        ("n={n}", "body", "n={n}"),
        ("n={input.n}", "body", "n=7"),
        ("{input.tags}", "body", ["a", "b"]),
        ({"a": ["{input.n}", {"b": "{var.team}"}]}, "body", {"a": [7, {"b": "a b"}]}),
        ("query { viewer { login } {n} }", "body", "query { viewer { login } {n} }"),
        ("{unknown}", "query", "{unknown}"),
        ("{input.id}", "query", MISSING),
        ("id:{input.id}", "query", MISSING),
        ({"id": "{input.id}", "n": "{n}"}, "body", {"n": 7}),
        (["{input.id}", "{n}"], "body", [7]),
        (3, "body", 3),
        (None, "body", None),
    ],
)
def test_a_template_is_filled_as_the_reference_says(template: Json, place: Place, filled: object) -> None:
    assert fill(template, scope(n=7, tags=["a", "b"]), place) == filled


@pytest.mark.parametrize("value", [["a"], {"a": 1}])
def test_a_list_or_an_object_cannot_stand_inside_a_text(value: Json) -> None:
    unfit = fill("x {input.q}", scope(q=value), "query")
    assert isinstance(unfit, Unfit)
    assert unfit.name == "q"


def test_false_zero_null_and_the_empty_text_are_given() -> None:
    for value in (False, 0, None, ""):
        assert fill("{input.q}", scope(q=value), "body") == value


def test_references_are_listed_in_their_order() -> None:
    assert [reference.source for reference in references("/{a}/{input.b}/{var.c}", "url")] == [
        "{a}",
        "{input.b}",
        "{var.c}",
    ]


# ---------------------------------------------------------------------------------------- what it never does


@pytest.mark.requirement("G36")
@pytest.mark.parametrize("value", NASTY.split())
def test_an_argument_in_a_url_stays_one_segment(value: str) -> None:
    url = fill_url("https://{host}/v1/{id}/end", scope(id=value))
    assert isinstance(url, str)
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("https", "desk.example.com", "", "")
    assert [unquote(part) for part in parts.path.split("/")] == ["", "v1", value, "end"]


@pytest.mark.requirement("G36")
@pytest.mark.parametrize("value", ["", ".", "..", "\r\n", "a\nb", "\x00", "\x7f", None, ["a"], {"a": 1}])
def test_what_is_no_segment_is_unfit(value: Json) -> None:
    assert isinstance(fill_url("https://{host}/v1/{id}", scope(id=value)), Unfit)


@pytest.mark.requirement("G36")
@pytest.mark.parametrize("template", ["{input.q}", "x{input.q}"])
@pytest.mark.parametrize("value", ["\ud800", {"a": ["\udfff"]}])
def test_what_is_no_unicode_is_unfit(template: str, value: Json) -> None:
    assert isinstance(fill(template, scope(q=value), "body"), Unfit)


@pytest.mark.requirement("G36")
def test_an_argument_never_reaches_the_host() -> None:
    assert fill_url("https://{id}/x", scope(id="evil.example")) is MISSING
    assert fill_url("https://{input.host}/x", scope(host="evil.example")) is MISSING


@pytest.mark.requirement("G36")
def test_a_url_without_its_argument_is_missing() -> None:
    assert fill_url("/v1/{id}", scope()) is MISSING


@pytest.mark.requirement("G36")
@given(st.text(max_size=40))
def test_any_text_is_one_segment_or_none(value: str) -> None:
    written = segment("id", value, None)
    if written is not None:
        assert unquote(written) == value
        assert not set(written) & set("/?#\\ \r\n@:")
        assert unquote(written) not in ("", ".", "..")


@pytest.mark.requirement("G36")
@pytest.mark.parametrize("value", NASTY.split())
@pytest.mark.parametrize("template", ["{input.q}", "x{input.q}y{input.n}z"])
def test_what_was_put_in_is_never_read_again(template: str, value: str) -> None:
    filled = fill(template, scope(q=value, n=1, secret="s"), "query")
    assert filled == template.replace("{input.n}", "1").replace("{input.q}", value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "empty"),
        ("..", "another path"),
        ([1], "more than one value"),
        ({"a": 1}, "more than one value"),
        ({}, "empty"),
        (None, "empty"),
    ],
)
def test_an_argument_that_cannot_be_in_a_path_is_refused_with_the_reason(value: Json, why: str) -> None:
    found = fill_url("https://x.example/items/{id}", Scope(input={"id": value}, variables={}))
    assert isinstance(found, Unfit)
    assert why in found.says
