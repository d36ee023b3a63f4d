"""However a list, an object or a file is written, an argument stays a value: it never becomes a part of the request's structure."""

from __future__ import annotations

from email.parser import BytesParser
from typing import Any, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.scripted import contract
from tests.toolfiles import read_one
from unabridged.schemas.contract import Contract
from unabridged.schemas.operation import Part, Style
from unabridged.schemas.verdict import Finding
from unabridged.schemas.wire import Json, Request
from unabridged.tools.binding import bind
from unabridged.tools.draft import render
from unabridged.tools.encoding import multipart
from unabridged.tools.styles import line, parameters, segment
from unabridged.tools.witnessing import Bound

SIGNS = st.text(st.sampled_from("ab,;=&|/?#.[]%+ \"'\r\n\\é{}"), max_size=6) | st.text(max_size=4)
SCALAR = SIGNS | st.integers() | st.booleans()
VALUE: st.SearchStrategy[Json] = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SIGNS, inner, max_size=3), max_leaves=5
)
QUERY: list[Style | None] = [None, "comma", "comma_exploded", "space", "pipe", "deep_object", "json", "reserved"]
PATH: list[Style] = [
    style for style in get_args(Style) if style not in ("space", "pipe", "deep_object", "reserved")
]  # fmt: skip


def promised(request: dict[str, Any]) -> Contract:
    schema: dict[str, Any] = {"type": "object", "properties": {"p": {}, "other": {}}, "additionalProperties": False}
    return contract(input=schema, request={"url": "https://desk.test/x", **request})


def sent(request: dict[str, Any], value: Json) -> Request | None:
    """The request that is made; None where the argument is refused, as unsendable text always is."""
    found = bind(promised(request), {"p": value}, environment={}, key="key-1")
    if isinstance(found, Finding):
        assert found.code == "invalid_arguments"
        return None
    assert isinstance(found, Bound)
    return render(found.draft)


@pytest.mark.requirement("G36")
@given(VALUE, st.sampled_from(QUERY))
def test_an_argument_in_a_query_makes_no_parameter_of_another_name(value: Json, style: Style | None) -> None:
    styles = {} if style is None else {"styles": {"query:p": style}}
    request = sent({"query": {"p": "{input.p}", "after": "1"}, **styles}, value)
    if request is None:
        return
    parts = urlsplit(request.url)
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "desk.test", "/x", "")
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    assert names[-1] == "after"
    assert all(name == "p" or (style == "deep_object" and name.startswith("p[")) for name in names[:-1])


@pytest.mark.requirement("G36")
@given(VALUE, st.sampled_from(PATH))
def test_an_argument_in_a_path_ends_neither_its_place_nor_the_path(value: Json, style: Style) -> None:
    request = sent({"url": "https://desk.test/a/{p}/z", "styles": {"path:p": style}}, value)
    if request is None:
        return
    parts = urlsplit(request.url)
    head, *middle, tail = parts.path.split("/")[1:]
    assert (head, tail, parts.query, parts.fragment) == ("a", "z", "", "")
    assert len(middle) == 1 or style == "segments"
    assert not {"", ".", ".."} & {unquote(one) for one in middle} or style == "json"


@pytest.mark.requirement("G36")
@given(VALUE, st.sampled_from([None, "comma", "comma_exploded", "json"]))
def test_an_argument_in_a_header_or_cookie_is_one_line_and_one_cookie(value: Json, style: Style | None) -> None:
    styles = {} if style is None else {"styles": {"header:X-P": style, "cookie:p": style}}
    request = sent({"headers": {"X-P": "{input.p}"}, "cookies": {"p": "{input.p}", "last": "1"}, **styles}, value)
    if request is None:
        return
    headers = dict(request.headers)
    assert all(text.isprintable() for text in headers.values())
    names = [pair.partition("=")[0] for pair in headers["cookie"].split("; ")]
    assert names[-1] == "last"
    assert set(names[:-1]) <= {"p"}


