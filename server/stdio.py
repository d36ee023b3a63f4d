"""Serving one client over standard input and output.

While serving, standard output belongs to the protocol alone: whatever else is printed goes to standard error, and
whatever reads standard input finds it empty.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson

from .app import Context, Service, build, settle
from .counted import count
from .inlet import Inlet
from .lines import LONGEST_LINE, Lines
from .outlet import Outlet
from .stopping import on_stop

__all__ = ["serve_stdio", "spliced"]

log = logging.getLogger("unabridged.server")

_PATIENCE = 5.0
"""Seconds that calls in flight get to end after the server was asked to stop."""


async def serve_stdio(service: Service, *, longest_line: int = LONGEST_LINE) -> int:
    """Serve *service* until the client closes standard input or a signal comes; return the exit status.

    Calls in flight are then cancelled and answered with an error.  The status is 0 at the end of input and after
    SIGTERM, 130 after SIGINT.
    """
    with _standard_streams() as (reading, writing):

        def gone() -> None:
            inlet.close()

        outlet = Outlet(writing, gone)
        inlet = Inlet(reading, outlet, Lines(longest_line))
        server = build(service, carry=spliced)
        settle()
        with on_stop(inlet.close, limit=_PATIENCE) as asked:
            log.info("serving %s over standard input and output", count(len(service.offer.now.contracts), "tool"))
            await server.run(inlet, outlet, server.create_initialization_options())
            await outlet.aclose()
        return asked.status


def spliced(_: Context, members: Mapping[str, bytes]) -> dict[str, Any]:
    """Carry *members* as fragments, which the outlet puts into the line as they are."""
    return {name: orjson.Fragment(content) for name, content in members.items()}


@contextmanager
def _standard_streams() -> Generator[tuple[int, int]]:
    """Move the client's two streams to descriptors of their own, and put harmless ones in their places."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout.flush()
    try:
        yield reading, writing
    finally:
        sys.stdout.flush()  # what was printed meanwhile belongs to standard error
        if os.name == "posix":
            os.set_blocking(writing, True)
        os.dup2(writing, 1)
        os.dup2(reading, 0)
