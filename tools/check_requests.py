"""Rules over what a contract sends: every argument has its place, and none has another.

Plain functions over a contract, gathered in RULES.  No I/O; an address is judged only where it stands in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from ..schemas.contract import Contract, Operation, Probe
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.walk import Scroll, Step
from .egress import Destination, admit, destination
from .mistake import Mistake, Way, meant
from .shapes import is_list, is_object, members
from .template import Place, Reference, references

__all__ = ["RULES", "arguments"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]
Template: TypeAlias = tuple[Way, str, Place]

_FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"}
    | {"proxy-connection", "proxy-authorization", "accept-encoding", "range"}
)
_CREDENTIALS = frozenset({"authorization", "cookie"})
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, 5.6.2: token


# ---------------------------------------------------------------------------------------------- templates


def _sent(contract: Contract) -> Iterator[tuple[Way, Operation | Probe | Step]]:
    """Every request that a contract can make, and where it is written."""
    yield ("request",), contract.request
    if contract.complete.census is not None:
        yield ("complete", "census", "request"), contract.complete.census.request
    walk = contract.walk
    if walk.pin is not None:
        yield ("walk", "pin", "open"), walk.pin.open
        if walk.pin.close is not None:
            yield ("walk", "pin", "close"), walk.pin.close
    if isinstance(walk, Scroll):
        yield ("walk", "step"), walk.step
        if walk.close is not None:
            yield ("walk", "close"), walk.close


def _templates(contract: Contract) -> Iterator[Template]:
    if isinstance(contract.claim.bound, str):
        yield ("claim", contract.claim.kind), contract.claim.bound, "query"
    for way, request in _sent(contract):
        if request.url is not None:
            yield (*way, "url"), request.url, "url"
        for name in ("query", "headers", "form"):
            yield from _strings(getattr(request, name, None), (*way, name), "query")
        yield from _strings(request.body, (*way, "body"), "body")
    for target, value in contract.request.strict.items():
        yield from _strings(value, ("request", "strict", str(target)), "body")


def _strings(value: object, way: Way, place: Place) -> Iterator[Template]:
    match value:
        case str():
            yield way, value, place
        case Mapping():
            for name, member in cast("Mapping[str, object]", value).items():
                yield from _strings(member, (*way, name), place)
        case list() | tuple():
            for index, element in enumerate(cast("list[object]", value)):
                yield from _strings(element, (*way, index), place)
        case _:
            return


def _used(contract: Contract) -> Iterator[tuple[Way, Place, Reference]]:
    for way, template, place in _templates(contract):
        for reference in references(template, place):
            yield way, place, reference


def arguments(contract: Contract) -> Mapping[str, Any]:
    """Return the properties of the input schema."""
    return members(contract.input.get("properties"))


# -------------------------------------------------------------------------------------------------- rules


def every_reference_has_a_meaning(contract: Contract) -> Iterator[Mistake]:
    """What stands in braces is an argument or a variable; in a query or a body a stray brace may be meant as text."""
    inputs, variables = arguments(contract), contract.provider.variables
    for way, place, reference in _used(contract):
        known = {"input": [*inputs], "var": [*variables], "bare": [*inputs, *variables]}[reference.kind]
        if reference.name in known:
            continue
        hint = meant(reference.name, known)
        if reference.kind == "bare" and place != "url" and not hint:
            continue
        what = {"input": "an argument of `input`", "var": "a variable of `api.variables`"}
        expected = what.get(reference.kind, "an argument of `input` or a variable of `api.variables`")
        yield Mistake(way, f"expected {expected}, found `{reference.source}`", hint)


def references_are_in_quotes(contract: Contract) -> Iterator[Mistake]:
    """YAML reads `{input.q}` without quotes as an object with one empty member."""
    for way, request in _sent(contract):
        for name in ("query", "form", "body"):
            yield from _unquoted(getattr(request, name, None), (*way, name))
    for target, value in contract.request.strict.items():
        yield from _unquoted(value, ("request", "strict", str(target)))


def _unquoted(value: object, way: Way) -> Iterator[Mistake]:
    for name, member in members(value).items():
        if member is None and re.match(r"(?:input|var)\.\w", name):
            yield Mistake(way, "expected a text, found an object", f'write it in quotes: "{{{name}}}"')
        else:
            yield from _unquoted(member, (*way, name))
    for index, element in enumerate(value if is_list(value) else ()):
        yield from _unquoted(element, (*way, index))


def parameters_are_flat(contract: Contract) -> Iterator[Mistake]:
    """A query and a form have texts, numbers and lists of them; there is no one way to write an object."""
    for way, request in _sent(contract):
        for part in ("query", "form"):
            for name, value in members(getattr(request, part, None)).items():
                if is_object(value) and None not in value.values():
                    message = f"expected a text, a number or a list for `{name}`, found an object"
                    yield Mistake(
                        (*way, part, name), message, "name its parts as the API writes them, such as `filter[state]`"
                    )


def every_argument_is_used(contract: Contract) -> Iterator[Mistake]:
    """An argument that no template uses would silently do nothing."""
    used = {reference.name for _, _, reference in _used(contract) if reference.kind != "var"}
    for name in arguments(contract):
        if name not in used:
            advice = f'send it, for example `request: {{query: {{{name}: "{{input.{name}}}"}}}}`'
            yield Mistake(
                ("input", "properties", name), f"expected a use of `{name}`, found none: it would do nothing", advice
            )


def arguments_of_a_url_are_always_there(contract: Contract) -> Iterator[Mistake]:
    """A path cannot leave an argument out."""
    properties, required = arguments(contract), contract.input.get("required", ())
    for way, place, reference in _used(contract):
        given = reference.name in required or "default" in members(properties.get(reference.name))
        needed = place == "url" or way[0] == "claim"
        if needed and reference.kind != "var" and reference.name in properties and not given:
            yield Mistake(
                way,
                f"expected `{reference.name}` under `input.required`, or with a default, found neither",
                "a URL and a bound cannot do without",
            )


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
    for way, request in _sent(contract):
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


def headers_are_the_authors(contract: Contract) -> Iterator[Mistake]:
    """No template touches the framing, and no argument a credential."""
    for way, request in _sent(contract):
        for name, value in request.headers.items():
            yield from _header(name, value, (*way, "headers", name))
    for target, value in contract.request.strict.items():
        if target.source == "header":
            yield from _header(target.path, value, ("request", "strict", str(target)))


def _header(name: str, value: object, way: Way) -> Iterator[Mistake]:
    if not _FIELD.match(name):
        yield Mistake(way, f"expected a header's name (RFC 9110, 5.6.2), found `{name}`")
    elif name.lower() in _FRAMING:
        yield Mistake(way, f"expected another header, found `{name}`, which the transport alone writes")
    elif name.lower() in _CREDENTIALS and isinstance(value, str) and any(_from_caller(value)):
        yield Mistake(
            way, f"expected no argument in `{name}`, found one: credentials are the operator's", "see `api.auth`"
        )
    if isinstance(value, str) and re.search(r"[\x00-\x1f\x7f]", value):
        yield Mistake(way, f"expected one line for `{name}`, found a control character")


def _from_caller(template: str) -> Iterator[Reference]:
    return (reference for reference in references(template, "query") if reference.kind == "input")


def there_is_one_body(contract: Contract) -> Iterator[Mistake]:
    """A request has JSON or a form, and GET has neither."""
    request = contract.request
    if request.body is not None and request.form is not None:
        yield Mistake(("request", "form"), "expected `body` or `form`, found both")
    if request.method in ("GET", "HEAD"):
        if request.body is not None or request.form is not None:
            name = "body" if request.body is not None else "form"
            yield Mistake(
                ("request", name), f"expected no content with {request.method}, found `{name}`", "write `method: POST`?"
            )
        for way, target in _targets(contract):
            if target.source == "body":
                message = (
                    f"expected a query parameter or a header, because {request.method} has no body, found `{target}`"
                )
                yield Mistake(way, message, "write `method: POST`?")


def _targets(contract: Contract) -> Iterator[tuple[Way, Location]]:
    """Every place that the walk writes to in the tool's own request."""
    walk = contract.walk
    send = getattr(walk, "send", None)
    if isinstance(send, Location) and not isinstance(walk, Scroll):
        yield ("walk", "send"), send
    if walk.page_size is not None:
        yield ("walk", "page_size", "send"), walk.page_size.send
    if walk.pin is not None:
        yield ("walk", "pin", "send"), walk.pin.send
    for target in contract.request.strict:
        yield ("request", "strict", str(target)), target


