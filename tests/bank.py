"""A service that writes for a living, and everything that can happen between it and whoever asks.

It knows idempotency keys as the IETF draft has them: the first request is done, the same one again is answered from memory,
409 while the first is being done, 422 for another payload.  It counts what really took effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.scripted import answer
from unabridged.schemas.wire import Fault, Outcome, Request, Response

__all__ = ["FAULTS", "LOST", "Bank", "Way", "happened"]


@dataclass(slots=True)
class _Known:
    payload: str
    transfer: str
    busy: int = 0


@dataclass(slots=True)
class Bank:
    """Takes transfers by POST, and by PUT under a name; *effects* holds the name of each that took effect."""

    effects: list[str] = field(default_factory=list[str])
    puts: set[str] = field(default_factory=set[str])
    keys: dict[str, _Known] = field(default_factory=dict[str, _Known])
    slow: int = 0

    def __call__(self, request: Request) -> Response:
        """Answer *request* as a sound service does."""
        if request.method == "GET":
            return answer({"transfers": [{"name": name} for name in self.effects]})
        if request.method == "PUT":
            if request.url not in self.puts:
                self.puts.add(request.url)
                self.effects.append(request.url)
            return answer({"transfer": {"name": request.url}}, status=201)
        key = dict(request.headers).get("idempotency-key")
        return self._done() if key is None else self._once(key, request)

    def _done(self) -> Response:
        self.effects.append(f"transfer {len(self.effects) + 1}")
        return answer({"transfer": {"name": self.effects[-1]}}, status=201)

    def _once(self, key: str, request: Request) -> Response:
        payload = hashlib.sha256(request.url.encode() + (request.body.content if request.body else b"")).hexdigest()
        known = self.keys.get(key)
        if known is None:
            self._done()
            self.keys[key] = known = _Known(payload, self.effects[-1], self.slow)
        elif known.payload != payload:
            return answer({"error": "another payload"}, status=422)
        if known.busy:
            known.busy -= 1
            return answer({"error": "still at it"}, status=409, fields={"retry-after": "1"})
        return answer({"transfer": {"name": known.transfer}}, status=201)


def happened(bank: Bank) -> int:
    """How often something took effect."""
    return len(bank.effects)


def _fault(code: str, kind: Any, sent: Any) -> Fault:
    return Fault(kind=kind, code=code, sent=sent, detail="the message broke off")


def _changed(response: Response, content: bytes) -> Response:
    return Response(
        status=response.status, headers=response.headers, content=content, framing="content-length", received_at=1e6
    )


Way = Callable[[Bank, Request], Outcome]

FAULTS: dict[str, Way] = {
    "no connection": lambda bank, request: _fault("unreachable", "connect", "never"),
    "cut before it was done": lambda bank, request: _fault("truncated_body", "truncated", "maybe"),
    "too many": lambda bank, request: answer({}, status=429),
    "not now": lambda bank, request: answer({}, status=503),
    "not allowed": lambda bank, request: answer({}, status=401),
    "cut after it was done": lambda bank, request: bank(request) and _fault("truncated_body", "truncated", "maybe"),
    "too slow": lambda bank, request: bank(request) and _fault("attempt_timeout", "timeout", "maybe"),
    "reset": lambda bank, request: bank(request) and _fault("unreachable", "connect", "maybe"),
    "a gateway gave up": lambda bank, request: bank(request) and answer({}, status=504),
    "broken after it was done": lambda bank, request: bank(request) and answer({}, status=500),
    "an empty answer": lambda bank, request: _changed(bank(request), b""),
    "half an answer": lambda bank, request: _changed(bank(request), b'{"transfer": {"na'),
    "an answer without its result": lambda bank, request: bank(request) and answer({}, status=201),
    "given up waiting": lambda bank, request: bank(request) and answer({}, status=408),
    "too early": lambda bank, request: bank(request) and answer({}, status=425),
    "the result is elsewhere": lambda bank, request: bank(request) and _fault("redirected", "forbidden", "maybe"),
    "accepted for later": lambda bank, request: bank(request) and answer({}, status=202),
    "a page of HTML": lambda bank, request: (
        bank(request) and answer({}, status=201, fields={"content-type": "text/html"})
    ),
}
"""What can go wrong with one request; in some of them the write takes effect, in some not."""

LOST = tuple(name for name in FAULTS if name not in ("no connection", "too many", "not allowed"))
"""Those after which nobody can know."""
