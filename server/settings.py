"""How the server is set up: read once from the environment, checked before anything listens.

No secret is ever an argument or a default; the HTTP token comes from `UNABRIDGED_HTTP_TOKEN`, or from the file that
`UNABRIDGED_HTTP_TOKEN_FILE` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from .result import BUDGET

__all__ = ["HttpSettings", "SettingError", "http_settings", "largest_answer", "most_kept", "tokens", "tool_budget"]

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_SHORTEST_TOKEN = 16
_BODY = 4 * 1024 * 1024
_SESSIONS = 1000
_IDLE = 1800
_DRAIN = 25
_KEPT = 256 * 1024 * 1024
_TOOLS = 10_000


class SettingError(ValueError):
    """A setting that the server cannot start with; the text says which one, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Who may ask over HTTP, and how much.

    *hosts* and *origins* are what the `Host` and `Origin` fields may say (`name`, `name:8000`, or `name:*` for any
    port).  *largest_body* is in bytes; *session_idle* and *drain* (how long calls in flight may end after the server
    was asked to stop) are in seconds.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    largest_body: int = _BODY
    most_sessions: int = _SESSIONS
    session_idle: int = _IDLE
    drain: int = _DRAIN


def http_settings(environment: Mapping[str, str], *, host: str = "127.0.0.1", port: int = 8000) -> HttpSettings:
    """Read the settings of the HTTP server; raises SettingError where they are missing, wrong or unsafe."""
    token = _token(environment)
    if token is None and not _is_loopback(host):
        raise SettingError(
            f"{host} can be reached from other machines, and no token is set: set UNABRIDGED_HTTP_TOKEN (or "
            "UNABRIDGED_HTTP_TOKEN_FILE) to a secret that clients send as `Authorization: Bearer …`, or listen on 127.0.0.1"
        )
    names = (*_LOOPBACK, *(() if _is_wildcard(host) else (_in_url(host),)))
    return HttpSettings(
        host=host,
        port=port,
        token=token,
        hosts=(*_with_ports(names), *_words(environment, "UNABRIDGED_HTTP_ALLOWED_HOSTS")),
        origins=(
            *_with_ports(f"http://{name}" for name in names),
            *_words(environment, "UNABRIDGED_HTTP_ALLOWED_ORIGINS"),
        ),
        largest_body=_number(environment, "UNABRIDGED_HTTP_MAX_BODY", _BODY),
        most_sessions=_number(environment, "UNABRIDGED_HTTP_MAX_SESSIONS", _SESSIONS),
        session_idle=_number(environment, "UNABRIDGED_HTTP_SESSION_IDLE", _IDLE),
        drain=_number(environment, "UNABRIDGED_HTTP_DRAIN", _DRAIN),
    )


def largest_answer(environment: Mapping[str, str]) -> int:
    """Read how many characters of JSON an answer may have before it is refused as too large."""
    return _number(environment, "UNABRIDGED_MAX_ANSWER", BUDGET)


def most_kept(environment: Mapping[str, str]) -> int:
    """Read how many bytes of answers may be kept, in all, for tools that declare `policy.cache` or `policy.degrade`."""
    return _number(environment, "UNABRIDGED_MAX_KEPT", _KEPT)


def tool_budget(environment: Mapping[str, str], given: str | None = None) -> int | None:
    """Read how many tokens the definitions of all tools may cost before they are found and not listed; None: no bound.

    *given* is what the command line or a profile says, which goes before the environment.
    """
    if given is not None:
        return tokens(given, "--tool-budget")
    return tokens(environment.get("UNABRIDGED_TOOL_BUDGET", str(_TOOLS)), "UNABRIDGED_TOOL_BUDGET")


def tokens(text: str, name: str) -> int | None:
    """Read a number of tokens, or `off` (None); raise SettingError, which calls it by its *name*.

    >>> tokens("8000", "--tool-budget"), tokens("off", "--tool-budget")
    (8000, None)
    """
    if text.strip().lower() == "off":
        return None
    if not (text.isascii() and text.isdigit() and int(text) < 2**31):
        raise SettingError(f"{name}: expected a number of tokens or `off`, found {text[:40]!r}")
    return int(text)


def _token(environment: Mapping[str, str]) -> str | None:
    token = environment.get("UNABRIDGED_HTTP_TOKEN")
    if token is None and (path := environment.get("UNABRIDGED_HTTP_TOKEN_FILE")) is not None:
        token = _first_line(path)
    if token is None:
        return None
    if len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise SettingError(
            f"the HTTP token must be at least {_SHORTEST_TOKEN} visible ASCII characters without spaces; "
            "`openssl rand -hex 32` makes one"
        )
    return token


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"UNABRIDGED_HTTP_TOKEN_FILE: {path} cannot be read ({type(error).__name__})") from None


def _words(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word for part in environment.get(name, "").split(",") if (word := part.strip()))


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
        raise SettingError(f"{name}: expected a whole number above 0, found {text[:40]!r}")
    return int(text)


def _with_ports(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(spelled for name in names for spelled in (name, f"{name}:*"))


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_wildcard(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return host == ""
