"""Whose credential a call goes with: a word that two credentials never share, and that tells nobody what they are.

What is kept for later (the key of a write, an answer that a person is shown) is for that credential only.  Nothing is sent here.
"""

from __future__ import annotations

import secrets
from typing import Final

from ..schemas.provider import Provider
from .credential import Credentials
from .shelf import Change
from .surroundings import Surroundings

__all__ = ["whose"]

_NAME: Final = "the secret of names"
_KEPT: Final = 3_650 * 86_400.0  # seconds: as good as for ever


async def whose(provider: Provider, surroundings: Surroundings) -> str:
    """Name the credential of *provider*, whose base URL is bound already.

    The name is a digest with a key that is kept where all that it names is kept, so that both are lost together.  A
    credential that cannot be read is called by this process: it is nobody else's, and in no other process this one's.
    """
    credentials = Credentials(provider.auth, base_url=provider.base_url, environment=surroundings.environment)
    name = await credentials.fingerprint(_secret(surroundings))
    return name if isinstance(name, str) else surroundings.mark.of("")


def _secret(surroundings: Surroundings) -> bytes:
    fresh = surroundings.store.secret or secrets.token_bytes(32)
    return surroundings.shelf.change(_NAME, _unless_known(fresh), keep=_KEPT)


def _unless_known(fresh: bytes) -> Change[bytes]:
    def change(value: bytes | None) -> tuple[bytes, bytes]:
        kept = fresh if value is None else value
        return kept, kept

    return change
