"""`serve --record`: one file a call, never in the way of the calls."""

from __future__ import annotations

import json
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.scripted import World, answer, contract
from tests.test_serve import HELLO, asked, serving
from unabridged.schemas.recording import Recording
from unabridged.server.recorder import Recorder
from unabridged.tools.call import call
from unabridged.tools.recordings.file import load, save


def _ask(directory: Path, state: Path, status: str, receipts: list[str]) -> None:
    with serving(state, "--record", str(directory), "--redact", "/tickets/*/subject") as process:
        asked(process, "initialize", **HELLO)
        for _ in range(3):
            told = asked(process, "tools/call", name="demo_list_tickets", arguments={"status": status})
            receipts.append(told["structuredContent"]["proof"]["receipt"])
        assert process.stdin is not None
        process.stdin.close()
        process.wait(20)


def test_two_servers_for_two_clients_record_each_call_into_one_directory(tmp_path: Path) -> None:
    directory, receipts = tmp_path / "kept", list[str]()
    clients = [
        threading.Thread(target=_ask, args=(directory, tmp_path / status, status, receipts))
        for status in ("open", "pending")
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    files = sorted(directory.iterdir())
    assert {file.stem for file in files} == set(receipts)
    assert len(receipts) == 6
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    recordings = [load(file) for file in files]
    assert {recording.tool for recording in recordings} == {"demo_list_tickets"}
    assert not any(recording.reviewed for recording in recordings)
    assert {recording.redacted for recording in recordings} == {("body:/tickets/*/subject",)}


def test_what_cannot_be_written_is_a_warning_and_the_call_is_answered(tmp_path: Path) -> None:
    directory = tmp_path / "kept"
    with serving(tmp_path / "state", "--record", str(directory)) as process:
        asked(process, "initialize", **HELLO)
        directory.rmdir()
        directory.write_text("in the way")
        told = asked(process, "tools/call", name="demo_list_tickets", arguments={"status": "open"})
        assert told["structuredContent"]["proof"]["count"] == 7
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.close()
        process.wait(20)
        assert "recordings cannot be written" in process.stderr.read()


def _recorded(recorder: Recorder, name: str) -> None:
    async def run() -> None:
        around = World(lambda request: answer({"id": 1})).surroundings()
        tool = contract(claim="one", walk={"kind": "single"}, complete={}, response={})
        tape = recorder.tape(around.open_transport)
        told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open, identify=lambda: name))
        recorder.keep(tape, tool, {}, told, at=1.0)

    anyio.run(run)


def test_there_are_never_more_files_than_the_bound_and_reviewed_ones_stay(tmp_path: Path) -> None:
    for number in range(100):
        path = tmp_path / f"{number:020x}.json"
        save(path, Recording(tool="t", at=1.0, reviewed=number == 0))
        os.utime(path, (number, number))
    (tmp_path / "mine.json").write_text("{}")
    recorder = Recorder(tmp_path, warn=pytest.fail, most=100)
    recorder.open()
    _recorded(recorder, "f" * 20)
    recorder.close()
    names = {path.name for path in tmp_path.iterdir()}
    assert {"mine.json", f"{0:020x}.json", f"{99:020x}.json", f"{'f' * 20}.json"} <= names
    assert f"{1:020x}.json" not in names
    assert len(names) <= 100 + 1


def test_a_call_that_asked_nothing_leaves_no_file(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, warn=pytest.fail)
    recorder.open()
    around = World(lambda request: answer({})).surroundings()
    tape = recorder.tape(around.open_transport)

    async def run() -> None:
        told = await call(contract(), {"no": "such"}, surroundings=replace(around, open_transport=tape.open))
        recorder.keep(tape, contract(), {}, told, at=1.0)

    anyio.run(run)
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_warning_that_nobody_can_be_told_fails_no_call_and_the_next_recordings_are_written(tmp_path: Path) -> None:
    told: list[str] = []

    def nobody(message: str) -> None:
        told.append(message)
        raise BrokenPipeError

    directory = tmp_path / "kept"
    recorder = Recorder(directory, warn=nobody)
    recorder.open()
    (directory / f"{'a' * 20}.json").mkdir()
    _recorded(recorder, "a" * 20)
    _recorded(recorder, "b" * 20)
    recorder.close()
    assert len(told) == 1
    assert load(directory / f"{'b' * 20}.json").receipt == "b" * 20


def test_calls_that_come_faster_than_they_can_be_written_are_answered_though_nobody_can_be_told(tmp_path: Path) -> None:
    def nobody(message: str) -> None:
        raise BrokenPipeError(message)

    recorder = Recorder(tmp_path, warn=nobody)  # it was not opened, so nothing is taken from its queue
    for number in range(20):
        _recorded(recorder, f"{number:020x}")


def test_a_file_that_does_not_say_that_nobody_reviewed_it_stays(tmp_path: Path) -> None:
    kept = [tmp_path / f"{number:020x}.json" for number in range(3)]
    kept[0].mkdir()
    kept[1].write_text("")
    kept[2].write_text(json.dumps({"reviewed": True, "unabridged_recording": 1, "tool": "t"}))
    recorder = Recorder(tmp_path, warn=pytest.fail, most=32)
    recorder.open()
    _recorded(recorder, "f" * 20)
    recorder.close()
    assert {path.stem for path in tmp_path.iterdir()} == {*(path.stem for path in kept), "f" * 20}


def test_a_recording_is_reviewed_by_its_own_word_and_by_no_argument_of_the_call(tmp_path: Path) -> None:
    for number in range(4):
        path = tmp_path / f"{number:020x}.json"
        save(path, Recording(tool="t", at=1.0, arguments={"reviewed": True}))
        os.utime(path, (number, number))
    reviewed = json.loads((tmp_path / f"{0:020x}.json").read_text()) | {"reviewed": True}
    (tmp_path / f"{0:020x}.json").write_text(json.dumps(reviewed, separators=(",", ":")))
    recorder = Recorder(tmp_path, warn=pytest.fail, most=32)
    recorder.open()
    _recorded(recorder, "f" * 20)
    recorder.close()
    assert {path.stem for path in tmp_path.iterdir()} == {f"{0:020x}", "f" * 20}
