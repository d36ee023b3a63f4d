"""Two hundred thousand items in two thousand pages, collected, proven and read back: how much memory beyond an idle process?

Run as a program (`memory.py ORIGIN PAGES`) it is the process under measurement: it prints its peaks, in kilobytes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import anyio

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.figures import Line, spread
from bench.processes import PYTHON, running, upstream
from bench.speaking import Failure
from bench.walks import SIZE, contract
from unabridged.schemas.answer import Delivered
from unabridged.tools.call import call
from unabridged.tools.surroundings import surroundings

__all__ = ["measure"]

PAGES = 2000
_MOST = 150.0
_POLICY: dict[str, object] = {"deadline": 600, "in_flight": 4}


def measure(rounds: int, say: Callable[[str], None]) -> list[Line]:
    """Collect everything *rounds* times, each in a new process."""
    say(f"memory of {PAGES * SIZE:,} items in {PAGES:,} pages")
    with upstream() as origin:
        found = [_collected(origin) for _ in range(rounds)]
    subject = f"{PAGES * SIZE:,} items in {PAGES:,} pages"
    return [
        Line(
            subject=subject,
            figure="peak memory over idle",
            unit="MB",
            measured=spread([(one["peak"] - one["idle"]) / 1024 for one in found]),
            at_most=_MOST,
        ),
        Line(subject=subject, figure="idle", unit="MB", measured=spread([one["idle"] / 1024 for one in found])),
        Line(
            subject=subject,
            figure="pace",
            unit="items/s",
            measured=spread([one["items"] / one["seconds"] for one in found]),
        ),
        Line(subject=subject, figure="payload", unit="MB", measured=spread([one["bytes"] / 1e6 for one in found])),
    ]


def _collected(origin: str) -> dict[str, float]:
    with running([PYTHON, __file__, origin, str(PAGES)]) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
    if not line:
        raise Failure("the collecting process died; BENCH_STDERR=1 shows why")
    found: dict[str, float] = json.loads(line)
    return found


# ------------------------------------------------------------------------------------------- the measured process


async def _collect(origin: str, pages: int) -> dict[str, float]:
    limits: dict[str, object] = {"limits": {"pages": 100_000, "items": 10_000_000}}
    one = contract(origin, walk=limits, policy=_POLICY, delay=0)
    around = surroundings({})
    await _whole(await call(one, {"total": SIZE}, surroundings=around), SIZE)  # everything is imported and compiled
    idle = _kilobytes("VmRSS")
    started = time.perf_counter()
    size = await _whole(await call(one, {"total": pages * SIZE}, surroundings=around), pages * SIZE)
    seconds = time.perf_counter() - started
    return {"idle": idle, "peak": _kilobytes("VmHWM"), "seconds": seconds, "items": pages * SIZE, "bytes": size}


async def _whole(answer: object, count: int) -> int:
    """Read the whole payload once, as whoever hands it over does; return its size."""
    if not isinstance(answer, Delivered) or answer.payload.count != count:
        raise Failure(f"the collection was not whole: {answer!r:.500}")
    size = sum(len(chunk) for chunk in answer.payload.chunks())
    answer.payload.close()
    return size


def _kilobytes(field: Literal["VmRSS", "VmHWM"]) -> int:
    """Read what is resident now, or was at most; `ru_maxrss` would begin with the peak of the process that started this one."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


if __name__ == "__main__":
    print(json.dumps(anyio.run(_collect, sys.argv[1], int(sys.argv[2]))), flush=True)
