"""Rules over what requests are: headers, bodies, and whether they may be sent twice.

Plain functions over a contract, gathered in RULES.  No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from ..schemas.contract import Contract
from ..schemas.location import Location
from ..schemas.operation import Style
from ..schemas.secret import ApiKey
from ..schemas.walk import Scroll
from .check_templates import sent
from .mistake import Mistake, Way, meant
from .template import Reference, references

__all__ = ["RULES"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]

_FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"}
    | {"proxy-connection", "proxy-authorization", "accept-encoding", "range"}
)
_CREDENTIALS = frozenset({"authorization", "cookie"})
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, 5.6.2: token


def headers_are_the_authors(contract: Contract) -> Iterator[Mistake]:
    """No template touches the framing, and no argument a credential."""
    for way, request in sent(contract):
        for name, value in request.headers.items():
            yield from _header(name, value, (*way, "headers", name))
    idempotency = contract.request.idempotency
    if idempotency is not None:
        yield from _header(idempotency.header, idempotency.key, ("request", "idempotency", "header"))
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
    """A request has JSON, a form, a form with files or another content, and GET has none of them."""
    request = contract.request
    there = [name for name in ("body", "form", "multipart", "raw") if getattr(request, name) is not None]
    if len(there) > 1:
        yield Mistake(("request", there[1]), f"expected `{there[0]}` or `{there[1]}`, found both")
    if request.method in ("GET", "HEAD"):
        for name in there[:1]:
            yield Mistake(
                ("request", name), f"expected no content with {request.method}, found `{name}`", "write `method: POST`?"
            )
        for way, target in _targets(contract):
            if target.source == "body":
                message = (
                    f"expected a query parameter or a header, because {request.method} has no body, found `{target}`"
                )
                yield Mistake(way, message, "write `method: POST`?")


def what_is_no_json_is_left_whole(contract: Contract) -> Iterator[Mistake]:
    """A file or a form with files has no place for a cursor: what is laid into a body would stand instead of it."""
    request = contract.request
    there = next((name for name in ("multipart", "raw") if getattr(request, name) is not None), None)
    for way, target in _targets(contract) if there else ():
        if target.source == "body":
            message = f"expected a query parameter or a header, because `{there}` has no members, found `{target}`"
            yield Mistake(way, message)


def _targets(contract: Contract) -> Iterator[tuple[Way, Location]]:
    """Every place that is written to in the tool's own request."""
    walk, outcome = contract.walk, contract.complete.outcome
    send = getattr(walk, "send", None)
    if isinstance(send, Location) and not isinstance(walk, Scroll):
        yield ("walk", "send"), send
    if walk.page_size is not None:
        yield ("walk", "page_size", "send"), walk.page_size.send
    if walk.pin is not None:
        yield ("walk", "pin", "send"), walk.pin.send
    for target in contract.request.strict:
        yield ("request", "strict", str(target)), target
    if outcome is not None and outcome.limit is not None:
        yield ("complete", "outcome", "limit", "send"), outcome.limit.send


_STYLED: Mapping[str, frozenset[Style]] = {
    "path": frozenset(
        {"comma", "comma_exploded", "json", "segments", "label", "label_exploded", "matrix", "matrix_exploded"}
    ),
    "query": frozenset({"comma", "comma_exploded", "space", "pipe", "deep_object", "json", "reserved"}),
    "form": frozenset({"comma", "comma_exploded", "space", "pipe", "deep_object", "json"}),
    "header": frozenset({"comma", "comma_exploded", "json"}),
    "cookie": frozenset({"comma", "comma_exploded", "json"}),
}


def styles_are_of_something(contract: Contract) -> Iterator[Mistake]:
    """A style that no parameter has would do nothing, and not every place has every style."""
    request = contract.request
    known: Mapping[str, list[str]] = {
        "path": [reference.name for reference in references(request.url, "url")],
        "query": list(request.query),
        "form": list(request.form or ()),
        "header": [name.lower() for name in request.headers],
        "cookie": list(request.cookies),
    }
    for where, style in request.styles.items():
        place, _, name = where.partition(":")
        way: Way = ("request", "styles", where)
        if (name.lower() if place == "header" else name) not in known[place]:
            yield Mistake(way, f"expected a parameter that the request has, found `{where}`", meant(name, known[place]))
        elif style not in _STYLED[place]:
            yield Mistake(
                way,
                f"expected a style that a {place} parameter has ({', '.join(sorted(_STYLED[place]))}), found `{style}`",
            )


