"""One tool, as promised: how to ask, how to walk, and what proves that the answer is whole.

The object that a tool file declares is the object that the engine runs on.  Reading a file means: expand macros,
lay the `api:` block under each tool, and let pydantic build these dataclasses; nothing is translated afterwards.
Field names are the language's words; a trailing underscore stands where the word is Python's (`is`, `as`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from .approving import ApprovalWord
from .blindness import BlindSpot
from .claim import ClaimWord
from .completeness import Completeness
from .expectation import Expectation
from .operation import Confirm, Operation
from .policy import Policy
from .proof import Proof
from .provenance import Provenance
from .provider import Provider
from .several import STRICT, JsonObject, Words
from .walk import Single, Walk

__all__ = ["Contract"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One tool: name, claim, operation, walk, witnesses and policy; *digest* is SHA-256 over its canonical JSON,
    *subject* over what an experiment can prove of it.

    *confirm* is the read that settles a write whose answer was lost, *approval* asks a person before anything is sent,
    and *review* names the codes in spite of which a person may release an answer.
    *tags* choose subsets to serve, and *blind_spots* are the corruptions that nobody can see in this API's answers.
    *provenance* says of each inferred line, by its place (`walk.next`), where it comes from;
    *proof* is what the lock file beside the tool file says of the tool, and is never written in the tool file itself.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    title: str = ""
    description: Annotated[str, Field(min_length=1, max_length=4096)]
    effects: Literal["read", "write"] = "read"
    claim: ClaimWord
    input: JsonObject = field(default_factory=dict[str, Any])
    request: Operation
    response: Expectation = Expectation()  # noqa: RUF009 - frozen, as those below
    walk: Walk = Single()  # noqa: RUF009 - frozen
    complete: Completeness = Completeness()  # noqa: RUF009
    policy: Policy = Policy()  # noqa: RUF009
    confirm: Confirm | None = None
    approval: ApprovalWord | None = None
    review: Words = ()
    tags: Words = ()
    blind_spots: tuple[BlindSpot, ...] = ()
    provenance: Mapping[str, Provenance] = field(default_factory=dict[str, Provenance])
    proof: Proof | None = None
    provider: Provider
    digest: str = ""
    subject: str = ""
