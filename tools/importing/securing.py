"""Who may ask: from security schemes to a reference to a credential.  A value is never written, nor looked for.

The credential that most operations accept is that of the file; an operation that accepts another one, or needs none, says
so by itself, and where that cannot be said it is told of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, TypeAlias

from ..assembling import NO_CREDENTIAL
from ..shapes import is_object
from .description import Description, Operation, Scheme
from .naming import argument, environment, untaken
from .prefixes import prefix_of
from .prose import line

__all__ = ["Own", "Secured", "credentials", "own", "secured"]

Choice: TypeAlias = frozenset[str]

_RANK = {"bearer": 0, "oauth2": 1, "key": 2, "basic": 3, "openid": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """How the tools of one file authenticate, as it is written there; *schemes* are the names of what is sent.

    *hidden* (place and name, in lower case) are parameters that the credential sends, which are no arguments.  *each*: most
    tools need none, so that those which need one say so themselves.
    """

    auth: Mapping[str, Any] | None = None
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    hidden: frozenset[tuple[str, str]] = frozenset()
    schemes: Choice = frozenset()
    each: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """How one tool authenticates: as its file does, or where *auth* is set, so; *note* says what is to be known of it."""

    auth: Mapping[str, Any] | str | None = None
    hidden: frozenset[tuple[str, str]] = frozenset()
    note: str | None = None


def own(operation: Operation, by: Secured, description: Description, api: str) -> Own:
    """Say how *operation* authenticates in a file whose tools authenticate *by* that."""
    fitting = next((choice for choice in operation.security if choice and choice.keys() <= by.schemes), None)
    if fitting is not None:
        return Own(auth=by.auth if by.each else None, hidden=by.hidden, note=_scopes(fitting))
    if _needs_none(operation) and _declares(operation, by):
        return Own(auth=by.auth if by.each else None, hidden=by.hidden)
    if not _needs_none(operation):
        return _another(operation, by, description, api) or _lacking(operation, by)
    if by.headers or by.query:  # keys beside the credential, which all tools send
        return Own(hidden=by.hidden, note="Needs no credential; that of this file is sent all the same.")
    return Own(auth=None if by.auth is None or by.each else NO_CREDENTIAL, hidden=by.hidden)


def _needs_none(operation: Operation) -> bool:
    return not all(operation.security) or not operation.security


def _declares(operation: Operation, by: Secured, sent: frozenset[tuple[str, str]] = frozenset()) -> bool:
    """Whether a parameter that has to be sent is what the credential sends: it is no argument, and lost if nothing is *sent* for it."""
    needed = {(one.place, one.name.lower()) for one in operation.parameters if one.required}
    return not needed.isdisjoint(by.hidden - sent)


def _another(operation: Operation, by: Secured, description: Description, api: str) -> Own | None:
    """The first single credential that *operation* accepts, under a name that is not that of the file's."""
    if by.auth is None or by.headers or by.query:
        return None
    single = [choice for choice in map(frozenset, operation.security) if len(choice) == 1]
    possible = [choice for choice in single if _is_possible(choice, description)]
    whole = [one for one in possible if not _declares(operation, by, _sent(description.schemes[name] for name in one))]
    if not whole:
        return None
    best = min(whole, key=lambda choice: _order(choice, description))
    (scheme,) = (description.schemes[name] for name in best)
    scopes = next(choice for choice in operation.security if frozenset(choice) == best)
    return Own(auth=_auth(scheme, f"{api}_{scheme.name}"), hidden=by.hidden | _sent([scheme]), note=_scopes(scopes))


def _lacking(operation: Operation, by: Secured) -> Own:
    """The credential of the file, where it sends what the operation declares, though that is not all that is needed."""
    needed = " or ".join(" with ".join(sorted(choice)) for choice in operation.security)
    auth = by.auth if by.each and _declares(operation, by) else None
    return Own(auth=auth, hidden=by.hidden, note=f"Needs {line(needed)[:160]}, which this file does not send.")


def _scopes(choice: Mapping[str, Sequence[str]]) -> str | None:
    scopes = sorted({line(scope) for scopes in choice.values() for scope in scopes})
    return f"Needs the scope {', '.join(scopes)[:200]}." if scopes else None


def credentials(description: Description, api: str) -> frozenset[str]:
    """The environment variables under which a credential of *description* may be looked for: no server is named after one."""
    known = [scheme for scheme in description.schemes.values() if scheme.kind in _RANK]
    auths = [_auth(scheme, name) for scheme in known for name in (api, f"{api}_{scheme.name}")]
    keys = [environment(api, scheme.field) for scheme in known if scheme.kind == "key"]
    return frozenset(chain(keys, *map(_looked_for, auths)))


def _looked_for(auth: Mapping[str, Any]) -> Iterable[str]:
    return [str(one["env"]) for one in auth.values() if is_object(one)]


def secured(
    description: Description, operations: Sequence[Operation], api: str, beside: Mapping[str, Mapping[str, Any]]
) -> Secured:
    """Choose the credential that most of *operations* accept; *beside* are the variables that the file has already."""
    choices = [frozenset(choice) for operation in operations for choice in operation.security]
    possible = [choice for choice in dict.fromkeys(choices) if choice and _is_possible(choice, description)]
    if not possible:
        return Secured(notes=tuple(_why_none(choices, description, api)))
    best = min(possible, key=lambda choice: (-_accepted(choice, operations), *_order(choice, description)))
    by = _with(best, description, api, beside)
    alone = sum(map(_needs_none, operations)) > _accepted(best, operations)
    return replace(by, each=alone and not by.headers and not by.query)


