"""What must not be in a recording: secrets, settings, and the values at declared places.

Places are written as in a tool file: `/items/*/email` or `body:/…` in the content of requests and responses,
`header:Name`, `query:name`, and `input:/name` for the arguments of the call.  It finds and replaces nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..schemas.location import hideable, location
from .json_places import Steps, begins, steps

__all__ = ["ALWAYS_FIELDS", "ALWAYS_HEADERS", "ALWAYS_QUERY", "Hiding", "Places", "places", "within"]

ALWAYS_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "authentication-info", "cookie", "set-cookie", "x-api-key", "api-key"}
    | {"x-auth-token", "x-access-token", "x-amz-security-token", "x-csrf-token", "x-xsrf-token", "x-session-id"}
)
"""Fields of a header that carry a secret wherever they come."""

ALWAYS_QUERY: Final = frozenset(
    {"access_token", "api_key", "apikey", "api-key", "client_secret", "password", "sig", "signature"}
    | {"x-amz-signature", "x-amz-credential", "x-amz-security-token", "x-goog-signature", "x-goog-credential"}
)
"""Parameters of a URL that do so."""

ALWAYS_FIELDS: Final = frozenset(
    {"access_token", "accesstoken", "refresh_token", "refreshtoken", "id_token", "client_secret", "clientsecret"}
    | {"api_key", "apikey", "password", "passwd", "private_key", "privatekey", "secret", "secret_key", "session_token"}
)
"""Names in JSON whose texts do so."""


_BARE: Final = 8  # signs that tell a secret without its padding


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Places, by kind: *bodies* and *inputs* are ways into JSON, *headers* and *query* are names in lower case."""

    bodies: tuple[Steps, ...] = ()
    inputs: tuple[Steps, ...] = ()
    headers: frozenset[str] = frozenset()
    query: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiding:
    """What must not be in a recording.

    *secrets* are never shown by any form of them; *settings* are the values of the environment that the tool's file refers to,
    by the variable's name; *places* are declared.  *key* makes the stand-ins, and is to be forgotten.
    """

    key: bytes = field(repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    settings: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    places: tuple[str, ...] = ()

    @property
    def guarded(self) -> frozenset[str]:
        """The secrets, and what is left of those that end in padding where somebody cuts it off."""
        return self.secrets | {bare for secret in self.secrets if len(bare := secret.rstrip("=")) >= _BARE}

    @property
    def private(self) -> frozenset[str]:
        """The settings that tell something: neither very short, nor a mere number such as a port."""
        return frozenset(value for value in self.settings.values() if len(value) >= 4 and not value.isdecimal())


def places(words: Iterable[str]) -> Places:
    """Read the places that *words* name; raise ValueError, with what was expected, where one names none.

    >>> places(["/items/*/email", "header:X-User"]).headers
    frozenset({'x-user'})
    """
    bodies: list[Steps] = []
    inputs: list[Steps] = []
    names: dict[str, set[str]] = {"header": set(), "query": set()}
    for word in words:
        found = location(hideable(word).removeprefix("input:"))
        match found.source:
            case "body":
                (inputs if word.startswith("input:") else bodies).append(steps(found.path))
            case source:
                names.setdefault(source, set()).add(found.path.lower())
    return Places(
        bodies=tuple(bodies),
        inputs=tuple(inputs),
        headers=frozenset(names["header"]),
        query=frozenset(names["query"]),
    )


def within(path: Steps, ways: Iterable[Steps]) -> bool:
    """Whether *path* is at one of *ways*, or below it."""
    return any(begins(path, way) for way in ways)
