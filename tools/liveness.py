"""Whether a process that left its mark on a shelf is still at it.

A mark is good for a guess only: a process of another machine or container cannot be seen.  Nothing may depend on the guess
being right but how soon a write that was interrupted goes on.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field

__all__ = ["Mark"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One process, told from others of the same number by a random word."""

    pid: int = field(default_factory=os.getpid)
    word: str = field(default_factory=lambda: secrets.token_hex(4))

    def of(self, identity: str) -> str:
        """Write the mark of one call of this process.

        >>> Mark(7, "ab").of("r1")
        '7.ab.r1'
        """
        return f"{self.pid}.{self.word}.{identity}"

    def lives(self, mark: str) -> bool:
        """Say whether the process that wrote *mark* is still running, as far as this one can see.

        >>> Mark(7, "ab").lives("7.ab.r1"), Mark(7, "ab").lives("7.cd.r1")
        (True, False)
        """
        pid, _, rest = mark.partition(".")
        if pid == str(self.pid):
            return rest.startswith(f"{self.word}.")
        return not pid.isdecimal() or _running(int(pid))


def _running(pid: int) -> bool:
    if os.name != "posix":  # elsewhere signal 0 is not a question
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
