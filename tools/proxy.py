"""Proxies for https, by the environment's word: which one, and the tunnel through it (RFC 9110, 9.3.6).

Never used unless the tool file says `proxy: environment`; never gives a proxy anything but the name of the host.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

import h11

from .connection import Connection
from .egress import Destination

__all__ = ["Proxy", "proxy_for", "tunnel"]


@dataclass(frozen=True, slots=True)
class Proxy:
    """An http proxy.  *authorization* is the value of its own credential field, empty without one."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)


_SCHEMES: Final = ("http", "")


def proxy_for(to: Destination, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that *environment* names for *to* (HTTPS_PROXY, ALL_PROXY, NO_PROXY), None to go directly.

    Plain http goes directly.  A value that is no http proxy raises `ValueError`.

    >>> to = Destination("https", "api.example.com", 443, None, "/")
    >>> proxy_for(to, {"HTTPS_PROXY": "http://proxy.example:3128"})
    Proxy(host='proxy.example', port=3128)
    >>> proxy_for(to, {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": ".example.com"}) is None
    True
    """
    named = _word(environment, "https_proxy") or _word(environment, "all_proxy")
    if to.scheme != "https" or not named or _excepted(to.host, _word(environment, "no_proxy")):
        return None
    parts = urlsplit(named if "://" in named else f"http://{named}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("HTTPS_PROXY must be an http:// URL")
    return Proxy(parts.hostname, parts.port or 80, _authorization(parts.username, parts.password))


def _word(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "") or environment.get(name.upper(), "")


def _authorization(username: str | None, password: str | None) -> str:
    if username is None:
        return ""
    pair = f"{unquote(username)}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _excepted(host: str, exceptions: str) -> bool:
    for exception in exceptions.split(","):
        name = exception.strip().lower().partition(":")[0].lstrip(".")
        if name == "*" or (name and (host == name or host.endswith(f".{name}"))):
            return True
    return False


async def tunnel(connection: Connection, proxy: Proxy, to: Destination) -> None:
    """Ask *proxy*, at the other end of *connection*, for a tunnel to *to*; `OSError` when it does not give one."""
    place = f"[{to.host}]:{to.port}" if ":" in to.host else f"{to.host}:{to.port}"
    protocol = h11.Connection(h11.CLIENT)
    credential = [("proxy-authorization", proxy.authorization)] if proxy.authorization else []
    ask = protocol.send(h11.Request(method="CONNECT", target=place, headers=[("host", place), *credential]))
    await connection.send((ask or b"") + (protocol.send(h11.EndOfMessage()) or b""))
    try:
        while not isinstance(event := protocol.next_event(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                protocol.receive_data(await connection.receive())
    except h11.RemoteProtocolError as error:
        raise OSError("the proxy's answer is not HTTP") from error
    if not 200 <= event.status_code < 300 or protocol.trailing_data[0]:
        raise OSError("the proxy gives no tunnel")
    connection.sent = connection.received = False
