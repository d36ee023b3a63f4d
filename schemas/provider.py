"""The API behind a tool: where it is, who may ask, and where requests may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import ConfigDict

from .secret import Auth
from .several import STRICT, Words

__all__ = ["Network", "Provider", "Variable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Where requests may go beyond public https addresses.

    *allow* names address ranges: `loopback`, `private`, or CIDR.  Plain http is allowed with `plain_http: true`, and to
    a loopback address that is allowed.  `proxy: environment` obeys HTTPS_PROXY and its kin.  `keepalive: trusted` keeps
    connections from one call to the next; by default they live as long as one call.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    allow: Words = ()
    plain_http: bool = False
    proxy: Literal["none", "environment"] = "none"
    keepalive: Literal["call", "trusted"] = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A part of the base URL or of a header that whoever runs the server sets, never the caller of a tool."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    env: str | None = None
    default: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The API behind a tool: what all tools of one file share."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    base_url: str
    title: str = ""
    docs: str = ""
    variables: Mapping[str, Variable] = field(default_factory=dict[str, Variable])
    auth: Auth | None = None
    network: Network = Network()
