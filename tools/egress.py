"""Where requests may go: rules over URLs and addresses, and one resolver.

The rules are pure.  Nothing here connects; the address that was checked is the address that is connected to.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import unquote

import anyio
import idna

from ..schemas.provider import Network
from ..schemas.verdict import Finding

__all__ = [
    "Address",
    "Destination",
    "Resolver",
    "admit",
    "admit_unresolved",
    "destination",
    "origin",
    "resolve",
    "same_origin",
]

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Range: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host name and a port to the addresses of that host, as text; `OSError` when there are none."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where one URL leads: its origin (RFC 6454), and the target to ask for there, exactly as written.

    *host* is a lower-case name in ASCII or an address; *address* is that address, None for a name.
    """

    scheme: str
    host: str
    port: int
    address: Address | None
    target: str

    @property
    def origin(self) -> str:
        """The origin as text (RFC 6454, 6.2), without a default port."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """The Host field of a request (RFC 9110, 7.2)."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"


_PORTS: Final = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?:#.*)?\Z")
_UNSENT = re.compile(r"[^\x21-\x7e]|\\")  # a backslash is a slash to some readers
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@%]+))(?::(?P<port>[0-9]{1,5}))?\Z")
_NUMERIC = re.compile(r"(?:[0-9]+|0[xX][0-9A-Fa-f]*)\Z")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")


def destination(url: str) -> Destination | Finding:
    """Read *url* as one absolute http or https URL; a finding `invalid_url` or `insecure_url` otherwise.

    Refused: user information, other schemes, control characters, blanks, backslashes, dot segments however they are
    written, zone identifiers, and hosts that some readers take for an address (`127.1`, `0x7f000001`, `127.0.0.1.`).

    >>> destination("https://api.example.com/v1/items?page=2").target
    '/v1/items?page=2'
    >>> destination("http://0x7f000001/").code
    'invalid_url'
    """
    found = _URL.match(url)
    if found is None:
        return _invalid("The URL is not absolute.")
    scheme, target = found["scheme"].lower(), found["target"]
    if scheme not in _PORTS:
        return Finding(code="insecure_url", message="The URL's scheme is neither https nor http.")
    if _UNSENT.search(target) or _misleads(target.partition("?")[0]):
        return _invalid("The URL's path or query holds what must not be sent.")
    place = _place(found["authority"])
    if place is None:
        return _invalid("The URL's host or port is not one.")
    host, port, address = place
    target = target if target.startswith("/") else f"/{target}"
    return Destination(scheme, host, port or _PORTS[scheme], address, target)


def _invalid(message: str) -> Finding:
    return Finding(code="invalid_url", message=message)


def _misleads(path: str) -> bool:
    """Whether a segment is `.` or `..` to anyone who decodes it, once or twice, or drops `;parameters`."""
    if "." not in path and "%" not in path:
        return False
    read = unquote(unquote(path)).replace("\\", "/")
    dotted = any(segment.partition(";")[0].strip() in (".", "..") for segment in read.split("/"))
    return dotted or "\0" in read or _BAD_ESCAPE.search(path) is not None


@lru_cache(maxsize=256)
def _place(authority: str) -> tuple[str, int, Address | None] | None:
    found = _AUTHORITY.match(authority)
    if found is None or (found["port"] and not 0 < int(found["port"]) < 65536):
        return None
    port = int(found["port"] or 0)
    if found["six"]:
        six = _address(found["six"])
        return (str(six), port, six) if isinstance(six, ipaddress.IPv6Address) else None
    name = _ascii(found["name"].lower())
    if name is None:
        return None
    if not _NUMERIC.match(name.rpartition(".")[2]):
        return name, port, None
    four = _address(name)  # a last label that is a number makes it an address to some readers: four octets or nothing
    return (name, port, four) if isinstance(four, ipaddress.IPv4Address) else None


