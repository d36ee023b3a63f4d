"""Binding: from a contract and a caller's arguments to the requests of one call.

Arguments fill places that the file names and no others: never a scheme, a host, a path separator, a header's name or the
framing.  What does not fit is a finding; nothing is sent.  No I/O: the environment is a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..schemas.completeness import Completeness
from ..schemas.condition import Condition
from ..schemas.contract import Contract
from ..schemas.location import Location
from ..schemas.operation import Confirm, Idempotency, Operation, Probe
from ..schemas.provider import Provider
from ..schemas.verdict import Finding
from ..schemas.walk import Scroll, Step, WalkKind
from ..schemas.wire import Json, Keyed, State
from ..validators.arguments import misfit
from ..validators.reading import Found, equal, integer
from ..validators.shape import compiled
from .draft import Draft, lay, without
from .filling import Unbindable, body_of, content_of, cookies_of, headers_of, query_of, styles_of, taken
from .shapes import members
from .styles import plain
from .supposing import expected, supposed
from .template import Missing, Scope, Unfit, fill, fill_url
from .witnessing import Bound

__all__ = ["bind", "with_defaults"]

_SAFE = frozenset({"GET", "HEAD", "QUERY"})
_IDEMPOTENT = frozenset({"PUT", "DELETE"})  # RFC 9110, 9.2.2


def bind(
    contract: Contract, arguments: Mapping[str, Json], *, environment: Mapping[str, str], key: str
) -> Bound | Finding:
    """Bind *contract* to *arguments*; *key* is the idempotency key of this call."""
    given = _given(contract, arguments)
    if (finding := misfit(contract.input, given)) is not None:
        return finding
    try:
        every, variables = with_defaults(contract, given), _variables(contract, environment)
        scope = Scope(input=every, variables=variables, given=_meant(contract, given))
        return _bound(contract, scope, key)
    except Unbindable as unbindable:
        return unbindable.finding


def _given(contract: Contract, arguments: Mapping[str, Json]) -> Mapping[str, Json]:
    """The arguments that were meant: some clients send null for each optional one that the model left out."""
    properties: Mapping[str, Any] = contract.input.get("properties", {})
    required: Sequence[str] = contract.input.get("required", ())
    nulls = {name for name, value in arguments.items() if value is None and name in properties and name not in required}
    left_out = {name for name in nulls if not compiled(properties[name]).is_valid(None)}
    return {name: value for name, value in arguments.items() if name not in left_out} if left_out else arguments


def _meant(contract: Contract, given: Mapping[str, Json]) -> frozenset[str]:
    """Name the arguments that say something: some clients send the default, or null, for each that the model left out."""
    properties: Mapping[str, Any] = contract.input.get("properties", {})
    required: Sequence[str] = contract.input.get("required", ())
    said = {name: members(properties.get(name)) for name in given}
    defaults = {name for name in given if "default" in said[name] and equal(given[name], said[name]["default"])}
    nulls = {name for name, value in given.items() if value is None and name not in required}
    return frozenset(given) - defaults - nulls


def with_defaults(contract: Contract, arguments: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return *arguments*, and the input schema's defaults for those that were not given."""
    properties: Mapping[str, Any] = contract.input.get("properties", {})
    defaults = {name: schema["default"] for name, schema in properties.items() if "default" in schema}
    return {**defaults, **arguments}


def _variables(contract: Contract, environment: Mapping[str, str]) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for name, variable in contract.provider.variables.items():
        value = environment.get(variable.env, variable.default) if variable.env else variable.default
        if not value:
            message = f"the variable `{name}` is not set" + (
                f": set {variable.env} in the environment" if variable.env else ""
            )
            raise Unbindable(Finding(code="not_configured", message=message, where=f"api.variables.{name}"))
        values[name] = value
    return values


def _bound(contract: Contract, scope: Scope, key: str) -> Bound:
    names = frozenset(contract.input.get("properties", {}))
    scope = replace(scope, names=names)
    provider = _provider(contract, scope)
    draft = _draft(contract, scope, key)
    census, confirm = contract.complete.census, contract.confirm
    return Bound(
        contract=_with(_conditioned(contract, scope), _walk(contract, scope), provider),
        draft=draft,
        count=_count(contract, scope),
        census=None if census is None else _probe(contract, scope, draft, census.request),
        confirm=None if confirm is None else _confirming(contract, scope, draft, confirm),
    )


