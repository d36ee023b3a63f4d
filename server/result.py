"""An answer as an MCP client receives it: one envelope, as structured content and, as the same JSON, as text.

It never cuts an answer, and never puts a part of one into a failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from ..schemas.answer import Answer, Delivered, Payload, Receipt, Tried, Withheld
from ..schemas.approving import Decision
from ..schemas.codes import CODES
from ..schemas.contract import Contract
from ..schemas.evidence import Evidence, Relevance
from ..schemas.verdict import Finding, Incomplete, Witness
from ..schemas.wire import Json
from .advice import fix, may_repeat
from .pricing import input_schema

__all__ = ["BUDGET", "Reply", "failed_internally", "misused", "reply", "within_budget"]

BUDGET = 45_000
"""How many characters of JSON an answer may have by default: hosts move or cut results beyond about 50,000."""

LONGEST_FAILURE = 9_300
"""Characters.  A host shows the first and the last 5,000 of a failure's text, and nothing between."""

_LONGEST_SCHEMA = 6_000
"""Bytes of an input schema that a refusal still shows."""

_ROOM_FOR_PROOF = 2_000
_INEXACT = 2**53
_CONTINUATION = bytes(range(0x80, 0xC0))  # RFC 3629, 3: every other byte begins a character


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a call's result holds: the envelope's JSON, the text block, and whether it is a failure."""

    envelope: bytes
    text: str
    failed: bool

    def members(self) -> dict[str, bytes]:
        """Return the members of a `CallToolResult` that carry the answer, as JSON."""
        return {
            "content": b'[{"type":"text","text":' + orjson.dumps(self.text) + b"}]",
            "structuredContent": self.envelope,
        }


def within_budget(answer: Answer, budget: int) -> Answer:
    """Return *answer* if its JSON has at most *budget* characters, and its refusal as `too_large` if not.

    This is the one place that decides what happens to an answer that is whole and too large to hand over at once.
    """
    match answer:
        case Delivered(payload=payload) if not _fits(payload, budget - _ROOM_FOR_PROOF):
            return _too_large(answer, budget)
        case _:
            return answer


def reply(contract: Contract, answer: Answer, *, given: Mapping[str, Json] | None = None) -> Reply:
    """Put *answer* into the envelope; where the caller's arguments are *given*, the advice is about these.

    Raises ValueError if the payload's bytes hold a raw line end, which would break every framing by lines.
    """
    match answer:
        case Delivered():
            return _complete(answer)
        case Withheld():
            return _failed(_error(contract, answer, given))


def failed_internally(incident: str) -> Reply:
    """Say that the fault is ours, and nothing else; *incident* is what the server's log calls it."""
    message = f"{CODES['internal_error'].meaning} The server's log has it as incident {incident}."
    return misused(Finding(code="internal_error", message=message), fix=f"Report it with the incident {incident}.")


def misused(finding: Finding, *, fix: str, **more: Any) -> Reply:
    """Refuse for what *finding* says, where no tool was called and nothing is to be told but that and *more*."""
    return _failed(
        {
            "code": finding.code,
            "message": _sentence(finding.message),
            "have": _fact(finding.have),
            "expected": None,
            "where": _where(finding),
            "for": [],
            "against": [],
            "retry": {"safe": False, "after_s": None},
            "fix": _line(fix, 600),
            "receipt": None,
            **more,
        }
    )


# ------------------------------------------------------------------------------------------- a whole answer


def _complete(answer: Delivered) -> Reply:
    name = b'{"status":"complete","items":' if answer.payload.count is not None else b'{"status":"complete","data":'
    proof = orjson.dumps(_proof(answer.receipt))
    envelope = b"".join((name, *answer.payload.chunks(), b',"proof":', proof, b"}"))
    if b"\n" in envelope or b"\r" in envelope:
        raise ValueError("a payload holds a raw line end")
    return Reply(envelope=envelope, text=envelope.decode(), failed=False)