def effects_fit_the_method(contract: Contract) -> Iterator[Mistake]:
    """Hosts show a tool that only reads as harmless, so one that deletes must not pass for it."""
    method = contract.request.method
    if contract.effects == "read" and method in ("PUT", "PATCH", "DELETE"):
        yield Mistake(("effects",), f"expected `effects: write` for {method}, found `read`")


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


def writes_can_be_repeated(contract: Contract) -> Iterator[Mistake]:
    """A write that is neither idempotent nor keyed is never sent twice, so a lost answer stays lost."""
    request = contract.request
    if contract.effects == "write" and request.method in ("POST", "PATCH") and request.idempotency is None:
        message = f"expected `idempotency` for a {request.method} that writes, found none: an answer that is lost is `outcome_unknown`"
        yield Mistake(
            ("request",),
            message,
            "write `idempotency: {header: Idempotency-Key}` if the service knows such a key",
            "warning",
        )


RULES: tuple[Rule, ...] = (
    every_reference_has_a_meaning,
    references_are_in_quotes,
    parameters_are_flat,
    every_argument_is_used,
    arguments_of_a_url_are_always_there,
    the_base_url_leads_somewhere,
    urls_stay_at_home,
    headers_are_the_authors,
    there_is_one_body,
    effects_fit_the_method,
    credentials_go_somewhere,
    writes_can_be_repeated,
)
