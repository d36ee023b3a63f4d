"""Credentials by reference.  A tool file names where a secret is; it never holds one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias, cast

from pydantic import BeforeValidator, ConfigDict, Field

__all__ = [
    "ApiKey",
    "Auth",
    "Basic",
    "Bearer",
    "ClientCredentials",
    "FromEnvironment",
    "FromFile",
    "FromKeyring",
    "RefreshToken",
    "Secret",
]

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class FromEnvironment:
    """The secret is the value of this environment variable."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    env: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFile:
    """The secret is the content of this file, without the line end."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FromKeyring:
    """The secret is in the system's keyring (needs the `keyring` extra), as `service/username`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    keyring: str


def _members(value: object) -> list[tuple[object, object]]:
    return list(cast("Mapping[object, object]", value).items()) if isinstance(value, Mapping) else []


def _reference(value: object) -> object:
    if isinstance(value, FromEnvironment | FromFile | FromKeyring):
        return value
    match _members(value):
        case [("env" | "file" | "keyring", str() as place)] if place:
            return value
        case _:
            raise ValueError("a reference to a secret: {env: NAME}, {file: PATH} or {keyring: service/user}")


Secret: TypeAlias = Annotated[FromEnvironment | FromFile | FromKeyring, BeforeValidator(_reference)]
"""Where a secret is.  A text in its place is refused: a tool file is shared, and a secret is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """`Authorization: Bearer …` (RFC 6750); *scheme* for services that use another word."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["bearer"] = "bearer"
    token: Secret
    scheme: str = "Bearer"
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic:
    """`Authorization: Basic …` (RFC 7617).  The user name may be a plain word; the password is a reference."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["basic"] = "basic"
    username: str | Secret
    password: Secret | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key in a header or a query parameter; *prefix* stands before it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["api_key"] = "api_key"
    in_: Annotated[Literal["header", "query"], Field(alias="in")]
    name: str
    value: Secret
    prefix: str = ""
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749, 4.4)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["oauth2_client_credentials"] = "oauth2_client_credentials"
    token_url: str
    client_id: str | Secret
    client_secret: Secret
    scope: str | None = None
    audience: str | None = None
    client_auth: Literal["basic", "body"] = "basic"
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """OAuth 2.0 refresh token (RFC 6749, 6)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["oauth2_refresh_token"] = "oauth2_refresh_token"
    token_url: str
    refresh_token: Secret
    client_id: str | Secret
    client_secret: Secret | None = None
    scope: str | None = None
    client_auth: Literal["basic", "body"] = "basic"
    origin: str | None = None


Auth: TypeAlias = Annotated[Bearer | Basic | ApiKey | ClientCredentials | RefreshToken, Field(discriminator="kind")]
"""How requests to this provider are authenticated; *origin* is where the credential may go (default: the base URL's)."""
