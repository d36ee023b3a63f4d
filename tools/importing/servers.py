"""Where an API is: base URLs with their variables, of Swagger 2.0 (`host`, `basePath`, `schemes`) and of OpenAPI 3.x.

Nothing is reached here.
"""

from __future__ import annotations

from .description import Server
from .reference import Site
from .tolerant import members, text, words

__all__ = ["host", "servers"]


def servers(site: Site) -> tuple[Server, ...]:
    """Read the `servers` at *site*, without those that have no URL."""
    return tuple(_server(one) for one in site.elements() if text(one.at("url").value))


def _server(site: Site) -> Server:
    return Server(
        url=text(site.at("url").value),
        description=text(site.at("description").value),
        variables={
            name: {
                key: one for key, one in members(variable.value).items() if key in ("default", "enum", "description")
            }
            for name, variable in site.at("variables").each()
        },
    )


def host(root: Site, schemes: Site) -> tuple[Server, ...]:
    """Read where a document of Swagger 2.0 says that its API is, by each of the *schemes*, those that are safe first."""
    name, path = text(root.at("host").value), "/" + text(root.at("basePath").value).strip("/")
    path = "" if path == "/" else path
    if not name:
        return (Server(url=path),) if path else ()
    if schemes.value is None:  # by which the description was read
        return (Server(url=f"//{name}{path}"),)
    said = [scheme.lower() for scheme in words(schemes.value) if scheme.lower() in ("http", "https")] or ["https"]
    return tuple(Server(url=f"{scheme}://{name}{path}") for scheme in sorted(set(said), reverse=True))
