"""Which of the tools that were read are wanted: by name, by tag, or as a profile, a small file, says.

It chooses among tools and knows nothing of how they are shown.  A word that chooses nothing is a mistake: what was to be kept
away would otherwise be served because of a typing error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from ..schemas.contract import Contract
from ..schemas.wire import Json
from ..tools.mistake import meant
from ..tools.source import Source, Unreadable, parse
from .settings import SettingError, tokens
from .usage import UsageError

__all__ = ["VARIABLE", "Profile", "Wanted", "chosen_by", "idle_pins", "left_by", "profile"]

VARIABLE: Final = "UNABRIDGED_PROFILE"
_LARGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a command was asked for: the words for *paths*, the file of a profile, and what goes before what that says."""

    paths: tuple[str, ...] = ()
    profile: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pin: tuple[str, ...] = ()
    budget: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is wanted.  Nothing said means: all tools.

    *include* and *exclude* are names or patterns of names (`billing_*`).  Of *tags* a tool has at least one, and none of
    those that begin with `!`.  *pin* names what is shown beside the two tools that find and call, and *budget* is the
    most tokens for showing all (`off`: no bound), where the environment is not to decide.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pin: tuple[str, ...] = ()
    budget: str | None = None

    def chooses(self, contract: Contract) -> bool:
        """Say whether *contract* is wanted."""
        barred = {tag[1:] for tag in _barred(self.tags)}
        wanted = set(_named(self.tags))
        return (
            (not self.include or _is_named(contract, self.include))
            and not _is_named(contract, self.exclude)
            and (not wanted or not wanted.isdisjoint(contract.tags))
            and barred.isdisjoint(contract.tags)
        )


def chosen_by(wanted: Profile, contracts: Iterable[Contract]) -> tuple[Contract, ...]:
    """Return those of *contracts* that are *wanted*; raise `UsageError` for a word that chooses nothing, or if none is left."""
    found = tuple(contracts)
    chosen = left_by(wanted, found)
    if found and not chosen:
        raise UsageError(f"no tool is left of {len(found)}: what is included and what is excluded leave none")
    return chosen


def left_by(wanted: Profile, contracts: Sequence[Contract]) -> tuple[Contract, ...]:
    """Return those of *contracts* that are *wanted*, perhaps none; raise `UsageError` for a word that chooses nothing."""
    for reason in (*_idle_tags(wanted, contracts), *_idle_names(wanted, contracts)):
        raise UsageError(reason)
    return tuple(contract for contract in contracts if wanted.chooses(contract))


def idle_pins(wanted: Profile, chosen: Sequence[Contract]) -> Iterator[str]:
    """Say which pins list nothing, because what they name is not among those that were *chosen*."""
    for pattern in wanted.pin:
        if not any(fnmatchcase(contract.name, pattern) for contract in chosen):
            yield f"pin: {pattern!r} lists nothing, for no tool of this name is wanted"


def _is_named(contract: Contract, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(contract.name, pattern) for pattern in patterns)


def _idle_tags(wanted: Profile, contracts: Sequence[Contract]) -> Iterator[str]:
    known = {tag for contract in contracts for tag in contract.tags}
    for tag in (word.removeprefix("!") for word in wanted.tags):
        if tag not in known:
            yield f"no tool has the tag {tag!r}{_hint(tag, known)}"


def _idle_names(wanted: Profile, contracts: Sequence[Contract]) -> Iterator[str]:
    names = [contract.name for contract in contracts]
    for word, patterns in (("include", wanted.include), ("exclude", wanted.exclude), ("pin", wanted.pin)):
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in names):
                yield f"{word}: no tool is called {pattern!r}{_hint(pattern, names)}"


def _hint(word: str, known: Iterable[str]) -> str:
    guess = meant(word, known)
    return f"; {guess}" if guess else ""


# ------------------------------------------------------------------------------------------- the file


def profile(wanted: Wanted, environment: Mapping[str, str]) -> Profile:
    """Return what the file of a profile says (else that of UNABRIDGED_PROFILE); what is *wanted* beside it goes before it.

    What keeps tools away (`exclude`, tags with `!`) is added to what the file keeps away, and takes nothing of it back.
    Raises `UsageError` for a file that cannot be read or says something else.
    """
    file = wanted.profile or environment.get(VARIABLE)
    written = _read(Path(file).expanduser()) if file else Profile()
    return Profile(
        include=wanted.include or written.include,
        exclude=_both(written.exclude, wanted.exclude),
        tags=(_named(wanted.tags) or _named(written.tags)) + _both(_barred(written.tags), _barred(wanted.tags)),
        pin=wanted.pin or written.pin,
        budget=written.budget if wanted.budget is None else wanted.budget,
    )


def _named(tags: Sequence[str]) -> tuple[str, ...]:
    return tuple(tag for tag in tags if not tag.startswith("!"))


def _barred(tags: Sequence[str]) -> tuple[str, ...]:
    return tuple(tag for tag in tags if tag.startswith("!"))


def _both(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _read(path: Path) -> Profile:
    try:
        with path.open("rb") as file:
            source = parse(file.read(_LARGEST + 1), is_json=path.suffix == ".json")
    except OSError as trouble:
        raise UsageError(f"profile {path}: {trouble.strerror or type(trouble).__name__}") from None
    except Unreadable as unreadable:
        raise UsageError(f"{path}:{unreadable.line}: {unreadable.says}") from None
    members = source.value
    if not isinstance(members, dict):
        raise UsageError(f"{path}:1: expected an object with {_KNOWN}, found none")
    return Profile(**{name: _member(path, source, name, value) for name, value in members.items()})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # each by its name


_KNOWN: Final = ", ".join(f"`{field.name}`" for field in fields(Profile))


def _member(path: Path, source: Source, name: str, value: Json) -> tuple[str, ...] | str:
    where = f"{path}:{source.line((name,))}: /{name}"
    match name, value:
        case "budget", int() | str() if not isinstance(value, bool):
            try:
                tokens(str(value), f"{where}")
            except SettingError as wrong:
                raise UsageError(str(wrong)) from None
            return str(value)
        case "include" | "exclude" | "tags" | "pin", str():
            return (value,)
        case "include" | "tags", []:  # none is wanted, or nothing is said: everything would be served
            raise UsageError(f"{where}: expected at least one text, found an empty list; leave it out for all tools")
        case "include" | "exclude" | "tags" | "pin", list() if all(isinstance(word, str) for word in value):
            return tuple(map(str, value))
        case "budget", _:
            raise UsageError(f"{where}: expected a number of tokens or `off`, found something else")
        case "include" | "exclude" | "tags" | "pin", _:
            raise UsageError(f"{where}: expected a text or a list of texts, found something else")
        case _:
            raise UsageError(
                f"{where}: expected one of {_KNOWN}, found `{name}`{_hint(name, [f.name for f in fields(Profile)])}"
            )
