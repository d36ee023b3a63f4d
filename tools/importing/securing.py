"""Who may ask: from security schemes to a reference to a credential.  A value is never written, nor looked for.

A tool file has one way to prove who asks; the one that most operations accept is taken, and the others are told of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .description import Description, Operation, Scheme
from .naming import argument, environment
from .prose import line

__all__ = ["Secured", "secured"]

Choice: TypeAlias = frozenset[str]

_RANK = {"bearer": 0, "oauth2": 1, "key": 2, "basic": 3, "openid": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """How the tools of one file authenticate, as it is written there; *schemes* are the names of what is sent.

    *hidden* (place and name, in lower case) are parameters that the credential sends, which are no arguments.
    """

    auth: Mapping[str, Any] | None = None
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    hidden: frozenset[tuple[str, str]] = frozenset()
    schemes: Choice = frozenset()
    notes: tuple[str, ...] = ()

    def told(self, operation: Operation) -> str | None:
        """Say what is to be known of how *operation* authenticates, if anything: others, no one, or a scope."""
        if not operation.security:
            return "Needs no credential; that of this file is sent all the same." if self.auth is not None else None
        fitting = next((choice for choice in operation.security if choice.keys() <= self.schemes), None)
        if fitting is None:
            needed = " or ".join(" with ".join(sorted(choice)) for choice in operation.security)
            return f"Needs {line(needed)[:160]}, which this file does not send."
        scopes = sorted({line(scope) for scopes in fitting.values() for scope in scopes})
        return f"Needs the scope {', '.join(scopes)[:200]}." if scopes else None


def secured(description: Description, operations: Sequence[Operation], api: str) -> Secured:
    """Choose the credential that most of *operations* accept."""
    choices = [frozenset(choice) for operation in operations for choice in operation.security]
    possible = [choice for choice in dict.fromkeys(choices) if choice and _is_possible(choice, description)]
    if not possible:
        return Secured(notes=tuple(_why_none(choices, description, api)))
    best = min(possible, key=lambda choice: (-_accepted(choice, operations), *_order(choice, description)))
    return _with(best, description, api)


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


def _with(choice: Choice, description: Description, api: str) -> Secured:
    """The first scheme is the credential; the keys beside it are variables of the operator's."""
    schemes = sorted((description.schemes[name] for name in choice), key=_first)
    head, *keys = schemes
    variables: dict[str, Mapping[str, Any]] = {}
    sent: dict[str, dict[str, str]] = {"header": {}, "query": {}}
    for key in keys:
        name = argument(key.field.replace("-", "_").lower(), variables)
        variables[name] = {"env": environment(api, key.field)}
        sent[key.place or "header"][key.field] = f"{{var.{name}}}"
    hidden = frozenset((scheme.place or "header", scheme.field.lower()) for scheme in schemes if scheme.kind == "key")
    return Secured(
        auth=_auth(head, api),
        variables=variables,
        headers=sent["header"],
        query=sent["query"],
        hidden=hidden,
        schemes=choice,
    )


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
            return {"kind": "api_key", "in": scheme.place, "name": scheme.field, "value": value}
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


def _is_secure(url: str | None) -> bool:
    return url is not None and url.startswith("https://") and "{" not in url
