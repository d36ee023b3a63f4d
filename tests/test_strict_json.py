"""Strict JSON, as a table, as laws, and against the standard library."""

from __future__ import annotations

import json
import math
import sys

import jiter
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unabridged.schemas.verdict import Finding
from unabridged.schemas.wire import Json
from unabridged.validators.strict_json import DEPTH, Parsed, parse

pytestmark = pytest.mark.requirement("G15")

FILLER = b'"' + b"x" * 5000 + b'"'  # makes a content long enough for the other way of bounding the depth

REFUSED = {
    "duplicate names": b'{"a": 1, "a": 1}',
    "duplicate names, escaped": b'{"a": 1, "\\u0061": 2}',
    "duplicate names, deep": b'[{"b": {"a": 1, "a": 2}}]',
    "NaN": b"NaN",
    "-Infinity": b"[-Infinity]",
    "1e400": b"1e400",
    "-1e400": b"[-1e400]",
    "1E+400": b"[1E+400]",
    "1e0400": b"[1e0400]",
    "an exponent without end": b"1e" + b"9" * 100,
    "123456e305": b'{"a":123456e305}',
    "300 digits and e10": b"[1" + b"0" * 299 + b".5e10]",
    "1.8e308": b"1.8e308",
    "310 digits with a point": b"1" + b"0" * 309 + b".0",
    "310 digits": b"1" + b"0" * 309,
    "5,000 digits": b"9" * 5000,
    "infinity behind many numbers": b"[" + b"1.5," * 2000 + b"1e999]",
    "-infinity behind many numbers": b"[" + b"1.5," * 2000 + b"-1e999]",
    "a lone surrogate": b'"\\ud800"',
    "surrogates in the wrong order": b'"\\ude00\\ud83d"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "an overlong form": b'"\xc0\xaf"',
    "bad UTF-8": b'"\xff"',
    "bad UTF-8 in a name": b'{"\xff": 1}',
    "a byte order mark": b"\xef\xbb\xbf1",
    "UTF-16": "[1]".encode("utf-16-le"),
    "65 lists": b"[" * 65 + b"1" + b"]" * 65,
    "65 objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "65 levels, long": b"[" * 65 + FILLER + b"]" * 65,
    "200 levels, long": b"[" * 200 + FILLER + b"]" * 200,
    "100,000 levels": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "two values": b"1 2",
    "two lists, long": b"[" + FILLER + b"],[" + FILLER + b"]",
    "lists turned inside out, long": FILLER + b"],[" + FILLER,
    "lists turned inside out, deep": b"[[[1],[2" + FILLER + b"]]]" + b"]" * 5,
    "a trailing comma": b"[1,]",
    "a leading zero": b"01",
    "a plus": b"+1",
    "a bare point": b"1.",
    "hexadecimal": b"0x1",
    "single quotes": b"['a']",
    "a comment": b"/**/1",
    "a raw control character": b'"\x01"',
    "a raw line end": b'"\n"',
    "NUL": b"1\x00",
    "a word cut": b"nul",
    "a list cut": b"[1, 2",
    "a string cut": b'"abc',
    "a bad escape": b'"\\x41"',
}

ACCEPTED = {
    b"null": None,
    b" [true, false]\r\n": [True, False],
    b"18446744073709551617": 18446744073709551617,
    b"9007199254740993": 9007199254740993,
    b"-0.0": -0.0,
    b"1.7976931348623157e308": sys.float_info.max,
    b"1" + b"0" * 308: 10**308,
    b"0.0000001e310": 1e303,
    b"1" + b"0" * 350 + b"e-100": 1e250,
    b'"1e400 is not a number"': "1e400 is not a number",
    b'["1.2.3e999"]': ["1.2.3e999"],
    b'"' + b"9" * 5000 + b'"': "9" * 5000,
    b'"\\ud83d\\ude00"': "\U0001f600",
    b'{"a": {"a": 1}}': {"a": {"a": 1}},
    b'"[[[[]]]]"': "[[[[]]]]",
}