def _with(contract: Contract, walk: WalkKind, provider: Provider) -> Contract:
    same = walk is contract.walk and provider is contract.provider
    return contract if same else replace(contract, walk=walk, provider=provider)


def _conditioned(contract: Contract, scope: Scope) -> Contract:
    """The contract with what the caller said in its conditions, and without those that need what was not said."""
    response = expected(contract.response, scope)
    if isinstance(response, Unfit):
        raise Unbindable(Finding(code="invalid_arguments", message=response.says, where=f"arguments:/{response.name}"))
    complete = _complete(contract.complete, scope)
    confirm = None if contract.confirm is None else _supposing(contract.confirm, scope)
    same = response is contract.response and complete is contract.complete and confirm is contract.confirm
    return contract if same else replace(contract, response=response, complete=complete, confirm=confirm)


def _supposing(confirm: Confirm, scope: Scope) -> Confirm:
    """The conditions that settle a write, filled; none may be left out, or less than was written would settle it."""
    applied = tuple(_needed(supposed(condition, scope)) for condition in confirm.applied)
    not_applied = tuple(_needed(supposed(condition, scope)) for condition in confirm.not_applied)
    same = (applied, not_applied) == (confirm.applied, confirm.not_applied)
    return confirm if same else replace(confirm, applied=applied, not_applied=not_applied)


def _needed(condition: Condition | Missing | Unfit) -> Condition:
    if isinstance(condition, Unfit):
        raise Unbindable(
            Finding(code="invalid_arguments", message=condition.says, where=f"arguments:/{condition.name}")
        )
    if isinstance(condition, Missing):
        message = "an argument that settles whether the write took effect is not given"
        raise Unbindable(Finding(code="invalid_arguments", message=message, where="confirm"))
    return condition


def _complete(complete: Completeness, scope: Scope) -> Completeness:
    if complete.lsn is None or isinstance(complete.lsn.gte, int):
        return complete
    filled = taken(fill(complete.lsn.gte, scope, "query"))
    if isinstance(filled, Missing):  # nothing was written that must be seen
        return replace(complete, lsn=None)
    number = integer(Found(State.VALUE, filled))
    if number is None:
        message = "the sequence number to be seen is not a whole number"
        raise Unbindable(Finding(code="invalid_arguments", message=message, where="complete.lsn.gte"))
    return replace(complete, lsn=replace(complete.lsn, gte=number))


def _provider(contract: Contract, scope: Scope) -> Provider:
    """The provider with the operator's variables in its base URL: credentials are bound to the origin that comes of it."""
    filled = fill_url(contract.provider.base_url, Scope(input={}, variables=scope.variables))
    if not isinstance(filled, str):
        message = "a variable of the base URL is not a host name or a part of one"
        raise Unbindable(Finding(code="not_configured", message=message, where="api.base_url"))
    return contract.provider if filled == contract.provider.base_url else replace(contract.provider, base_url=filled)


def _url(contract: Contract, scope: Scope, template: str) -> str:
    absolute = template if "://" in template else contract.provider.base_url.rstrip("/") + "/" + template.lstrip("/")
    filled = taken(fill_url(absolute, scope, styles_of(contract.request, "path")))
    if not isinstance(filled, str):
        raise Unbindable(Finding(code="invalid_arguments", message="an argument that the URL needs is not given"))
    return filled


def _draft(contract: Contract, scope: Scope, key: str) -> Draft:
    operation = contract.request
    keyed = None if operation.idempotency is None else _key(operation.idempotency, scope, key)
    strict = tuple((target, body_of(scope, value)) for target, value in operation.strict.items())
    body = None if operation.body is None else taken(fill(operation.body, scope, "body"))
    headers = headers_of(scope, operation.headers, styles_of(operation, "header"))
    return Draft(
        method=operation.method,
        url=_url(contract, scope, operation.url),
        query=query_of(scope, operation.query, styles_of(operation, "query")),
        headers=(*headers, *cookies_of(operation, scope), *(() if keyed is None else (keyed[0],))),
        body=None if isinstance(body, Missing) else body,
        has_body=operation.body is not None and not isinstance(body, Missing),
        form=None if operation.form is None else query_of(scope, operation.form, styles_of(operation, "form"), "form"),
        raw=content_of(operation, scope),
        plain={name: plain(style) for name, style in styles_of(operation, "query").items()},
        strict=strict,
        resend=_resend(contract, operation),
        media=contract.response.media,
        framing=contract.response.framing,
        integrity=contract.response.integrity,
        keyed=None if keyed is None else keyed[1],
    )


