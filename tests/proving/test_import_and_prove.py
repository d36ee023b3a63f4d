"""From a server's own description to a proven tool: imported, proven, and its count found among the other tools."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.proving.test_real_servers import COLLECTIONS, chroma_with_collections
from unabridged.tools import catalog
from unabridged.tools.doubting import unsettled

COMMAND = Path(sys.executable).with_name("unabridged")
TOOL = "chroma_list_collections"


def ran(*words: object, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_STATE_HOME": str(home), "XDG_CACHE_HOME": str(home), "CHROMA_KEY": "any"}
    return subprocess.run(
        [COMMAND, *map(str, words)], capture_output=True, text=True, check=False, env=environment, timeout=120
    )


@pytest.mark.vectors
def test_a_tool_that_was_imported_from_a_servers_own_description_is_proven(tmp_path: Path) -> None:
    with chroma_with_collections(tmp_path) as port:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", "/openapi.json")
            (tmp_path / "spec.json").write_bytes(connection.getresponse().read())
        file = tmp_path / "chroma.yaml"
        base = ("--name", "chroma", "--base-url", f"http://127.0.0.1:{port}", "--read-only")
        made = ran("import", tmp_path / "spec.json", "--out", file, "--include", "*ollections*", *base, home=tmp_path)
        assert made.returncode == 0, made.stderr
        contract = next(one for one in catalog.read([file]).contracts if one.name == TOOL)
        assert unsettled(contract, 0.0)

        words = ("tenant=default_tenant", "database=default_database", "--tools", file, "--json")
        done = ran("prove", TOOL, *words, home=tmp_path)
        assert done.stdout, done.stderr
        told = json.loads(done.stdout)
        assert told["proven"] is True, done.stdout
        assert told["lines"]["walk"]["says"].startswith(f"{COLLECTIONS} items, twice")
        assert [one["grade"] for one in told["proposals"]] == [None, "censused"]
        again = next(one for one in catalog.read([file]).contracts if one.name == TOOL)
        assert again.proof is not None
        assert {line.outcome for line in again.proof.lines.values()} == {"proven"}
