"""Real descriptions of APIs become tool files without one mistake, and quickly.

The documents are fetched by `tests/importing/install`; without it these tests are skipped.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.importing import corpus
from unabridged.schemas.contract import Contract
from unabridged.server.cli import main
from unabridged.server.listing import servable
from unabridged.tools.catalog import read
from unabridged.tools.importing.basing import Nowhere
from unabridged.tools.importing.defining import Definitions, definitions
from unabridged.tools.importing.description import Description
from unabridged.tools.importing.filing import Format, pages, text
from unabridged.tools.importing.naming import LONGEST, api_name
from unabridged.tools.importing.reading import describe
from unabridged.tools.importing.refusal import Unimportable
from unabridged.tools.importing.trying import tried

pytestmark = pytest.mark.slow

SEED = 20
SAMPLES = 60


def made(description: Description) -> Definitions:
    api = api_name(description, "api")
    try:
        return definitions(description, description.operations, api=api)
    except Nowhere:  # the operator is asked for it
        return definitions(description, description.operations, api=api, base_url="https://somewhere.test")


def written(sound: Definitions, form: Format, place: Path) -> list[Contract]:
    """The contracts that the reader makes of what is written, none of which has an error."""
    file = place / f"tools.{form}"
    file.write_text(text(pages(sound, told=[], form=form, split=False)[""], form), "utf-8")
    catalog = read([file])
    assert [str(one) for one in catalog.problems if one.severity == "error"] == []
    assert servable(catalog.contracts)[1] == {}
    return list(catalog.contracts)


@pytest.mark.requirement("L8")
def test_whatever_is_described_is_written_without_a_mistake_or_left_out_with_its_reason(tmp_path: Path) -> None:
    operations = tools = 0
    for path in corpus.documents(SAMPLES, SEED):
        try:
            description = describe(path.read_bytes())
        except Unimportable:
            continue
        attempt = tried(made(description), faults=lambda contracts: servable(contracts)[1])
        sound = attempt.sound
        assert attempt.wrong == (), path
        assert len(sound.tools) + len(sound.skipped) == len(description.operations), path
        assert all(one.reason for one in sound.skipped), path
        assert all(len(one.name) <= LONGEST for one in sound.tools), path
        operations += len(description.operations)
        tools += len(sound.tools)
        if sound.tools:
            form: Format = "yaml" if len(sound.tools) < 30 else "json"
            assert [one.name for one in written(sound, form, tmp_path)] == [one.name for one in sound.tools], path
    assert tools > 0.85 * operations


@pytest.mark.parametrize(("name", "least"), [("github", 1_100), ("stripe", 400)])
def test_a_large_description_is_imported_in_seconds(
    name: str, least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    document = {"github": corpus.github, "stripe": corpus.stripe}[name]()
    started = time.process_time()
    with pytest.raises(SystemExit) as end:
        main(["import", str(document), "--format", "json", "--json"])
    assert time.process_time() - started < 20
    assert end.value.code == 0
    report = json.loads(capsys.readouterr().out)
    assert len(report["tools"]) >= least
    assert all(one["tokens"] < 3_000 for one in report["tools"])
    catalog = read([tmp_path / f"{name}.json"])
    assert [str(one) for one in catalog.problems if one.severity == "error"] == []
    assert len(catalog.contracts) == len(report["tools"])


def test_no_inferred_end_is_an_absence(tmp_path: Path) -> None:
    description = describe(corpus.github().read_bytes())
    sound = tried(made(description), faults=lambda contracts: servable(contracts)[1]).sound
    for one in sound.tools:
        ends = json.dumps([one.tool.get("walk"), one.tool.get("response", {}).get("items")])
        assert '"absent"' not in ends, one.name
        assert '"absence"' not in ends, one.name
