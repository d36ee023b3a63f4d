"""Which tools a question is about: BM25 over their names, descriptions, parameters and tags.

It is pure, knows words and no meanings, and looks at nothing but what the tools say of themselves.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import islice
from math import log
from typing import Any, Final, TypeAlias, cast

from ..schemas.contract import Contract

__all__ = ["Hits", "Index", "stem", "words"]

# Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), 3.4 and 3.6
_K1: Final = 2.0
_B: Final = 0.75

_WEIGHTS: Final = {"name": 5.0, "title": 6.0, "tags": 0.5, "description": 0.5, "parameters": 0.6, "explained": 0.3}
"""How much a word counts by where it stands (BM25F)."""

_ANOTHER_WORD: Final = 0.3
"""How much a tool's word counts that only means the same as the word that was asked for."""

_GENERAL: Final = 0.5
"""A word that more than this share of the tools has says nothing about any of them."""

_FEW: Final = 20

_SAME: Final[tuple[frozenset[str], ...]] = tuple(
    frozenset(row.split())
    for row in (
        "get show read fetch retrieve view see look display",
        "list all every enumerate",
        "search find query look",
        "create add new make insert write",
        "update edit change modify set rename replace",
        "delete remove destroy drop erase",
        "cancel stop abort",
        "start run trigger launch dispatch",
        "request ask",
        "user person people member account",
        "organization org company",
        "repository repo",
        "pr pull",
        "folder directory",
        "environment env",
        "configuration config setting",
        "authentication auth login",
        "people member collaborator",
        "bug issue ticket",
        "star favourite favorite bookmark",
        "permission right access",
        "mail email",
        "picture image photo",
    )
)

_VERBS: Final = (
    "add approve archive ask assign block cancel check clear close compare convert copy count create delete disable"
    " dismiss download enable erase export fetch find fork generate get give import invite leave list lock make mark merge"
    " follow move open pin protect publish read remove rename reopen replace request rerun reset resolve restore revoke run search"
    " send set show star start stop submit subscribe sync test transfer trigger unfollow unlock unstar unsubscribe update upload watch write"
)

_MANY: Final = frozenset({"all", "every", "which", "who"})

_IDLE: Final = (
    "a an and any are as at be by can could do does for from give has have how i if in into is it its let like may me my"
    " need of on or our please should somebody someone that the their them then there these this those to us want was we"
    " what when where which who whose will with would you your tool tools api"
)
_EMPTY: Final = frozenset(_IDLE.split())

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD: Final = re.compile(r"[^\W_]+")
_LONGEST: Final = 20_000  # signs of one description that are looked at
_COMPARED: Final = 20  # words of a question that are compared with all words there are
_KNOWN: Final = 50_000  # words that are remembered; those of questions never end


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """The tools that were found, the best first; *general* where the question says nothing that tells tools apart.

    *near* are names that may have been meant where nothing was found.
    """

    tools: tuple[Contract, ...] = ()
    general: bool = False
    near: tuple[str, ...] = ()


