"""TLS for one test: a certificate for some names, and a client that trusts its authority or does not."""

from __future__ import annotations

import ssl

import trustme

__all__ = ["tls"]


def tls(*names: str, trusted: bool = True) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what the server shows for *names*, and what the client trusts."""
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(serving)  # pyright: ignore[reportUnknownMemberType]  half of its types need pyOpenSSL
    trusting = ssl.create_default_context()
    if trusted:
        authority.configure_trust(trusting)  # pyright: ignore[reportUnknownMemberType]  half of its types need pyOpenSSL
    return serving, trusting
