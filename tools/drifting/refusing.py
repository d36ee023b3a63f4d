"""Which refusals speak of the service, and not of who asks: what drift counts."""

from __future__ import annotations

from typing import Final

from ...schemas.contract import Contract
from ...validators.recollection import OF_THE_SERVICE

__all__ = ["OF_ANSWERS", "OWN_RESTRAINT", "blamed"]

OWN_RESTRAINT: Final = frozenset({"circuit_open", "overloaded_here"})
"""Nothing was sent, because of what happened before: such a call is refused, and says nothing of its own."""

OF_ANSWERS: Final = (OF_THE_SERVICE - OWN_RESTRAINT) | {
    # not what the last whole answer may stand in for, but answers of the service all the same
    *("auth_failed", "redirected", "unexpected_status", "tls_failed", "unsupported_coding"),
    *("total_is_bound", "unproven", "unknown_stop_reason"),
}
"""The codes of answers, or of their absence, for which whoever asked is not answerable."""


def blamed(contract: Contract) -> frozenset[str]:
    """Return the codes that speak of the service behind *contract*.

    What is not found at a URL of which no argument is part was not asked for by the caller.
    """
    return OF_ANSWERS if "{input." in contract.request.url else OF_ANSWERS | {"not_found"}
