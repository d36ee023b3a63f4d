"""Serves the model file that is named, with llama.cpp; runs under an interpreter of its own, which has xllamacpp."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import Any

__all__ = ["main"]


def main(model: str) -> None:
    """Serve until the process is told to end, and say on which port."""
    llama: Any = import_module("xllamacpp")  # not in the environment in which types are checked
    settings = llama.CommonParams()
    settings.model.path = model
    settings.n_ctx = 2048
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = (
        1  # others wait for one another where cores are shared
    )
    server = llama.Server(settings)
    print("listening on", server.listening_address, flush=True)
    signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    main(sys.argv[1])