def cookies_have_names(contract: Contract) -> Iterator[Mistake]:
    """A cookie's name is a token (RFC 6265, 4.1.1), and beside a header `Cookie` there are none."""
    request = contract.request
    for name in request.cookies:
        if not _FIELD.match(name):
            yield Mistake(
                ("request", "cookies", name), f"expected the name of a cookie (RFC 6265, 4.1.1), found `{name}`"
            )
    auth = contract.provider.auth
    written = any(name.lower() == "cookie" for name in request.headers)
    if request.cookies and (written or (isinstance(auth, ApiKey) and auth.name.lower() == "cookie")):
        yield Mistake(("request", "cookies"), "expected cookies or a header `Cookie`, found both")


def effects_fit_the_method(contract: Contract) -> Iterator[Mistake]:
    """Hosts show a tool that only reads as harmless, so one that deletes must not pass for it."""
    method = contract.request.method
    if contract.effects == "read" and method in ("PUT", "PATCH", "DELETE"):
        yield Mistake(("effects",), f"expected `effects: write` for {method}, found `read`")


def writes_can_be_repeated(contract: Contract) -> Iterator[Mistake]:
    """A write that is neither idempotent nor keyed is never sent twice, so a lost answer stays lost."""
    request = contract.request
    repeatable = request.idempotency is not None or contract.confirm is not None
    if contract.effects == "write" and request.method in ("POST", "PATCH") and not repeatable:
        message = f"expected `idempotency` for a {request.method} that writes, found none: an answer that is lost is `outcome_unknown`"
        yield Mistake(
            ("request",),
            message,
            "write `idempotency: {header: Idempotency-Key}` if the service knows such a key, or `confirm` with a read that settles it",
            "warning",
        )


def only_a_write_is_confirmed(contract: Contract) -> Iterator[Mistake]:
    """The read that settles a write takes the place of its one answer."""
    confirm = contract.confirm
    if confirm is None:
        return
    if contract.effects == "read":
        yield Mistake(
            ("confirm",), "expected `effects: write` with `confirm`, found `read`: a read is simply asked again"
        )
    elif contract.claim.kind != "one":
        yield Mistake(("confirm",), f"expected `claim: one` with `confirm`, found `{contract.claim}`")
    if not confirm.applied:
        message = "expected at least one condition, found none: every answer would say that the write took effect"
        yield Mistake(("confirm", "applied"), message)


def what_settles_a_write_has_the_time(contract: Contract) -> Iterator[Mistake]:
    """That a write did not take effect is believed when its effect has had the time to show, and not before."""
    confirm, deadline = contract.confirm, contract.policy.deadline
    if confirm is None or not confirm.not_applied:
        return
    if confirm.settles >= deadline:
        message = f"expected less than `policy.deadline` ({deadline:g} s), found {confirm.settles:g} s: `not_applied` could never be known"
        yield Mistake(("confirm", "settles"), message, "give the call more time with `policy.deadline`")
    elif confirm.settles > deadline / 2:
        message = f"expected at most half of `policy.deadline` ({deadline:g} s), found {confirm.settles:g} s: after a request that takes long, `not_applied` cannot be known"
        yield Mistake(("confirm", "settles"), message, "give the call more time with `policy.deadline`", "warning")


RULES: tuple[Rule, ...] = (
    headers_are_the_authors,
    there_is_one_body,
    what_is_no_json_is_left_whole,
    styles_are_of_something,
    cookies_have_names,
    effects_fit_the_method,
    writes_can_be_repeated,
    only_a_write_is_confirmed,
    what_settles_a_write_has_the_time,
)