def _key(idempotency: Idempotency, scope: Scope, fresh: str) -> tuple[tuple[str, str], Keyed]:
    """The header with the key: the caller's own where the file asks for one and it is given, or else the *fresh* one."""
    name = idempotency.header.lower()
    own = headers_of(scope, {name: idempotency.key}) if idempotency.key is not None else ()
    if not own:
        return (name, fresh), "ours"
    if not own[0][1].strip():
        message = "the key that makes this write one operation is empty"
        raise Unbindable(Finding(code="invalid_arguments", message=message, where=f"header:{name}"))
    return own[0], "callers"


def _confirming(contract: Contract, scope: Scope, draft: Draft, confirm: Confirm) -> Draft:
    """The read that settles a write; the key is the write's, and so is what travels in its body."""
    read = _probe(
        contract, scope, draft, Probe(method="GET", url=confirm.url, query=confirm.query, headers=confirm.headers)
    )
    idempotency = contract.request.idempotency
    headers = read.headers if idempotency is None else without(read.headers, idempotency.header.lower())
    strict = tuple((target, value) for target, value in read.strict if target.source != "body")
    return replace(read, headers=headers, strict=strict, resend=True, keyed=None)


def _resend(contract: Contract, operation: Operation) -> bool:
    """Whether a request may be sent again although the service may have acted on it."""
    harmless = contract.effects == "read" or operation.method in _SAFE | _IDEMPOTENT
    return harmless or operation.idempotency is not None


def _probe(contract: Contract, scope: Scope, draft: Draft, probe: Probe) -> Draft:
    changed = replace(draft, method=probe.method or draft.method)
    if probe.url is not None:
        changed = replace(changed, url=_url(contract, scope, probe.url), query=())
    for name, value in probe.query.items():
        filled = taken(fill(value, scope, "query"))
        laid = filled if not isinstance(filled, Missing) else None
        changed = (
            replace(changed, query=without(changed.query, name))
            if laid is None
            else lay(changed, Location("query", name), laid)
        )
    headers = headers_of(scope, probe.headers)
    replaced = {name for name, _ in headers}
    changed = replace(changed, headers=(*(pair for pair in changed.headers if pair[0] not in replaced), *headers))
    if probe.body is not None:
        changed = replace(changed, body=body_of(scope, probe.body), has_body=True, form=None, raw=None)
    elif changed.method in ("GET", "HEAD"):
        changed = replace(changed, body=None, has_body=False, form=None, raw=None)
    return changed


def _walk(contract: Contract, scope: Scope) -> WalkKind:
    """Bind the requests that the walk itself makes."""
    walk = contract.walk
    if walk.pin is not None:
        pin = replace(
            walk.pin, open=_step(contract, scope, walk.pin.open), close=_maybe(contract, scope, walk.pin.close)
        )
        walk = replace(walk, pin=pin)
    if isinstance(walk, Scroll):
        walk = replace(walk, step=_step(contract, scope, walk.step), close=_maybe(contract, scope, walk.close))
    return walk


def _maybe(contract: Contract, scope: Scope, step: Step | None) -> Step | None:
    return None if step is None else _step(contract, scope, step)


def _step(contract: Contract, scope: Scope, step: Step) -> Step:
    return replace(
        step,
        url=_url(contract, scope, step.url),
        query=dict(query_of(scope, step.query)),
        headers=dict(headers_of(scope, step.headers)),
        body=body_of(scope, step.body),
    )


def _count(contract: Contract, scope: Scope) -> int | None:
    bound = contract.claim.bound
    if bound is None:
        return 1 if contract.claim.kind == "one" else None
    value = taken(fill(bound, scope, "query"))
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    message = f"`{contract.claim.kind}` needs a whole number of at least 1"
    raise Unbindable(Finding(code="invalid_arguments", message=message, where="claim"))
