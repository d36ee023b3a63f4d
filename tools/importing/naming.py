"""Names: of an API, of its tools and of their arguments, such as every host accepts.

The same description gives the same names, whatever was chosen from it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from itertools import chain, count

from .description import Description, Operation

__all__ = ["LONGEST", "api_name", "argument", "environment", "snake", "tool_names", "untaken"]

LONGEST = 64  # characters; the shortest limit among MCP hosts

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^A-Za-z0-9]+")
_NOISE = frozenset(
    [
        "api",
        "apis",
        "rest",
        "restful",
        "openapi",
        "swagger",
        "http",
        "https",
        "the",
        "a",
        "an",
        "of",
        "for",
        "public",
        "specification",
        "spec",
        "service",
        "services",
        "server",
        "web",
        "official",
        "documentation",
        "docs",
        "definition",
        "reference",
        "v",
    ]
)
_MORE = re.compile(r"\s[^\w\s(]\s|[(:,]")
_VERSION = re.compile(r"v?\d+(?:[a-z]+\d*)?\Z")


def snake(text: str) -> str:
    """Write *text* in snake case.

    >>> snake("listHTTPServers"), snake("issues/list-for-repo"), snake("Pets (v2)")
    ('list_http_servers', 'issues_list_for_repo', 'pets_v2')
    """
    return _OTHER.sub("_", _HUMP.sub("_", text)).strip("_").lower()


def api_name(description: Description, otherwise: str) -> str:
    """Name the API by its title, without the words that every title has; or else by *otherwise*, a file's or host's name.

    >>> api_name(Description(version="3.0.3", title="GitHub v3 REST API"), "x")
    'github'
    """
    for text in (_MORE.split(description.title)[0], description.title, otherwise):
        title = _OTHER.sub(" ", re.sub(r"\Ws\b", "", text).encode("ascii", "ignore").decode())  # `GitHub` is one word
        words = [word for word in title.lower().split() if word not in _NOISE and not _VERSION.match(word)]
        if words:
            return "_".join(words[:2])[:24].strip("_")
    return "api"


def environment(api: str, what: str) -> str:
    """Name the environment variable in which *api* finds *what*.

    >>> environment("github", "token")
    'GITHUB_TOKEN'
    """
    name = _OTHER.sub("_", f"{api}_{snake(what)}").upper()
    return name if name[0].isalpha() else f"API_{name}"


def tool_names(api: str, operations: Iterable[Operation]) -> Mapping[str, str]:
    """Name the tool of every operation, by the operation's pointer: unique, and at most 64 characters."""
    operations = tuple(operations)
    whole = {one.pointer: _tool(api, one, one.id) for one in operations}
    short = {one.pointer: _tool(api, one, _spoken(one)) for one in operations}
    count = Counter([*short.values(), *(name for at, name in whole.items() if name != short[at])])
    wanted = {at: name if count[name] == 1 else whole[at] for at, name in short.items()}
    taken = Counter(wanted.values())
    return {pointer: name if taken[name] == 1 else _marked(name, pointer) for pointer, name in wanted.items()}


def _spoken(operation: Operation) -> str:
    """The operation's id without path and method, where a framework wrote them behind the name of a function.

    >>> _spoken(Operation(pointer="", id="list_pets_v1_pets_get", method="get", path="/v1/pets"))
    'list_pets'
    """
    written = re.sub(r"\W", "_", operation.path) + f"_{operation.method.lower()}"  # as FastAPI does
    return operation.id.removesuffix(written) or operation.id


def _tool(api: str, operation: Operation, called: str) -> str:
    own = snake(called) or snake(f"{operation.method} {operation.path.replace('{', 'by {')}") or "call"
    name = own if own == api or own.startswith(f"{api}_") else f"{api}_{own}"
    return name if len(name) <= LONGEST else _marked(name, operation.pointer)


def _marked(name: str, pointer: str) -> str:
    digest = hashlib.sha256(pointer.encode()).hexdigest()[:6]
    return f"{name[: LONGEST - 7].rstrip('_')}_{digest}"


def argument(name: str, taken: Iterable[str] = ()) -> str:
    """Name the argument for the parameter *name*, other than those *taken*.

    >>> argument("filter[state]"), argument("$top"), argument("id", ["id"])
    ('filter_state', 'top', 'id_2')
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_.-")[: LONGEST - 4] if not _fits(name) else name
    plain = plain if plain and not plain.startswith(("-", ".")) else "argument"
    known, number, free = set(taken), 2, plain
    while free in known:
        free, number = f"{plain}_{number}", number + 1
    return free


def untaken(name: str, taken: Container[str]) -> str:
    """Name a variable that is none of those *taken*.

    >>> untaken("PETS_KEY", {"PETS_KEY"})
    'PETS_KEY_2'
    """
    return next(free for free in chain([name], (f"{name}_{number}" for number in count(2))) if free not in taken)


def _fits(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", name) is not None
