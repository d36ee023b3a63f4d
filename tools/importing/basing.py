"""Where an API is: from the servers of a description to `base_url`, its variables, and the network that it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from ..shapes import is_list
from .description import Description, Server
from .naming import argument, environment, untaken
from .prose import line
from .tolerant import text

__all__ = ["Based", "Nowhere", "based", "origin"]

_BRACES = re.compile(r"\{([^{}]*)\}")
_PART = re.compile(r"[A-Za-z0-9._-]+\Z")
_PARTS = re.compile(r"[A-Za-z0-9._~:/-]*\Z")
_LOOPBACK = re.compile(r"(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])\Z", re.IGNORECASE)

_ROOT = Server(url="/")
"""Where an API is that names no server: where its description is (OpenAPI 3.1, 4.8.1; Swagger 2.0, `host`)."""


class Nowhere(Exception):  # noqa: N818 - the operator has to say where the API is
    """The description does not say where the API is; the text says what it does say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Based:
    """The base URL as it is written in a file, with what it needs; *described* is the description's own beside another."""

    base_url: str
    described: str | None = None
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    network: Mapping[str, Any] = field(default_factory=dict[str, Any])
    notes: tuple[str, ...] = ()


def based(
    description: Description,
    *,
    api: str,
    base_url: str | None,
    source: str | None,
    taken: frozenset[str] = frozenset(),
) -> Based:
    """Choose where the API is: *base_url* if given, or else the first https server; raise `Nowhere` if nothing says it.

    *source* is the URL that the description was read from, which relative servers are relative to.  No variable of a server
    is looked for under a name that is *taken*.
    """
    servers = (Server(url=base_url),) if base_url else description.servers or (_ROOT,)
    whole = [server for one in servers if (server := _absolute(one, source)) is not None]
    if not whole:
        found = ", ".join(f"`{line(server.url)[:80]}`" for server in servers if server is not _ROOT) or "none"
        raise Nowhere(f"the description does not say where the API is (servers: {found})")
    chosen = next((server for server in whole if server.url.startswith("https:")), whole[0])
    others = [_sent(server) for server in whole if server is not chosen]
    notes = (f"Other servers: {', '.join(line(url)[:120] for url in others[:4])}",) if others else ()
    at = _based(chosen, api, taken, (*notes, *_unsent(chosen)))
    return replace(at, described=_described(description, api, source)) if base_url else at


def _described(description: Description, api: str, source: str | None) -> str | None:
    try:
        return based(description, api=api, base_url=None, source=source).base_url
    except Nowhere:
        return None


def origin(url: str) -> str:
    """Return scheme, host and port of *url*, in lower case."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}".lower()


def _absolute(server: Server, source: str | None) -> Server | None:
    url = server.url.strip()
    first = _BRACES.match(url)
    if first and "://" in (begins := text(server.variables.get(first[1], {}).get("default"))):  # `{baseUrl}/v1`
        url = begins + url[first.end() :]
    scheme, colon, _ = url.partition("://")
    for match in _BRACES.finditer(scheme if colon else ""):  # `{scheme}://…`: nobody else may choose the scheme
        url = url.replace(match[0], text(server.variables.get(match[1], {}).get("default")) or "https", 1)
    url = f"https:{url}" if source is None and url.startswith("//") else url
    if source is not None and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url):
        url = urljoin(source, url)
    whole = Server(url=url.partition("#")[0], description=server.description, variables=server.variables)
    if not re.match(r"https?://[^/]", _sent(whole)) or re.search(r"\s", _sent(whole)):
        return None
    return whole


def _sent(server: Server) -> str:
    """The URL without its query, behind which no path could stand."""
    return server.url.partition("?")[0].rstrip("/")


def _unsent(server: Server) -> Iterator[str]:
    """Name what stands in the query of a server's URL; its values may be anybody's."""
    if names := list(dict(parse_qsl(server.url.partition("?")[2], keep_blank_values=True))):
        yield f"The query of the server's URL is not sent: {', '.join(f'`{line(name)[:60]}`' for name in names[:10])}"


def _based(server: Server, api: str, taken: frozenset[str], notes: tuple[str, ...]) -> Based:
    url, variables = _sent(server), dict[str, Mapping[str, Any]]()
    for name in dict.fromkeys(_BRACES.findall(url)):
        described = server.variables.get(name, {})
        default = text(described.get("default"))
        if _is_fixed(described, default):
            url = url.replace(f"{{{name}}}", default.strip("/"))
            continue
        own = argument(name.replace("-", "_"), variables)
        url = url.replace(f"{{{name}}}", f"{{{own}}}")
        env = untaken(environment(api, own), taken | {str(one["env"]) for one in variables.values()})
        variables[own] = _variable(env, default if _PART.match(default) else "", described)
    url = re.sub(r"(?<!:)/{2,}", "/", url).rstrip("/")
    return Based(base_url=url, variables=variables, network=_network(_filled(url, variables)), notes=notes)


def _is_fixed(described: Mapping[str, Any], default: str) -> bool:
    """Whether there is nothing to choose: a whole path, a port with its host, or nothing at all; `<yours>` is a choice."""
    said = described.get("default") is not None
    return said and not _PART.match(default) and _PARTS.match(default) is not None


def _variable(env: str, default: str, described: Mapping[str, Any]) -> dict[str, Any]:
    variable: dict[str, Any] = {"env": env}
    if default:
        variable["default"] = default
    says = line(str(described.get("description") or ""))[:160]
    words = described.get("enum")
    if is_list(words) and 1 < len(words) <= 30:
        says = f"{says} One of: {', '.join(str(word) for word in words)}".strip()
    return {**variable, "description": says} if says else variable


def _filled(url: str, variables: Mapping[str, Mapping[str, Any]]) -> str:
    for name, variable in variables.items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", name)))
    return url


def _network(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    host = host if host.endswith("]") else re.sub(r":[^:\]]*\Z", "", host)
    if _LOOPBACK.match(host):
        return {"allow": ["loopback"]}
    allowed = {"allow": [host.strip("[]")]} if _is_address(host) else {}
    return {**allowed, "plain_http": True} if parts.scheme == "http" else allowed


def _is_address(host: str) -> bool:
    """Whether *host* is an address that is not public: a file has to allow it."""
    try:
        return not ip_address(host.strip("[]")).is_global
    except ValueError:
        return False
