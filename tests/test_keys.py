"""The key of a write as a state on a shelf: who holds it, until when, and when it is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unabridged.schemas.wire import Body, Request
from unabridged.server.state import FileShelf
from unabridged.tools.keys import Key, Refusal, fingerprint, give, settle, take, use
from unabridged.tools.liveness import Mark
from unabridged.tools.shelf import MemoryShelf


def always(_: str) -> bool:
    return True


def never(_: str) -> bool:
    return False


class Desk:
    """One operation on a shelf, at a time of the test's own."""

    def __init__(self) -> None:
        self.shelf = MemoryShelf(clock=lambda: 0.0)

    def take(
        self, owner: str, *, now: float = 0.0, lives: Callable[[str], bool] = always, kept: float = 100.0
    ) -> Key | None:
        change = take(f"key of {owner}", owner=owner, now=now, until=now + 10.0, kept=kept, lives=lives)
        return self.shelf.change("write", change, keep=kept)

    def settle(self, owner: str, *, resolved: bool) -> None:
        self.shelf.change("write", settle(owner, resolved=resolved), keep=100.0)


def test_while_one_is_at_a_write_no_other_is() -> None:
    desk = Desk()
    assert desk.take("a") == Key("key of a", known=False)
    assert desk.take("b") is None


def test_a_settled_write_is_forgotten() -> None:
    desk = Desk()
    desk.take("a")
    desk.settle("a", resolved=True)
    assert desk.take("b") == Key("key of b", known=False)


def test_an_unsettled_write_keeps_its_key_for_whoever_comes_next() -> None:
    desk = Desk()
    desk.take("a")
    desk.settle("a", resolved=False)
    assert desk.take("b") == Key("key of a", known=True)
    assert desk.take("c") is None


@pytest.mark.parametrize(("now", "lives"), [(0.0, never), (11.0, always)], ids=["the owner is dead", "it is late"])
def test_a_write_whose_owner_is_gone_goes_on(now: float, lives: Callable[[str], bool]) -> None:
    desk = Desk()
    desk.take("a")
    assert desk.take("b", now=now, lives=lives) == Key("key of a", known=True)


def test_who_lost_a_write_to_another_settles_nothing() -> None:
    desk = Desk()
    desk.take("a")
    desk.take("b", now=11.0)
    desk.settle("a", resolved=True)
    assert desk.take("c", now=12.0) is None


def test_a_key_is_kept_from_when_it_was_first_sent() -> None:
    desk = Desk()
    desk.take("a", now=0.0, kept=100.0)
    desk.settle("a", resolved=False)
    desk.take("b", now=90.0, kept=100.0)
    desk.settle("b", resolved=False)
    assert desk.take("c", now=101.0, kept=100.0) == Key("key of c", known=False)


@given(st.lists(st.tuples(st.sampled_from(["take", "known", "unknown", "die"]), st.integers(0, 3)), max_size=30))
def test_no_key_is_replaced_while_its_write_is_not_settled(steps: list[tuple[str, int]]) -> None:
    desk, dead, unsettled, holder = Desk(), set[str](), None, ""
    for step, who in steps:
        owner = f"{who}"
        if step == "take":
            key = desk.take(owner, now=0.0, lives=lambda mark: mark not in dead)
            if key is None:
                continue
            assert unsettled in (None, key.text)
            assert key.known == (unsettled is not None)
            unsettled, holder = key.text, owner
            dead.discard(owner)
        elif unsettled is not None and step in ("known", "unknown") and owner == holder and owner not in dead:
            desk.settle(owner, resolved=step == "known")
            unsettled = None if step == "known" else unsettled
            dead.add(owner)
        elif step == "die":
            dead.add(owner)


