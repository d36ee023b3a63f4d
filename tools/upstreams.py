"""What outlives one call to a provider: the token that was fetched for it, and the connections that it trusts to be kept.

Opens a transport for one call; nothing is shared between providers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ..schemas.contract import Contract
from ..schemas.secret import Auth
from .credential import Credentials
from .transport import Connections, HttpTransport

__all__ = ["Upstreams"]


Key: TypeAlias = tuple[str, str, Auth | None]


@dataclass(slots=True)
class Upstreams:
    """The providers that were spoken to, each by name, base URL and credential; *version* goes into the User-Agent field."""

    version: str = "0"
    credentials: dict[Key, Credentials] = field(default_factory=dict["Key", Credentials])
    connections: dict[Key, Connections] = field(default_factory=dict["Key", Connections])

    def open(self, contract: Contract, environment: Mapping[str, str]) -> HttpTransport:
        """Open a transport for one call of *contract*, whose base URL is bound already."""
        provider = contract.provider
        key: Key = (provider.name, provider.base_url, provider.auth)
        if key not in self.credentials:
            self.credentials[key] = Credentials(provider.auth, base_url=provider.base_url, environment=environment)
        kept = self.connections.setdefault(key, Connections()) if provider.network.keepalive == "trusted" else None
        return HttpTransport(
            provider,
            self.credentials[key],
            limit=contract.walk.limits.bytes,
            version=self.version,
            environment=environment,
            connections=kept,
        )
