"""What a person reads before saying yes: the request as it will be sent, or what an answer lacks.

Signs that steer a screen or turn the direction of a line are shown as escapes, and nothing is longer than a person reads.
A credential is never here: the transport adds it afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl

from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from ..schemas.wire import Body, Headers, Request

__all__ = ["clean", "request_shown", "shortfall_shown"]

_LINE = 1_000
_BODY = 4_000


def clean(text: str, most: int = _LINE) -> str:
    r"""Write *text* as one line of at most *most* characters, with every sign that a screen would not show as an escape.

    >>> clean("a\nb\u202ec"), clean("abcdef", 4)
    ('a\\nb\\u202ec', 'abcd… (2 more characters)')
    """
    line = "".join(sign if sign.isprintable() else _escaped(sign) for sign in text[:most])
    return line if len(text) <= most else f"{line}… ({len(text) - most:,} more characters)"


def _escaped(sign: str) -> str:
    code = ord(sign)
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(sign)
    return named or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def request_shown(contract: Contract, request: Request, *, message: str, headers: Headers = ()) -> str:
    """Write what will be sent: *message* first, then the tool and each part of *request*.

    *headers* are those that hold an argument.
    """
    parts = [
        *([clean(message), ""] if message else []),
        f"Tool: {contract.name}" + (f" ({clean(contract.title, 120)})" if contract.title else ""),
        f"Sends: {request.method} {clean(request.url)}",
        *(f"Header: {clean(name, 80)}: {clean(value, 200)}" for name, value in headers),
        *_body(request.body),
        *_sent_again(contract, request),
        *_instead(contract),
    ]
    return "\n".join(parts)


def _body(body: Body | None) -> Iterator[str]:
    if body is None:
        return
    yield f"Body ({body.media}, {len(body.content):,} bytes):"
    text = "\n".join(_fields(body)) if body.media == "application/x-www-form-urlencoded" else _laid_out(body)
    yield from map(clean, text[:_BODY].split("\n"))
    if len(text) > _BODY:
        yield f"… CUT HERE: {len(text) - _BODY:,} more characters are sent that are not shown"


def _fields(body: Body) -> Iterator[str]:
    for name, value in parse_qsl(body.content.decode(), keep_blank_values=True):
        yield f"{clean(name)} = {clean(value, _BODY)}"


def _laid_out(body: Body) -> str:
    try:
        return json.dumps(json.loads(body.content), indent=2, ensure_ascii=False)
    except ValueError:  # a form with files, or any other content
        return body.content.decode(errors="backslashreplace")


def _sent_again(contract: Contract, request: Request) -> Iterator[str]:
    if contract.request.idempotency is not None:
        yield f"Once: the key in {contract.request.idempotency.header} lets the service take repeats for one"
    elif not request.resend:
        yield "Once: it is not sent again, whatever comes back"


def _instead(contract: Contract) -> Iterator[str]:
    for fallback in contract.policy.fallback:
        if fallback.mirror is not None:
            yield f"If that gives no whole answer, the same goes to: {clean(fallback.mirror.base_url, 200)}"
        elif fallback.tool is not None:
            yield f"If that gives no whole answer, this tool is used instead: {clean(fallback.tool, 80)}"


def shortfall_shown(
    contract: Contract, findings: Sequence[Finding], *, claim: str, reached: str, items: int | None, pages: int
) -> str:
    """Write what an answer that is held back claims, proves and lacks; *reached* is the grade that its evidence gives."""
    count = "one result" if items is None else f"{items:,} items"
    parts = [
        "This answer is held back, because it proves less than it should. Release it all the same?",
        "",
        f"Tool: {contract.name}" + (f" ({clean(contract.title, 120)})" if contract.title else ""),
        f"Claim: {clean(claim, 80)}",
        f"Proof: {reached} (required: {contract.complete.require})",
        f"Holds: {count} from {pages:,} {'page' if pages == 1 else 'pages'} of {clean(contract.provider.name, 80)}",
        *(f"Lacks: {_finding(finding)}" for finding in findings),
    ]
    return "\n".join(parts)


def _finding(finding: Finding) -> str:
    compared = "" if finding.have is None else f" ({finding.have}, expected {finding.expected})"
    return clean(f"{finding.code}: {finding.message}{compared}", 400)
