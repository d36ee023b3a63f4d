"""Child processes under measurement: started, spoken to, timed by the kernel's clock of that process, and ended by their id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["BENCH", "PYTHON", "UNABRIDGED", "cpu_seconds", "free_port", "running", "upstream", "wait_for_port"]

BENCH = Path(__file__).resolve().parent
PYTHON = sys.executable
UNABRIDGED = str(Path(PYTHON).parent / "unabridged")
_PATIENCE = 30.0


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that the process *pid* has used, user and system, by the kernel's clock of that process."""
    return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3): CPUCLOCK_SCHED of the whole process


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Generator[subprocess.Popen[bytes]]:
    """Run *command* with pipes for the length of the block; what it says on standard error goes nowhere."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if os.environ.get("BENCH_STDERR") else subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
        bufsize=0,
    )
    try:
        yield process
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()


@contextmanager
def upstream() -> Generator[str]:
    """Run the upstream in a process of its own; give its origin."""
    with running([PYTHON, str(BENCH / "upstream.py")]) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens on *port*."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as visitor:
            if visitor.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nobody listens on port {port}: {process.args!r}")
