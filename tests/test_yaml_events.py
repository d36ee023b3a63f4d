"""Two readers of YAML: the fast one either gives the same nodes, with the same lines, or leaves it to the careful one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unabridged.tools.bundle import bundled
from unabridged.tools.node import Node, Unreadable
from unabridged.tools.yaml_events import Doubtful, Event, careful, quick
from unabridged.tools.yaml_reading import document, read_yaml

ROOT = Path(__file__).parents[1]
FILES = [*bundled().values(), ROOT / "server" / "demo" / "demo.yaml"]


def read(events: Callable[[str], Iterator[Event]], text: str) -> Node | None:
    try:
        return document(events(text))
    except (Doubtful, Unreadable):
        return None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_tool_file_is_read_fast_and_with_the_same_nodes(file: Path) -> None:
    text = file.read_text("utf-8")
    assert document(quick(text)) == document(careful(text))


# ------------------------------------------------------------------------------------------- whatever is written

WORDS = (
    "a b key - -1 : , [ ] { } ' \" # | |- |+ > >- |2 & &x *x ! !!str true 1 ~ ? % @ ` :// a:b = <<: é --- ... "
    '"q" \'q\' "\\\\n" "\\\\u00e9" [a,b] {a:1} {"a":1} {a: 1} 1.5 0x1F .inf null on 2026-01-01'
)
PIECES = WORDS.split()
SPACES = [
    " ",
    "  ",
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    ": ",
    ":\n  ",
    "\r\n",
    "\n\n",
    "\t",
    "\n \n",
    " # c\n",
    "",
]
TEXTS = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(SPACES)), max_size=12).map(
    lambda parts: "".join(piece + space for piece, space in parts)
)
LINES = [line for file in FILES for line in file.read_text("utf-8").split("\n") if line.strip()]


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """A few lines of a tool file, with something put in, left out or repeated."""
    start = draw(st.integers(0, len(LINES) - 6))
    text = "\n".join(LINES[start : start + draw(st.integers(1, 6))])
    at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 6))
    put = draw(st.sampled_from([*PIECES, *SPACES, text[at : at + length]]))
    return text[:at] + put + text[at + draw(st.integers(0, 6)) :]


@settings(max_examples=600, deadline=None)
@given(st.one_of(TEXTS, spoiled(), st.text(max_size=40)))
def test_what_is_read_fast_is_read_the_same(text: str) -> None:
    found = read(quick, text)
    assert found is None or found == read(careful, text)


@pytest.mark.parametrize(
    "text",
    [
        "a:\tb",  # a tab
        "a: b\u2028c",  # the end of a line in YAML 1.1
        "a: b\x85c",
        "a: b\rc: d",
        "%YAML 1.2\n---\na: b",
        "? a\n: b",
        "a:\n  - ? b\n",
        "|+\n#not a comment",
        "a: b\tc",
        "a: &x\tb",
        "a: >#-\n  b",
        "a: b\n...\n...\n",
        ">-\n  \n    x",
        "a: >-\n \n  b",
        "a: &x:y b",
        "a: [b",
    ],
)
def test_what_the_two_read_otherwise_is_left_to_the_careful_one(text: str) -> None:
    assert read(quick, text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b:c\nd: http://x:80/?a=1&b=2", {"a": "b:c", "d": "http://x:80/?a=1&b=2"}),
        ("{a: b, 'c': d, e: [1, 2]}", {"a": "b", "c": "d", "e": [1, 2]}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: |\n  one\n\n  two\nb: >-\n  one\n  two", {"a": "one\n\ntwo\n", "b": "one two"}),
        ("a: on\nb: 2026-01-01\nc: 0o17\nd: 017", {"a": "on", "b": "2026-01-01", "c": 15, "d": 17}),
        ("a:\nb: ''\n", {"a": None, "b": ""}),
        ("- a\n-\n\n- \n", ["a", None, None]),
        ("a: |\n  one\t two\n", {"a": "one\t two\n"}),
    ],
)
def test_what_a_tool_file_may_hold_is_read_fast(text: str, value: object) -> None:
    assert document(quick(text)).value == document(careful(text)).value == value


def test_a_value_that_is_not_there_stands_on_the_line_of_its_name() -> None:
    assert read_yaml("a:\n\n\nb: 1\n").inside["a"][1].line == 1


def test_a_mistake_is_told_in_the_words_of_the_careful_one() -> None:
    with pytest.raises(Unreadable) as careful_said:
        document(careful("a: [1, 2\nb: {"))
    with pytest.raises(Unreadable) as said:
        read_yaml("a: [1, 2\nb: {")
    assert (said.value.line, said.value.says) == (careful_said.value.line, careful_said.value.says)
