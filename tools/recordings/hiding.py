"""What must not be in a recording: secrets, settings, and the values at declared places.

Places are written as in a tool file: `/items/*/email` or `body:/…` in the content of requests and responses,
`header:Name`, `query:name`, and `input:/name` for the arguments of the call.  It finds and replaces nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ...schemas.location import hideable, location, steps_of
from .json_places import Steps, begins

__all__ = ["Hiding", "Places", "is_secret", "is_secret_field", "places", "within"]

_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "authentication-info", "cookie", "set-cookie"}
    | {"x-auth-token", "private-token", "x-gitlab-token", "x-vault-token"}
)
_NAMES: Final = frozenset(
    {"token", "jwt", "sig", "pwd", "pass", "csrf", "xsrf", "sessionid", "sid", "xamzcredential", "xgoogcredential"}
)
_ENDS: Final = (
    *("accesstoken", "refreshtoken", "idtoken", "authtoken", "sessiontoken", "securitytoken", "csrftoken", "xsrftoken"),
    *("bearertoken", "apitoken", "apikey", "privatekey", "secretkey", "subscriptionkey", "accountkey", "sharedkey"),
    *("password", "passwd", "passphrase", "secret", "signature", "sessionid"),
)
_BETWEEN = re.compile(r"[^a-z0-9]")


def is_secret(name: str) -> bool:
    """Say whether what is called *name*, in JSON or as a parameter, is a secret wherever it stands; marks of pages are none.

    >>> [is_secret(name) for name in ("X-Amz-Signature", "newPassword", "token", "next_page_token", "tokens")]
    [True, True, True, False, False]
    """
    plain = _BETWEEN.sub("", name.lower())
    return plain in _NAMES or plain.endswith(_ENDS)


def is_secret_field(name: str) -> bool:
    """Say the same of a field of a header.

    >>> is_secret_field("x-api-key"), is_secret_field("set-cookie"), is_secret_field("etag")
    (True, True, False)
    """
    return name in _HEADERS or is_secret(name)


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
                (inputs if word.startswith("input:") else bodies).append(steps_of(found.path))
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
