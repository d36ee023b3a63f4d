"""However much a service sends, a call ends typed, and grows the process by 64 MiB at most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from . import bounds

ROOT = Path(__file__).parents[2]
MOST = 64 * 1024  # KiB


@pytest.mark.requirement("G34")
@pytest.mark.parametrize("name", bounds.CASES)
def test_memory_is_bounded_whatever_is_sent(name: str) -> None:
    done = subprocess.run(
        [sys.executable, bounds.__file__, name],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    code, growth = json.loads(done.stdout)
    assert code == bounds.CASES[name][0]
    assert growth <= MOST
