"""Questions on the shelf: a word stands for one question, for a while, and its answer is used once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import pytest

from unabridged.server.questions import Heard, Put, Questions, Used, name
from unabridged.server.state import FileShelf
from unabridged.tools.shelf import MemoryShelf, Shelf

PUT = Put(kind="approval", subject="s", principal="alice", tool="refund", arguments="a", expires=60.0)


@dataclass(slots=True)
class Clock:
    """A clock that tests move."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def complain(message: str) -> None:
    raise AssertionError(message)


@pytest.mark.requirement("G38")
def test_a_word_stands_for_its_question_until_it_is_used_and_for_a_used_one_after() -> None:
    questions = Questions(MemoryShelf(clock=Clock()))
    word = questions.put(PUT)
    assert questions.look(word) == questions.look(word) == PUT
    assert questions.take(word, "approved")
    assert not questions.take(word, "approved")
    assert questions.look(word) == Used("approved")


@pytest.mark.requirement("G38")
@pytest.mark.parametrize("seconds", [60.0, 61.0])
def test_a_word_means_nothing_once_the_question_is_over(seconds: float) -> None:
    clock = Clock()
    questions = Questions(MemoryShelf(clock=clock))
    word = questions.put(PUT)
    clock.now += seconds
    assert questions.look(word) is None
    assert not questions.take(word, "approved")


@pytest.mark.requirement("G38")
@pytest.mark.parametrize("heard", get_args(Heard))
def test_what_a_word_brought_is_told_to_all_who_come_with_it_later(heard: Heard) -> None:
    questions = Questions(MemoryShelf(clock=Clock()))
    word = questions.put(PUT)
    assert questions.take(word, heard)
    assert not questions.take(word, "approved")
    assert questions.look(word) == Used(heard)


@pytest.mark.requirement("G38")
def test_a_word_stays_used_for_as_long_as_its_question_would_have_lasted() -> None:
    clock = Clock()
    questions = Questions(MemoryShelf(clock=clock))
    word = questions.put(replace(PUT, expires=7 * 86_400.0))
    assert questions.take(word, "approved")
    clock.now += 7 * 86_400.0 - 1
    assert questions.look(word) == Used("approved")


@pytest.mark.parametrize("word", ["", "x", "\ud800", "made-up" * 1_000])
def test_a_word_that_nobody_gave_out_means_nothing_and_stays_so(word: str) -> None:
    questions = Questions(MemoryShelf(clock=Clock()))
    assert questions.look(word) is None
    assert not questions.take(word, "approved")
    assert questions.look(word) is None


@pytest.mark.requirement("G38")
def test_of_many_that_take_one_word_at_once_over_one_file_one_gets_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        shelves: list[Shelf] = [
            stack.enter_context(closing(FileShelf(tmp_path, clock=Clock(), warn=complain))) for _ in range(8)
        ]
        for _ in range(10):
            word = Questions(shelves[0]).put(PUT)
            takers: list[Callable[[str, Heard], bool]] = [Questions(shelf).take for shelf in shelves]
            with ThreadPoolExecutor(8) as pool:
                taken = [one.result() for one in [pool.submit(take, word, "approved") for take in takers]]
            assert taken.count(True) == 1


def test_a_shelf_that_lost_its_memory_refuses(tmp_path: Path) -> None:
    with closing(FileShelf(tmp_path, clock=Clock(), warn=complain)) as shelf:
        word = Questions(shelf).put(PUT)
    assert Questions(MemoryShelf(clock=Clock())).look(word) is None


@pytest.mark.parametrize("kept", [b'{"kind": "approval", "colour": "red"}', b"used", b"[]", b"\xff"])
def test_what_another_version_kept_means_nothing(kept: bytes) -> None:
    shelf = MemoryShelf(clock=Clock())
    shelf.change(f"question/{name('word')}", lambda _: (kept, None), keep=60)
    assert Questions(shelf).look("word") is None