class Index:
    """What the words of some tools say, looked through once and never again."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        """Take the tools in the order in which equals are told."""
        self._contracts = tuple(contracts)
        self._names = {contract.name.lower(): contract for contract in self._contracts}
        said = [_said(contract) for contract in self._contracts]
        self._headings = [(said["title"] or said["name"]).keys() for said in said]
        self._holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, terms in enumerate(_weighed(said)):
            for term, weight in terms.items():
                self._holders[term].append((number, weight))

    def search(self, question: str) -> Hits:
        """Return the tools that *question* may be about."""
        asked = list(dict.fromkeys(stem(word) for word in words(question) if word not in _EMPTY))
        exact = self._names.get(question.strip().lower())
        if exact is None and not any(self._tells(term) for term in asked):
            known = any(self._held(term) for term in asked)
            return Hits(general=known or not asked, near=() if known or not asked else self._near(asked))
        ranked = [self._contracts[number] for number in self._ranked(asked, unsaid=_unsaid(question))]
        if exact is not None:
            ranked = [exact, *(contract for contract in ranked if contract is not exact)]
        return Hits(tools=tuple(ranked))

    def near(self, name: str) -> tuple[str, ...]:
        """Return names of tools that may have been meant by *name*, which none has."""
        close = get_close_matches(name.lower(), self._names, n=3, cutoff=0.75)
        found = [*(self._names[one].name for one in close), *(one.name for one in self.search(name).tools[:3])]
        return tuple(islice(dict.fromkeys(found), 5))

    def _held(self, term: str) -> bool:
        return any(another in self._holders for another, _ in _spelled(term))

    def _tells(self, term: str) -> bool:
        """Whether *term* tells some tools from others."""
        if len(self._contracts) <= _FEW:
            return self._held(term)
        least = min((len(self._holders[other]) for other, _ in _spelled(term) if other in self._holders), default=0)
        return 0 < least <= _GENERAL * len(self._contracts)

    def _ranked(self, asked: Sequence[str], *, unsaid: Mapping[str, float]) -> list[int]:
        """Rank the tools that have a word *asked* for; what was *unsaid* finds none, and tells between them."""
        scores: dict[int, float] = defaultdict(float)
        for term in asked:
            for number, score in self._scored(term).items():
                scores[number] += score
        for term, share in unsaid.items():
            for number, score in self._scored(term).items():
                if number in scores:
                    scores[number] += share * score
        weights = {**unsaid, **dict.fromkeys(asked, 1.0)}
        for number in scores:
            scores[number] *= 1 + _likeness(weights, self._headings[number])
        return sorted(scores, key=lambda number: (-scores[number], number))

    def _scored(self, term: str) -> Mapping[int, float]:
        """Score each tool by *term* or, where that is better, by a word that means the same."""
        best: dict[int, float] = {}
        for another, share in _spelled(term):
            holders = self._holders.get(another, [])
            rarity = log(1 + (len(self._contracts) - len(holders) + 0.5) / (len(holders) + 0.5))
            for number, weight in holders:
                score = share * rarity * weight * (_K1 + 1) / (weight + _K1)
                best[number] = max(best.get(number, 0.0), score)
        return best

    def _near(self, asked: Sequence[str]) -> tuple[str, ...]:
        """Return the names of tools that have words like the first of those *asked* for; each is compared with all words."""
        vocabulary = [term for term in self._holders if len(term) > 2]
        meant = [close for term in asked[:_COMPARED] for close in get_close_matches(term, vocabulary, n=2, cutoff=0.7)]
        return tuple(self._contracts[number].name for number in self._ranked(meant, unsaid={})[:5])


# ------------------------------------------------------------------------------------------- words


def words(text: str) -> Iterator[str]:
    """Yield the words of *text* in small letters; names are taken apart.

    >>> list(words("repos/list-forUser HTTPServer"))
    ['repos', 'list', 'for', 'user', 'http', 'server']
    """
    for run in _WORD.findall(text):
        if run.islower():
            yield run
        else:
            yield from (part.lower() for part in _CAMEL.split(run))


@lru_cache(maxsize=_KNOWN)
def stem(word: str) -> str:
    """Fold the forms of an English word into one, roughly; what comes out is no word.

    >>> stem("repositories") == stem("repository"), stem("merging") == stem("merged") == stem("merge")
    (True, True)
    >>> stem("deletion") == stem("delete"), stem("deployments") == stem("deploy"), stem("status")
    (True, True, 'status')
    """
    word = _singular(word)
    for ending, least in (("ment", 9), ("ing", 6), ("ion", 6), ("ed", 5)):
        if word.endswith(ending) and len(word) >= least:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    word = word[:-1] if word.endswith("e") and len(word) > 4 else word
    return word[:-2] if word.endswith("at") and len(word) > 6 else word  # an invitation, to invite


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]


def _unsaid(question: str) -> Mapping[str, float]:
    """Return what a question without a verb asks for: all of what it names in the plural, or one.

    >>> _unsaid("issues of a repository"), _unsaid("close an issue"), _unsaid("the latest release"), _unsaid("who stars it")
    ({'list': 0.3}, {}, {'get': 0.3}, {'list': 0.3})
    """
    asked = list(words(question))
    if not _MANY.isdisjoint(asked):
        return {"list": _ANOTHER_WORD}
    asked = [word for word in asked if word not in _EMPTY]
    if any(stem(word) in _verbs() for word in asked):
        return {}
    return {"list" if any(_singular(word) != word for word in asked) else "get": _ANOTHER_WORD}


@cache
def _verbs() -> frozenset[str]:
    return frozenset(stem(word) for word in _VERBS.split())


@lru_cache(maxsize=_KNOWN)
def _spelled(term: str) -> tuple[tuple[str, float], ...]:
    """Return *term* and the words that mean the same, each with how much it counts."""
    others = {other for same in _meanings() if term in same for other in same} - {term}
    return ((term, 1.0), *((other, _ANOTHER_WORD) for other in sorted(others)))


@cache
def _meanings() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(stem(word) for word in same) for same in _SAME)


# ------------------------------------------------------------------------------------------- one tool


def _likeness(asked: Mapping[str, float], heading: AbstractSet[str]) -> float:
    """Return how much of a heading was asked for, and how much of what was asked for stands in it: Dice's coefficient.

    >>> _likeness({"list": 1.0, "issue": 1.0}, {"list", "issue"}), _likeness({"list": 1.0}, {"list", "issue", "event"})
    (1.0, 0.5)
    """
    shared = sum(
        max((asked[other] * share for other, share in _spelled(word) if other in asked), default=0.0)
        for word in heading
    )
    return 2 * shared / (len(asked) + len(heading)) if heading else 0.0


Said: TypeAlias = Mapping[str, Counter[str]]
"""How often each word stands in each field of a tool."""


def _weighed(tools: Sequence[Said]) -> Iterator[Mapping[str, float]]:
    """Weigh the words of each tool by where they stand: a word of a short field says more than one of a long field."""
    means = {name: max(1.0, sum(said[name].total() for said in tools) / max(1, len(tools))) for name in _WEIGHTS}
    for said in tools:
        found: dict[str, float] = defaultdict(float)
        for name, counted in said.items():
            if not counted:
                continue
            share = _WEIGHTS[name] / (1 - _B + _B * counted.total() / means[name])
            for term, count in counted.items():
                found[term] += share * count
        yield found


def _said(contract: Contract) -> Said:
    names, explained = _parameters(contract)
    fields = {
        "name": contract.name,
        "title": contract.title,
        "tags": " ".join(contract.tags),
        "description": contract.description[:_LONGEST],
        "parameters": names,
        "explained": explained[:_LONGEST],
    }
    return {name: Counter(stem(word) for word in words(text) if word not in _EMPTY) for name, text in fields.items()}


def _parameters(contract: Contract) -> tuple[str, str]:
    """Return the names of the parameters, and what is said about them."""
    properties = contract.input.get("properties")
    if not isinstance(properties, Mapping):
        return "", ""
    known = cast("Mapping[str, object]", properties)
    schemas = [cast("Mapping[str, Any]", schema) for schema in known.values() if isinstance(schema, Mapping)]
    return " ".join(known), " ".join(str(schema.get("description", "")) for schema in schemas)
