"""How a connection to a destination is made: by an address that was checked, or through the environment's proxy.

Resolves a name once, and connects to nothing but the addresses that were checked then.  Never raises but for
cancellation.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address

from ..schemas.provider import Network
from ..schemas.verdict import Finding
from ..schemas.wire import Fault
from .connection import Connection, connect
from .egress import Address, Destination, Resolver, admit, admit_unresolved
from .fault import fault, fault_of
from .proxy import Proxy, proxy_for, tunnel

__all__ = ["Dialler"]


class Dialler:
    """Makes the connections of one tool call, within what *network* allows."""

    def __init__(
        self,
        network: Network,
        *,
        resolver: Resolver,
        environment: Mapping[str, str],
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self._network = network
        self._resolver = resolver
        self._environment = environment
        self._ssl_context = ssl_context
        self._admitted: dict[str, tuple[Address, ...]] = {}

    async def dial(self, to: Destination) -> Connection | Fault:
        """Connect to *to*, with TLS for https; nothing of a request is sent."""
        try:
            proxy = proxy_for(to, self._environment) if self._network.proxy == "environment" else None
            return await (self._directly(to) if proxy is None else self._through(proxy, to))
        except ssl.SSLError:
            return fault("tls_failed", "No trusted TLS connection could be made.", sent="never")
        except OSError:
            return fault("unreachable", "No connection could be made.", sent="never")
        except ValueError:  # a name that the system's resolver cannot spell, or a proxy that is none
            return fault("definition_error", "The host, or the proxy in the environment, is not one.", sent="never")

    async def _directly(self, to: Destination) -> Connection | Fault:
        addresses = await self._addresses(to)
        if isinstance(addresses, Fault):
            return addresses
        return await self._secured(await connect(addresses, to.port), to)

    async def _through(self, proxy: Proxy, to: Destination) -> Connection | Fault:
        """Tunnel through *proxy*, which resolves names itself; what can be said without resolving is said here."""
        refused = admit_unresolved(to, self._network)
        if refused is not None:
            return fault_of(refused, sent="never")
        addresses = tuple(map(ip_address, await self._resolver(proxy.host, proxy.port)))
        connection = await connect(addresses, proxy.port)
        try:
            await tunnel(connection, proxy, to)
        except BaseException:
            connection.close()
            raise
        return await self._secured(connection, to)

    async def _secured(self, connection: Connection, to: Destination) -> Connection:
        if to.scheme == "https":
            try:
                await connection.secure(self._ssl_context or _trusting(), to.host)
            except BaseException:
                connection.close()
                raise
        return connection

    async def _addresses(self, to: Destination) -> tuple[Address, ...] | Fault:
        """Resolve the name once, and check every address; what was checked is what is connected to."""
        if to.origin not in self._admitted:
            named = await self._resolver(to.host, to.port) if to.address is None else (str(to.address),)
            admitted = admit(to, named, self._network)
            if isinstance(admitted, Finding):
                return fault_of(admitted, sent="never")
            self._admitted[to.origin] = admitted
        return self._admitted[to.origin]


@cache
def _trusting() -> ssl.SSLContext:
    """The system's trust store, as httpx2 finds it; made once, because it is slow to make."""
    import httpx2  # noqa: PLC0415  a fifth of a second that plain http on loopback need not pay

    context = httpx2.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
