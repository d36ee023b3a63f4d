"""Rules over where requests go: a base URL that leads somewhere, URLs that stay at home, credentials that are not in the clear.

Plain functions over a contract, gathered in RULES.  Nothing is resolved: an address is judged only where it stands in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from .check_templates import sent
from .egress import Destination, admit, destination
from .mistake import Mistake, meant
from .template import references

__all__ = ["RULES"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]


def the_base_url_leads_somewhere(contract: Contract) -> Iterator[Mistake]:
    """Scheme and host are the operator's: no argument, no credentials, nothing behind the path."""
    base, variables = contract.provider.base_url, contract.provider.variables
    for reference in references(base, "url"):
        if reference.kind == "input" or reference.name not in variables:
            known = meant(reference.name, variables)
            message = f"expected only variables of `api.variables` in the base URL, found `{reference.source}`"
            yield Mistake(("provider", "base_url"), message, known)
    found = _destination(contract, base)
    if isinstance(found, Finding) or "?" in base or "#" in base:
        says = found.message if isinstance(found, Finding) else "It holds a query or a fragment."
        message = f"expected a URL such as https://api.example.com/v1, found another: {says}"
        yield Mistake(("provider", "base_url"), message)
    else:
        yield from _reachable(contract, found)
    for name, variable in variables.items():
        if variable.env is None and variable.default is None:
            yield Mistake(("provider", "variables", name), "expected `env` or `default`, found neither")


def _destination(contract: Contract, url: str) -> Destination | Finding:
    """Read *url* with something in the place of each variable: its default, a word, or a number."""
    found: Destination | Finding = Finding(code="invalid_url", message="It is empty.")
    for filling in ("x", "1"):
        filled = url
        for reference in references(url, "url"):
            variable = contract.provider.variables.get(reference.name)
            filled = filled.replace(reference.source, (variable and variable.default) or filling)
        found = destination(filled)
        if isinstance(found, Destination):
            return found
    return found


def _reachable(contract: Contract, to: Destination) -> Iterator[Mistake]:
    """What is certain before anything is resolved: a literal address, and the scheme."""
    network = contract.provider.network
    local = to.host == "localhost" or to.host.endswith(".localhost")
    known = "127.0.0.1" if local else str(to.address) if to.address is not None else None
    if known is not None:
        found = admit(to, [known], network)
        if isinstance(found, Finding):
            yield Mistake(
                ("provider", "base_url"),
                f"expected an address that `network` allows: {found.message}",
                _allow(to, known),
            )
    elif to.scheme != "https" and not network.plain_http and "{" not in contract.provider.base_url:
        message = "expected https, found http"
        yield Mistake(("provider", "base_url"), message, "or write `network: {plain_http: true}`")
    ranges = admit(to, ["1.1.1.1"], network)
    if isinstance(ranges, Finding) and ranges.code == "definition_error":
        yield Mistake(
            ("provider", "network", "allow"),
            "expected loopback, private or ranges such as 10.1.0.0/16, found another word",
        )


def _allow(to: Destination, known: str) -> str:
    if known.startswith("127.") or known == "::1":
        return "write `network: {allow: [loopback]}`"
    return f"write `network: {{allow: [{known}]{', plain_http: true' if to.scheme == 'http' else ''}}}`"


def urls_stay_at_home(contract: Contract) -> Iterator[Mistake]:
    """A URL is relative to the base URL, or absolute within its origin; what goes behind `?` goes under `query`."""
    base = contract.provider.base_url
    for way, request in sent(contract):
        url = request.url
        if url is None:
            continue
        if not url:
            yield Mistake((*way, "url"), "expected a path such as /tickets, found an empty text")
        path, mark, query = url.partition("?")
        if "://" in url and _front(url) != _front(base):
            yield Mistake(
                (*way, "url"), "expected a path, or a URL within the origin of `api.base_url`, found another origin"
            )
        if url.startswith("//") or re.search(r"[\s\\#]", url) or set(path.split("/")) & {".", ".."}:
            yield Mistake(
                (*way, "url"), "expected a path without blanks, backslashes, fragments and dot segments, found one"
            )
        if mark and any(references(query, "url")):
            yield Mistake((*way, "url"), "expected arguments behind `?` under `query`, found one in the URL")


def _front(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}".lower()


def credentials_go_somewhere(contract: Contract) -> Iterator[Mistake]:
    """The URLs that a credential is sent to are URLs, and not in the clear."""
    auth, network = contract.provider.auth, contract.provider.network
    for name in ("origin", "token_url"):
        url = getattr(auth, name, None)
        if url is None:
            continue
        found = _destination(contract, url)
        local = isinstance(found, Destination) and (found.host == "localhost" or found.host.startswith("127."))
        if isinstance(found, Finding):
            yield Mistake(("provider", "auth", name), f"expected a URL, found another text: {found.message}")
        elif found.scheme != "https" and not network.plain_http and not local:
            yield Mistake(("provider", "auth", name), "expected https, found http")


RULES: tuple[Rule, ...] = (the_base_url_leads_somewhere, urls_stay_at_home, credentials_go_somewhere)
