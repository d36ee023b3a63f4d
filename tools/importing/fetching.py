"""A description from the web: read to its proven end over our own transport, or refused with the reason.

Public https, and loopback where the URL says so; a redirect to another origin is not followed, for the operator named the first.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ...schemas.provider import Network, Provider
from ...schemas.verdict import Finding
from ...schemas.wire import Fault, Request, Response
from ..credential import Credentials
from ..egress import destination
from ..transport import HttpTransport

__all__ = ["LARGEST", "Unfetched", "fetched"]

LARGEST: Final = 64 * 1024 * 1024  # bytes, unpacked
_SECONDS: Final = 60.0
_MEDIA = ("application/json", "application/yaml", "text/yaml", "*/*")


class Unfetched(Exception):  # noqa: N818 - said to the operator
    """Why a description could not be fetched, in one sentence."""


async def fetched(url: str, *, version: str = "0") -> bytes:
    """Fetch the description at *url*; raise `Unfetched` where it does not come whole."""
    to = destination(url)
    if isinstance(to, Finding):
        raise Unfetched(to.message)
    loopback = to.host == "localhost" or (to.address is not None and to.address.is_loopback)
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    provider = Provider(name=to.host, base_url=base, network=Network(allow=("loopback",) if loopback else ()))
    credentials = Credentials(None, base_url=base, environment={})
    request = Request(method="GET", url=url, media=_MEDIA)
    async with HttpTransport(provider, credentials, limit=LARGEST, version=version) as transport:
        outcome = await transport.send(request, timeout=_SECONDS)
    match outcome:
        case Fault():
            raise Unfetched(f"{outcome.detail} ({outcome.code})")
        case Response(status=200):
            return outcome.content
        case Response():
            raise Unfetched(f"the service answers with status {outcome.status}")