def _proof(receipt: Receipt) -> dict[str, Any]:
    proof: dict[str, Any] = {
        "claim": receipt.claim,
        "grade": "unproven" if receipt.unproven else str(receipt.grade),
        "required": str(receipt.required),
        "count": receipt.items,
        "expected": _fact(receipt.expected),
        "pages": receipt.pages,
        "attempts": receipt.requests,
        "provider": receipt.provider,
        "as_of": _rfc3339(receipt.as_of),
        "receipt": receipt.id,
    }
    if (relevance := next((page.relevance for page in receipt.evidence.pages if page.relevance), None)) is not None:
        proof["gate"] = _gate(relevance)
    if receipt.unproven:
        proof |= {"would_be": str(receipt.grade), "unproven": list(receipt.unproven)}
    if receipt.source == "cache":
        proof |= _kept(receipt)
    if receipt.origin is not None:
        proof["origin"] = receipt.origin
    if receipt.tried:
        proof["tool"] = receipt.tool
        proof["tried"] = [_leg(tried) for tried in receipt.tried]
    for decision in receipt.decisions:
        proof |= _decided(decision)
    proof |= _written(receipt.evidence)
    if receipt.claim.startswith("caught_up_to") and receipt.evidence.position is not None:
        proof["position"] = _position(receipt.evidence.position)
    return proof


def _written(evidence: Evidence) -> dict[str, Any]:
    """Say of a write that it was the one that a call before began, or that a read showed what came of it."""
    told = {"same_write": True} if evidence.resumed else {}
    return told | ({"settled_by": "a read"} if evidence.settled == "applied" else {})


def _decided(decision: Decision) -> dict[str, Any]:
    """Say who allowed that it was sent, or that it is handed over in spite of what speaks against it."""
    said = {"by": decision.by, "at": _rfc3339(decision.at)}
    return {"approved": said} if decision.kind == "approval" else {"released": {**said, "codes": list(decision.codes)}}


def _kept(receipt: Receipt) -> dict[str, Any]:
    """Say that an answer was kept, how old it is, and whether it stands in for one that could not be had (RFC 5861)."""
    because = {"because": {"code": _line(receipt.because.code, 64)}} if receipt.because is not None else {}
    age = None if receipt.age is None else round(receipt.age, 3)
    return {"source": "cache", "age_s": age, "stale": receipt.because is not None, **because}


def _leg(tried: Tried) -> dict[str, Any]:
    """One way that was gone: who was asked, and why no whole answer came of it (None: it did)."""
    told = {"way": tried.way, "tool": tried.tool, "provider": tried.provider}
    changed = {"changed": list(tried.changed)} if tried.changed else {}
    return {**told, **changed, "code": None if tried.finding is None else _line(tried.finding.code, 64)}


def _gate(found: Relevance) -> dict[str, Any]:
    return {
        "metric": found.metric,
        "threshold": found.threshold,
        "of": found.of,
        "passed": found.passed,
        "best": found.best,
    }


def _position(text: str) -> str:
    """Return a position as whoever asks again sends it: the string itself where evidence holds a JSON string."""
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return read if isinstance(read, str) else text