@pytest.mark.requirement("G36")
@given(st.lists(st.tuples(SIGNS, SIGNS, SIGNS), min_size=1, max_size=4))
def test_a_part_of_a_form_makes_no_part_of_its_own(given_parts: list[tuple[str, str, str]]) -> None:
    named = [(name, Part(content="", filename=filename), value) for name, filename, value in given_parts]
    try:
        body = multipart(named)
    except UnicodeEncodeError:
        assume(False)  # refused before it gets here
        raise
    whole = BytesParser().parsebytes(f"Content-Type: {body.media}\r\n\r\n".encode() + body.content)
    found = list(whole.walk())[1:]
    assert len(found) == len(named)
    for part, (_, _, value) in zip(found, given_parts, strict=True):
        assert body.content.count(f"--{body.media.rpartition('=')[2]}".encode()) == len(named) + 1
        assert [name for name, _ in part.items()] == ["Content-Disposition", "Content-Type"]
        assert value.encode() in body.content


def test_the_same_parts_are_the_same_bytes() -> None:
    parts: list[tuple[str, Part, Json]] = [("a", Part(content=""), "1"), ("b", Part(content=""), ["2", "3"])]
    assert multipart(parts) == multipart(parts)
    assert multipart(parts).content.count(b'name="b"') == 2


@pytest.mark.parametrize("style", ["comma", "space", "pipe"])
def test_an_element_with_the_sign_between_elements_is_refused(style: Style) -> None:
    sign = {"comma": ",", "space": " ", "pipe": "|"}[style]
    assert parameters("p", [f"a{sign}b", "c"], style) is None
    assert line([f"a{sign}b"], style) is None
    assert parameters("p", f"a{sign}b", style) == (("p", f"a{sign}b"),)  # a text is no list


@pytest.mark.parametrize("name", ["a]", "[", "a][b", ""])
def test_a_member_whose_name_is_a_path_is_refused(name: str) -> None:
    assert parameters("p", {"x": {name: 1}}, "deep_object") is None


def test_what_is_nested_deeper_than_a_style_goes_is_refused() -> None:
    assert parameters("p", [[1], [2]], "comma") is None
    assert segment("p", [[1]], "label") is None
    assert segment("p", {"a": [1]}, "matrix_exploded") is None


def test_deep_objects_number_what_is_in_lists() -> None:
    value: Json = {"lines": [{"price": 1}, {"price": 2}], "tags": ["a", "b"], "none": None}
    assert parameters("p", value, "deep_object") == (
        ("p[lines][0][price]", "1"),
        ("p[lines][1][price]", "2"),
        ("p[tags][]", "a"),
        ("p[tags][]", "b"),
        ("p[none]", ""),
    )


MISTAKES = [
    ({"styles": {"query:q": "comma"}}, "expected a parameter that the request has, found `query:q`"),
    ({"query": {"p": "1"}, "styles": {"query:p": "label"}}, "expected a style that a query parameter has"),
    ({"query": {"p": "1"}, "styles": {"query:p": "nonsense"}}, "styles"),
    ({"query": {"p": "1"}, "styles": {"p": "comma"}}, "styles"),
    ({"cookies": {"a b": "1"}}, "expected the name of a cookie"),
    ({"cookies": {"a": "1"}, "headers": {"Cookie": "x"}}, "expected cookies or a header `Cookie`"),
    ({"method": "POST", "form": {"a": "1"}, "multipart": {"a": "1"}}, "expected `form` or `multipart`, found both"),
    ({"multipart": {"a": "1"}}, "expected no content with GET, found `multipart`"),
    ({"method": "POST", "raw": {"content": "{input.nobody}"}}, "expected an argument of `input`"),
    ({"method": "POST", "raw": {"content": "x", "media": "a\r\nb"}}, "media"),
    ({"method": "POST", "raw": {"content": "x"}, "strict": {"body:/x": 1}}, "because `raw` has no members"),
    ({"method": "POST", "multipart": {"a": "1"}, "strict": {"body:/x": 1}}, "because `multipart` has no members"),
]


@pytest.mark.parametrize(("request_", "says"), MISTAKES)
def test_a_style_that_means_nothing_is_a_mistake(request_: dict[str, Any], says: str, tmp_path: Any) -> None:
    changes = {f"request.{name}": value for name, value in request_.items()}
    assert any(says in str(problem) for problem in read_one(tmp_path, changes).problems)


def test_a_status_without_content_is_sound_only_where_it_is_declared(tmp_path: Any) -> None:
    catalog = read_one(tmp_path, {"response.empty": [201]})
    assert catalog.contracts[0].response.empty == (201,)