def _accepted(choice: Choice, operations: Iterable[Operation]) -> int:
    return sum(any(frozenset(one) <= choice for one in operation.security) for operation in operations)


def _order(choice: Choice, description: Description) -> tuple[int, int, tuple[str, ...]]:
    rank = min(_RANK.get(description.schemes[name].kind, 9) for name in choice)
    return (len(choice), rank, tuple(sorted(choice)))


def _is_possible(choice: Choice, description: Description) -> bool:
    schemes = [description.schemes.get(name) for name in choice]
    known = [scheme for scheme in schemes if scheme is not None and scheme.kind in _RANK]
    keys = [scheme for scheme in known if scheme.kind == "key"]
    named = all(scheme.place is not None and scheme.field for scheme in keys)
    beside = [scheme for scheme in keys if scheme.place in ("header", "query")]
    return len(known) == len(schemes) and named and len(known) - len(beside) <= 1


def _why_none(choices: Sequence[Choice], description: Description, api: str) -> Iterable[str]:
    if any(choices):
        kinds = sorted({line(name)[:60] for choice in choices for name in choice})
        yield f"No credential is sent: a tool file cannot say {', '.join(kinds)}."
    elif not description.schemes:
        yield "The description tells of no credential. If the service wants a token, say for example"
        yield f"auth: {{kind: bearer, token: {{env: {environment(api, 'token')}}}}}"
    else:
        named = ", ".join(f"{line(one.name)[:60]} ({one.kind})" for one in description.schemes.values())
        yield f"The description declares {named[:200]}, and nothing in it asks for a credential."
        single = [frozenset((name,)) for name in description.schemes]
        possible = [choice for choice in single if _is_possible(choice, description)]
        if possible:
            (name,) = min(possible, key=lambda choice: _order(choice, description))
            yield "If the service wants one, say for example"
            yield f"auth: {_flow(_auth(description.schemes[name], api))}"


def _flow(value: object) -> str:
    """A reference to a credential on one line, as YAML has it; the keys and words of one need no quotes but for what a service names."""
    if is_object(value):
        return "{" + ", ".join(f"{name}: {_flow(inner)}" for name, inner in value.items()) + "}"
    said = str(value)
    return said if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", said) else json.dumps(said, ensure_ascii=False)


def _with(choice: Choice, description: Description, api: str, beside: Mapping[str, Mapping[str, Any]]) -> Secured:
    """The first scheme is the credential; further keys are variables of the operator's, beside those that there are."""
    schemes = sorted((description.schemes[name] for name in choice), key=_first)
    head, *keys = schemes
    auth = _auth(head, api)
    known = {*_looked_for(auth), *(str(one["env"]) for one in beside.values())}
    variables: dict[str, Mapping[str, Any]] = {}
    sent: dict[str, dict[str, str]] = {"header": {}, "query": {}}
    for key in keys:
        name = argument(key.field.replace("-", "_").lower(), {**beside, **variables})
        variables[name] = {"env": untaken(environment(api, key.field), known)}  # two keys are two secrets
        known.add(variables[name]["env"])
        sent[key.place or "header"][key.field] = f"{{var.{name}}}"
    return Secured(
        auth=auth,
        variables=variables,
        headers=sent["header"],
        query=sent["query"],
        hidden=_sent(schemes),
        schemes=choice,
        notes=tuple(_whole(auth)),
    )


def _sent(schemes: Iterable[Scheme]) -> frozenset[tuple[str, str]]:
    return frozenset((scheme.place or "header", scheme.field.lower()) for scheme in schemes if scheme.kind == "key")


def _first(scheme: Scheme) -> tuple[bool, str, str]:
    return (scheme.kind == "key" and scheme.place != "cookie", scheme.place or "", scheme.name)


def _auth(scheme: Scheme, api: str) -> dict[str, Any]:
    match scheme.kind:
        case "basic":
            user, password = environment(api, "username"), environment(api, "password")
            return {"kind": "basic", "username": {"env": user}, "password": {"env": password}}
        case "key" if scheme.place == "cookie":
            value = {"env": environment(api, scheme.field)}
            return {"kind": "api_key", "in": "header", "name": "Cookie", "prefix": f"{scheme.field}=", "value": value}
        case "key":
            value = {"env": environment(api, "key")}
            before = prefix_of(scheme.description) if _is_authorization(scheme) else None
            prefix = {} if before is None else {"prefix": before}
            return {"kind": "api_key", "in": scheme.place, "name": scheme.field, **prefix, "value": value}
        case "oauth2" if scheme.flow in ("clientCredentials", "application") and _is_secure(scheme.token_url):
            return {
                "kind": "oauth2_client_credentials",
                "token_url": scheme.token_url,
                "client_id": {"env": environment(api, "client_id")},
                "client_secret": {"env": environment(api, "client_secret")},
                **({"scope": " ".join(scheme.scopes)} if scheme.scopes else {}),
            }
        case _:
            return {"kind": "bearer", "token": {"env": environment(api, "token")}}


def _is_authorization(scheme: Scheme) -> bool:
    return scheme.kind == "key" and scheme.place == "header" and scheme.field.lower() == "authorization"


def _whole(auth: Mapping[str, Any]) -> Iterable[str]:
    """Say what a key in `Authorization` has to hold, where nothing tells what stands before it."""
    if auth["kind"] == "api_key" and auth["name"].lower() == "authorization" and "prefix" not in auth:
        yield f"{auth['value']['env']} holds all of Authorization, with the word before the key if there is one, such as Bearer."


def _is_secure(url: str | None) -> bool:
    return url is not None and url.startswith("https://") and "{" not in url
