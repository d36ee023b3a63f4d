"""A call, from arguments to an answer: by the tool itself, or by the ways back that its file declares.

It knows the order of the ways and nothing of how one is gone.  Every ending but cancellation is an `Answer`.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from functools import partial

from ..schemas.answer import Answer
from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from ..schemas.wire import Json
from .answering import refused
from .once import Trip, once
from .people import LOCAL, Caller
from .recovering import recovered
from .surroundings import Surroundings

__all__ = ["call"]

_logger = logging.getLogger(__name__)


async def call(
    contract: Contract, arguments: Mapping[str, Json], *, surroundings: Surroundings, caller: Caller = LOCAL
) -> Answer:
    """Call the tool that *contract* describes with *arguments*; deliver a whole answer, or withhold with the reason."""
    identity, started = surroundings.identify(), surroundings.now()
    trip = Trip(
        surroundings=surroundings,
        caller=caller,
        identity=identity,
        deadline=surroundings.clock() + contract.policy.deadline,
    )
    try:
        return await recovered(contract, arguments, trip, partial(once, trip=trip))
    except Exception as error:  # a mistake of ours; the caller is told that, and nothing else
        frames = "".join(traceback.format_tb(error.__traceback__))  # without the text, which may hold a secret
        _logger.error("%s failed inside, receipt %s: %s\n%s", contract.name, identity, type(error).__name__, frames)  # noqa: TRY400
        finding = Finding(code="internal_error", message="Unabridged itself failed; nothing is delivered")
        return refused(contract, finding, identity=identity, at=started)
