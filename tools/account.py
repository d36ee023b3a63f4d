"""With whose credentials a call goes out, for what a person says about it: it holds for these and for no others.

Nothing is fetched and nothing is sent: what a credential is made of is read, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from ..schemas.contract import Contract
from ..schemas.provider import Provider
from ..schemas.secret import Auth, FromFile, FromKeyring
from ..schemas.wire import Fault
from .canonical import digest
from .credential import Credentials
from .surroundings import Surroundings
from .whose import whose

__all__ = ["account", "accounts", "may_change"]


async def account(contract: Contract, surroundings: Surroundings) -> str | Fault:
    """Name the credential of *contract*, bound to its call; a fault where it cannot be read."""
    provider = contract.provider
    own = Credentials(provider.auth, base_url=provider.base_url, environment=surroundings.environment)
    return await own.lacks() or await _name(provider, surroundings)


async def accounts(contract: Contract, surroundings: Surroundings) -> str | Fault:
    """Name all credentials that a call of *contract* may go out with: its own, and those of its fallbacks.

    A fault where its own cannot be read.
    """
    own = await account(contract, surroundings)
    if isinstance(own, Fault):
        return own
    there = [replace(contract.provider, auth=auth) for auth in _elsewhere(contract, surroundings)]
    return digest([own, *[await _name(provider, surroundings) for provider in there]])


def may_change(contract: Contract, surroundings: Surroundings) -> bool:
    """Say whether a credential that a call of *contract* may go out with can be another one from call to call.

    An environment is that of the process, and stays; a file and a keyring are others' too.
    """
    auths = (contract.provider.auth, *_elsewhere(contract, surroundings))
    parts = (getattr(auth, part.name) for auth in auths if auth is not None for part in fields(auth))
    return any(isinstance(part, FromFile | FromKeyring) for part in parts)


async def _name(provider: Provider, surroundings: Surroundings) -> str:
    return "" if provider.auth is None else await whose(provider, surroundings)


def _elsewhere(contract: Contract, surroundings: Surroundings) -> Iterator[Auth | None]:
    for fallback in contract.policy.fallback:
        there = surroundings.tools.get(fallback.tool or "")
        if fallback.mirror is not None:
            yield fallback.mirror.auth
        elif there is not None:
            yield there.provider.auth
