"""Model endpoints: one recorded stream each, and the answer that is in it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.recorded import ANTHROPIC, CHAT, GEMINI, RESPONSES, TEXT
from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said

__all__ = ["CHAT_COMPLETIONS", "CLAUDE", "GENERATE_CONTENT", "RESPOND"]


def _asked(_heard: Heard, _records: Sequence[Record]) -> Asked:
    return Asked(0, 1)


def _streaming(stream: bytes, error: Json, *, reason: str, model: str | None, tokens: tuple[int, int]) -> Shape:
    """Make the shape of one *stream*; what is in it is the one record."""
    usage: dict[str, Json] = dict(zip(("input_tokens", "output_tokens"), tokens, strict=True))
    answer: Record = {"text": TEXT, "stop_reason": reason, "model": model, "usage": usage}

    def page(_turn: Turn) -> Said:
        return Said(content=stream, headers={"content-type": "text/event-stream; charset=utf-8"})

    return Shape(record=lambda _index: answer, asked=_asked, page=page, error=error, paged=False)


CLAUDE = _streaming(
    ANTHROPIC,
    {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
    reason="end_turn",
    model="claude-sonnet-4-5",
    tokens=(0, 0),
)
CHAT_COMPLETIONS = _streaming(
    CHAT, {"error": {"type": "server_error", "message": "x"}}, reason="stop", model="gpt-4o", tokens=(2, 9)
)
RESPOND = _streaming(
    RESPONSES, {"error": {"code": "server_error", "message": "x"}}, reason="completed", model="gpt-4o", tokens=(2, 9)
)
GENERATE_CONTENT = _streaming(
    GEMINI, {"error": {"code": 503, "status": "UNAVAILABLE"}}, reason="STOP", model=None, tokens=(0, 0)
)