@pytest.mark.requirement("G9")
def test_of_many_processes_at_one_state_file_one_makes_the_write(tmp_path: Path) -> None:
    def take_once(number: int) -> Key | None:
        shelf = FileShelf(
            tmp_path, clock=lambda: 0.0, warn=pytest.fail
        )  # a connection of its own, as in a process of its own
        change = take(f"key {number}", owner=f"{number}", now=0.0, until=10.0, kept=100.0, lives=always)
        with closing(shelf):
            return shelf.change("write", change, keep=100.0)

    with ThreadPoolExecutor(8) as threads:
        told = [*threads.map(take_once, range(24))]
    assert len([key for key in told if key is not None]) == 1


ONE = Request(method="POST", url="https://a.test/x", body=Body(content=b"{}", media="application/json"))
OTHERS = [
    Request(method="PATCH", url=ONE.url, body=ONE.body),
    Request(method="POST", url="https://a.test/y", body=ONE.body),
    Request(method="POST", url=ONE.url, body=Body(content=b"[]", media="application/json")),
    Request(method="POST", url=ONE.url),
    Request(method="POST", url=ONE.url, body=ONE.body, headers=(("account", "2"),)),
]


def named(request: Request, **changes: str) -> str:
    who = {"header": "idempotency-key", "provider": "p", "tool": "t", "principal": "ada", "credential": "c", **changes}
    return fingerprint(request, **who)


@pytest.mark.parametrize("other", OTHERS)
def test_what_goes_over_the_wire_is_the_operation(other: Request) -> None:
    assert named(other) != named(ONE)


@pytest.mark.parametrize("whose", ["provider", "tool", "principal", "credential"])
def test_nobody_shares_an_operation(whose: str) -> None:
    assert named(ONE, **{whose: "another"}) != named(ONE)


class Own:
    """One key of the caller's own on a shelf."""

    def __init__(self) -> None:
        self.shelf = MemoryShelf(clock=lambda: 0.0)

    def use(
        self, operation: str, owner: str = "a", *, now: float = 0.0, lives: Callable[[str], bool] = always
    ) -> bool | Refusal:
        return self.shelf.change("key", use(operation, owner=owner, now=now, until=now + 10.0, lives=lives), keep=10.0)

    def give(self, owner: str = "a", *, bound: bool = True) -> None:
        self.shelf.change("key", give(owner, bound=bound), keep=10.0)


@pytest.mark.requirement("G9")
def test_a_key_of_the_callers_is_bound_to_one_payload_until_it_is_freed() -> None:
    own = Own()
    assert own.use("x") is False
    own.give()
    assert own.use("x") is True
    assert own.use("y") is Refusal.ANOTHER_PAYLOAD
    own.give(bound=False)
    assert own.use("y") is False


def test_a_key_of_the_callers_is_in_use_by_one_call_at_a_time() -> None:
    own = Own()
    assert own.use("x", "a") is False
    assert own.use("x", "b") is Refusal.IN_USE
    assert own.use("y", "b") is Refusal.ANOTHER_PAYLOAD
    own.give("b", bound=False)  # not its own to give
    assert own.use("x", "b") is Refusal.IN_USE
    own.give("a")
    assert own.use("x", "b") is True


@pytest.mark.parametrize(("now", "lives"), [(0.0, never), (11.0, always)], ids=["the owner is dead", "it is late"])
def test_a_key_of_the_callers_whose_user_is_gone_can_be_used(now: float, lives: Callable[[str], bool]) -> None:
    own = Own()
    own.use("x", "a")
    assert own.use("x", "b", now=now, lives=lives) is True
    own.give("a", bound=False)  # taken over meanwhile
    assert own.use("x", "c", now=now) is Refusal.IN_USE


def test_a_process_that_is_gone_does_not_live() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    mark = Mark()
    assert mark.lives(mark.of("r"))
    assert mark.lives(Mark(os.getppid(), "ab").of("r"))
    assert not mark.lives(Mark(gone.pid, "ab").of("r"))
    assert not mark.lives(Mark(os.getpid(), "an earlier life").of("r"))


def test_a_mark_that_nobody_can_read_is_taken_for_alive() -> None:
    assert Mark().lives("of another kind")