def _rfc3339(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ------------------------------------------------------------------------------------------- a refusal


def _error(contract: Contract, answer: Withheld, given: Mapping[str, Json] | None) -> dict[str, Any]:
    findings = answer.verdict.findings or (Finding(code="internal_error", message="No reason was given."),)
    first = findings[0]
    code = CODES.get(first.code, CODES["partial_flag"])
    return {
        "code": _line(first.code, 64),
        "message": _sentence(first.message or code.meaning),
        "have": _fact(first.have),
        "expected": _fact(first.expected),
        "where": _where(first),
        "for": _reasons_for(answer.verdict.witnesses),
        "against": _reasons_against(findings[1:]),
        "retry": {"safe": may_repeat(contract, first), "after_s": _patience(findings)},
        "fix": _line(fix(contract, first, given=given), 600),
        "receipt": answer.receipt.id,
        **({"tried": [_leg(tried) for tried in answer.receipt.tried]} if answer.receipt.tried else {}),
        **({"input_schema": input_schema(contract)} if first.code == "invalid_arguments" else {}),
    }


def _patience(findings: Sequence[Finding]) -> float | None:
    return max((finding.after for finding in findings if finding.after is not None), default=None)


def _reasons_for(witnesses: Sequence[Witness], most: int = 8) -> list[str]:
    shown = [_line(f"{witness.name}: {witness.says}", 240) for witness in witnesses[:most]]
    return [*shown, f"and {len(witnesses) - most} more in the receipt"] if len(witnesses) > most else shown


def _reasons_against(findings: Sequence[Finding], most: int = 8) -> list[dict[str, Any]]:
    shown = [_reason_against(finding) for finding in findings[:most]]
    return [*shown, {"left_out": len(findings) - most}] if len(findings) > most else shown


def _reason_against(finding: Finding) -> dict[str, Any]:
    told = {
        "code": _line(finding.code, 64),
        "message": _line(finding.message, 300),
        "where": _where(finding),
        "have": _fact(finding.have),
        "expected": _fact(finding.expected),
    }
    return {name: value for name, value in told.items() if value is not None}


def _sentence(text: str) -> str:
    """Return *text* as one sentence.

    >>> _sentence("the marker is absent"), _sentence("body:/more is absent.")
    ('The marker is absent.', 'body:/more is absent.')
    """
    line = _line(text, 500)
    first = line.partition(" ")[0]
    begun = line[:1].upper() + line[1:] if first.isalpha() else line
    return begun if begun.endswith((".", "!", "?", "…")) else f"{begun}."


def _fact(fact: int | str | None) -> int | str | None:
    """Return *fact* as every JSON reader holds it exactly (RFC 8259, 6)."""
    match fact:
        case str():
            return _line(fact, 120)
        case int() if abs(fact) >= _INEXACT:
            return f"beyond {_INEXACT - 1 if fact > 0 else 1 - _INEXACT}"
        case _:
            return fact


def _where(finding: Finding) -> str | None:
    parts = [f"page {finding.page}" if finding.page is not None else "", _line(finding.where or "", 160)]
    return ", ".join(part for part in parts if part) or None


def _failed(error: dict[str, Any]) -> Reply:
    if len(orjson.dumps(error.get("input_schema"))) > _LONGEST_SCHEMA:
        error = {name: value for name, value in error.items() if name != "input_schema"}
    envelope = orjson.dumps({"status": "failed", "error": error})
    while len(envelope) > LONGEST_FAILURE and (longest := max((error["for"], error["against"]), key=len)):
        longest.pop()
        envelope = orjson.dumps({"status": "failed", "error": error})
    return Reply(
        envelope=envelope, text=f"FAILED {error['code']}: {error['message']}\n{envelope.decode()}", failed=True
    )


def _line(text: str, most: int) -> str:
    """Return *text* as one line of at most *most* characters.

    >>> _line("two\\nlines", 40), _line("too long", 5)
    ('two lines', 'too …')
    """
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 1] + "…"


# ------------------------------------------------------------------------------------------- the size budget


def _fits(payload: Payload, budget: int) -> bool:
    if payload.size <= budget:
        return True
    if payload.size > 4 * budget:  # RFC 3629, 3: no character has more than four bytes
        return False
    return sum(len(chunk.translate(None, _CONTINUATION)) for chunk in payload.chunks()) <= budget


def _too_large(answer: Delivered, budget: int) -> Withheld:
    count = "" if answer.payload.count is None else f"{answer.payload.count:,} items, "
    finding = Finding(
        code="too_large",
        message=f"The answer is whole ({count}{answer.payload.size:,} bytes), and larger than the {budget:,} characters that may be handed over at once.",
        have=f"{count}{answer.payload.size:,} bytes",
        expected=f"at most {budget:,} characters",
    )
    answer.payload.close()
    receipt = replace(answer.receipt, findings=(*answer.receipt.findings, finding))
    return Withheld(verdict=Incomplete(findings=(finding,), witnesses=answer.receipt.witnesses), receipt=receipt)
