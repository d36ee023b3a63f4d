"""What is known of a tool beyond its file: the lock file beside it, and what it was proven for.

A lock is read and written whole, and holds nothing of a payload.  Who makes one is `proving/`; what is in doubt all the same
says `doubting.py`.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..schemas.contract import Contract
from ..schemas.proof import Lock, Proof
from ..schemas.wire import Json
from .canonical import digest
from .shapes import is_object
from .whole_files import write_whole

__all__ = [
    "LARGEST",
    "Damaged",
    "Unread",
    "asked",
    "ending",
    "holds",
    "lock_of",
    "locked_for",
    "newer",
    "own_words",
    "read_lock",
    "subject",
    "write_lock",
]

LARGEST = 8 * 1024 * 1024  # bytes

_PROVABLE = ("claim", "request", "response", "walk", "complete")
_PLACE = ("name", "base_url", "variables")


class Damaged(ValueError):  # noqa: N818 - says what the file is
    """A lock file that is none; the text says what was expected."""


class Unread(Damaged):
    """A lock file that is there and was not read, so that nobody knows what it holds."""


@cache
def _locks() -> TypeAdapter[Lock]:
    return TypeAdapter(Lock)


def lock_of(file: Path) -> Path:
    """Return where the lock of a tool file is.

    >>> lock_of(Path("tools/desk.yaml")).name
    'desk.yaml.lock'
    """
    return file.with_name(f"{file.name}.lock")


def read_lock(path: Path) -> Lock:
    """Read the lock file at *path*; one that is not there is empty.  Raise `Damaged` for one that cannot be used.

    It is `Unread` where the disk, or who may read it, is at fault and not what it holds.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        raise Unread(
            f"expected a lock file that can be read, found: {error.strerror or type(error).__name__}"
        ) from None
    if len(content) > LARGEST:
        raise Damaged(f"expected a lock file of at most {LARGEST:,} bytes, found more")
    try:
        lock = _locks().validate_json(content)
        for text in (text for proof in lock.tools.values() for text in (proof.proven_at, proof.until)):
            _moment(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(step) for step in first["loc"])
        raise Damaged(
            f"expected a lock file as `unabridged prove` writes it, found at {place or 'its root'}: {first['msg']}"
        ) from None
    except ValueError:
        raise Damaged("expected times as RFC 3339 writes them, found others") from None
    return lock


def write_lock(path: Path, lock: Lock) -> None:
    """Write *lock* at *path*, whole or not at all; raise OSError where that cannot be done, or it could not be read again."""
    text = json.dumps(
        _locks().dump_python(lock, mode="json", exclude_defaults=True) | {"unabridged_lock": 1},
        indent=2,
        sort_keys=True,
    )
    if len(text) >= LARGEST:  # ASCII
        raise OSError(errno.EFBIG, f"it would be larger than {LARGEST:,} bytes")
    write_whole(path, f"{text}\n".encode(), mode=0o644)  # as the tool file, to which it belongs


def subject(assembled: Mapping[str, Any]) -> str:
    """Return SHA-256 over what an experiment can prove of an assembled tool: how it asks, walks and judges, and whom."""
    provider = assembled.get("provider")
    asked = {name: provider[name] for name in _PLACE if name in provider} if is_object(provider) else {}
    parts = {**{name: assembled.get(name) for name in _PROVABLE}, "provider": asked}
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


# ------------------------------------------------------------------------------------------- what it is about


def own_words(assembled: Mapping[str, Any], provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of *provenance* the lines that read otherwise now: whoever changed them answers for them.

    >>> own_words({"walk": {"kind": "page", "send": "query:p"}}, {"walk.send": {"value": "query:page"}})
    {}
    """
    return {place: said for place, said in provenance.items() if not _changed(assembled, place, said)}


def _changed(assembled: Mapping[str, Any], place: str, said: object) -> bool:
    if not is_object(said) or "value" not in said:
        return False
    stands = _standing(assembled, place)
    value = said["value"]
    if is_object(stands) and isinstance(value, str):  # `cursor` for all of the walk, `/items` for what is said of them
        stands = stands.get("kind", stands.get("at"))
    return bool(stands != value)


def _standing(assembled: object, place: str) -> object:
    for step in place.split("."):
        assembled = assembled.get(step) if is_object(assembled) else None
    return assembled


def holds(proof: Proof, now: float) -> bool:
    """Say whether *proof* has not run out at *now*, in Unix time."""
    return now < ending(proof)


def ending(proof: Proof) -> float:
    """Return when *proof* runs out, in Unix time."""
    return _moment(proof.until)


def newer(one: Proof, other: Proof) -> bool:
    """Say whether *one* was proven after *other*."""
    return _moment(one.proven_at) > _moment(other.proven_at)


def asked(arguments: Mapping[str, Json]) -> str:
    """Return what stands in a lock for *arguments*, which hold the defaults too: SHA-256 over their canonical JSON."""
    return digest(dict(arguments))


def locked_for(contract: Contract, arguments: Mapping[str, Json]) -> Contract:
    """Return *contract* with the fields that an answer to *arguments*, which hold the defaults too, must have.

    Of other arguments than those that it was proven with, nobody has seen what stands in the answers: a filter that is echoed,
    an object keyed by data.  What the contract itself reads must be there all the same.
    """
    proof = contract.proof
    if proof is None or asked(arguments) in proof.asked:
        return contract
    held = {place: seen for place, seen in proof.shape.envelope.items() if place in proof.shape.channels}
    return replace(contract, proof=replace(proof, shape=replace(proof.shape, envelope=held)))


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return moment.timestamp()
