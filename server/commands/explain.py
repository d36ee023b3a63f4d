"""`unabridged explain`: what a code means, or how an answer came to be."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from dataclasses import asdict

from pydantic import TypeAdapter

from ...schemas.answer import Receipt
from ...schemas.codes import CODES
from ..receipts import Found, Lost, open_receipts
from ..rendering import code, console, receipt, show
from ..usage import UsageError, meant

__all__ = ["explain"]


def explain(subject: str, *, as_json: bool) -> int:
    """Explain *subject*, a code or a receipt, and return the exit status."""
    if subject in CODES:
        return _show_code(subject, as_json=as_json)
    with closing(open_receipts(os.environ)) as receipts:
        match receipts.find(subject):
            case Found(found):
                return _show_receipt(found, as_json=as_json)
            case Lost(why):
                raise UsageError(
                    why if _like_a_receipt(subject) else f"{why} Nor is it a code; {meant(subject, CODES)}"
                )


def _like_a_receipt(subject: str) -> bool:
    """Whether nobody can have meant a code: codes are words with underscores."""
    return subject == "last" or any(letter.isdigit() for letter in subject)


def _show_code(name: str, *, as_json: bool) -> int:
    known = CODES[name]
    if as_json:
        sys.stdout.write(json.dumps({"code": name, **asdict(known)}, indent=2) + "\n")
    else:
        show(console(sys.stdout), code(name, known))
    return 0


def _show_receipt(found: Receipt, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(TypeAdapter(Receipt).dump_json(found, indent=2).decode() + "\n")
    else:
        show(console(sys.stdout), receipt(found))
    return 0