def _ascii(name: str) -> str | None:
    """A host name in ASCII (RFC 5891), with every label checked; None when it is no host name."""
    if not name.isascii():
        try:
            name = idna.encode(name, strict=True).decode("ascii")
        except idna.IDNAError:
            return None
    return name if len(name) <= 253 and all(map(_LABEL.match, name.split("."))) else None


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def origin(url: str) -> str | None:
    """Return the origin of *url* (RFC 6454, 6.2), None where it has none that we would go to.

    >>> origin("HTTPS://API.example.com:443/v1?x=1")
    'https://api.example.com'
    """
    match destination(url):
        case Destination() as found:
            return found.origin
        case Finding():
            return None


def same_origin(one: str, other: str) -> bool:
    """Say whether two URLs have one scheme, host and port (RFC 6454, 5); False when either has none.

    >>> same_origin("https://api.example.com/a", "https://api.example.com:443/b")
    True
    >>> same_origin("https://api.example.com/", "https://api.example.com:8443/")
    False
    """
    first = origin(one)
    return first is not None and first == origin(other)


# ------------------------------------------------------------------------------------------- addresses

_METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",  # most clouds
        "169.254.170.2",  # AWS, credentials of a task
        "169.254.170.23",  # AWS, credentials of a pod
        "fd00:ec2::254",  # AWS over IPv6
        "fd00:ec2::23",
        "fd20:ce::254",  # Google over IPv6
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure
        "192.0.0.192",  # Oracle
    )
)
_METADATA_NAMES: Final = frozenset({"metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"})
_LOOPBACK: Final = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "::1/128")))
_PRIVATE: Final = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_TRANSLATED: Final = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))


def admit(to: Destination, addresses: Iterable[str], network: Network) -> tuple[Address, ...] | Finding:
    """Return the addresses to connect to, when *network* allows every one of *addresses* and the scheme.

    One address that is not allowed refuses them all: a name that leads to good and bad places is a bad name.
    """
    found = tuple(map(_address, addresses))
    allowed = _allowed(network.allow)
    if isinstance(allowed, Finding):
        return allowed
    if to.host in _METADATA_NAMES or not found or not all(one is not None and _permits(allowed, one) for one in found):
        return Finding(code="forbidden_address", message="The name leads to an address that is not allowed.")
    known = tuple(one for one in found if one is not None)
    if to.scheme != "https" and not network.plain_http and not all(_inside(_meant(one), _LOOPBACK) for one in known):
        return Finding(code="insecure_url", message="The URL is not https, and plain http is not allowed there.")
    return known


def admit_unresolved(to: Destination, network: Network) -> Finding | None:
    """Say what can be said against *to* where a proxy resolves its name: against addresses, and names of this machine."""
    if to.address is not None:
        admitted = admit(to, (str(to.address),), network)
        return admitted if isinstance(admitted, Finding) else None
    if to.host in _METADATA_NAMES or to.host == "localhost" or to.host.endswith(".localhost"):
        return Finding(code="forbidden_address", message="The name leads to an address that is not allowed.")
    return None


@lru_cache(maxsize=64)
def _allowed(words: tuple[str, ...]) -> tuple[_Range, ...] | Finding:
    ranges: list[_Range] = []
    for word in words:
        match word:
            case "loopback":
                ranges.extend(_LOOPBACK)
            case "private":
                ranges.extend(_PRIVATE)
            case _:
                try:
                    ranges.append(ipaddress.ip_network(word))
                except ValueError:
                    message = "`network.allow` names neither loopback, private nor an address range."
                    return Finding(code="definition_error", message=message)
    return tuple(ranges)


def _permits(allowed: tuple[_Range, ...], address: Address) -> bool:
    meant = _meant(address)
    if meant in _METADATA:  # only by its own name
        return any(len(exact) == 1 and meant == exact[0] for exact in map(_ends, allowed))
    return _inside(meant, allowed) or (_is_public(meant) and (meant == address or _is_public(address)))


def _ends(one: _Range) -> tuple[Address, ...]:
    return tuple({one.network_address, one.broadcast_address})


def _inside(address: Address, ranges: Iterable[_Range]) -> bool:
    return any(address in one for one in ranges)  # an address is in no range of the other version


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for (mapped, 6to4, NAT64, compatible), or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address not in _LOOPBACK[1] and any(address in one for one in _TRANSLATED):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver for the addresses of *host*, in its order, each once."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
