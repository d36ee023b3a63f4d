"""Where the log goes: to standard error while serving, nowhere in commands that answer a person.

It holds events of the program, never content of an upstream.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

__all__ = ["log_nothing", "log_to_stderr"]


def log_to_stderr() -> None:
    """Log what happens to standard error, with the time."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("unabridged").setLevel(logging.INFO)


def log_nothing(environment: Mapping[str, str] = os.environ) -> None:
    """Keep the log off the terminal, unless UNABRIDGED_TRACEBACK asks to see where a fault happened."""
    if not environment.get("UNABRIDGED_TRACEBACK"):
        logging.getLogger("unabridged").addHandler(logging.NullHandler())