@pytest.mark.requirement("G15")
@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_readers_disagree_on_is_refused(content: bytes) -> None:
    found = parse(content)
    assert isinstance(found, Finding)
    assert found.code == "not_json"


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_it_is_refused_inside_a_long_content_too(content: bytes) -> None:
    assert isinstance(parse(b'{"long": ' + FILLER + b', "value": ' + content + b"}"), Finding)


@pytest.mark.parametrize(("content", "value"), ACCEPTED.items())
def test_what_is_exact_is_accepted(content: bytes, value: Json) -> None:
    assert parse(content) == Parsed(value)
    assert parse(b"[" + FILLER + b"," + content + b"]") == Parsed(["x" * 5000, value])


@pytest.mark.parametrize("content", [b"", b" ", b"\r\n\t "])
def test_nothing_is_an_empty_body(content: bytes) -> None:
    found = parse(content)
    assert isinstance(found, Finding)
    assert found.code == "empty_body"


@pytest.mark.requirement("G15")
@pytest.mark.parametrize("inner", [b"1", FILLER], ids=["short", "long"])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_64_levels_are_accepted_and_no_more(opening: bytes, closing: bytes, inner: bytes) -> None:
    times = DEPTH // len(closing)
    assert isinstance(parse(opening * times + inner + closing * times), Parsed)
    assert isinstance(parse(opening * times + b"[" + inner + b"]" + closing * times), Finding)


def test_a_finding_never_quotes_the_content() -> None:
    found = parse(b'{"secret": 1, "secret": 2}')
    assert isinstance(found, Finding)
    assert found.message.startswith("The content is not strict JSON (line 1, column ")
    assert "secret" not in repr(found)


def test_the_parser_s_own_limit_is_beyond_ours() -> None:
    jiter.from_json(b"[" * (DEPTH + 1) + b"1" + b"]" * (DEPTH + 1))


NUMBERS = st.one_of(st.integers(-(10**308), 10**308), st.floats(allow_nan=False, allow_infinity=False))
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(st.characters(exclude_categories=["Cs"]))),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)),
)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Json) -> None:
    content = json.dumps(value, ensure_ascii=False).encode()
    assert parse(content) == Parsed(value)
    assert parse(b"[" + FILLER + b"," + content + b"]") == Parsed(["x" * 5000, value])


@pytest.mark.requirement("G40")
@given(st.binary())
@example(b"1e400")
@example(b"[" * 70)
def test_any_bytes_are_a_value_or_a_finding(content: bytes) -> None:
    assert isinstance(parse(content), Parsed | Finding)
    assert isinstance(parse(content + b" " * 5000), Parsed | Finding)


@pytest.mark.requirement("G15")
@given(VALUES, st.data())
def test_damaged_json_is_never_read_otherwise_than_by_the_standard_library(value: Json, data: st.DataObject) -> None:
    content = bytearray(json.dumps(value).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.sampled_from(b'{}[]",:\\0123456789eE+-. \x00\xff'))
    found = parse(bytes(content))
    if isinstance(found, Parsed):
        assert found.value == json.loads(bytes(content))


@pytest.mark.requirement("G15")
@given(st.integers(0, 400), st.integers(0, 400), st.integers(-400, 400), st.booleans())
def test_a_number_is_refused_exactly_if_a_double_cannot_hold_it(whole: int, part: int, power: int, long: bool) -> None:
    number = f"1{'0' * whole}.{'0' * part}1e{power}"
    content = f"[{number}]".encode() + (b" " * 5000 if long else b"")
    assert isinstance(parse(content), Finding) == math.isinf(float(number))


@given(VALUES, st.data())
def test_a_proper_prefix_of_an_object_or_array_is_refused(value: Json, data: st.DataObject) -> None:
    content = json.dumps([value]).encode()
    assert isinstance(parse(content[: data.draw(st.integers(0, len(content) - 1))]), Finding)
