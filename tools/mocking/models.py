"""The four families of model endpoints, as their streams are seen to go: one script each, from what is said to its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from ...schemas.walk import Stream
from ...schemas.wire import Json

__all__ = ["Event", "Family", "Speech", "family_of"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name (empty where it has none), and its data, which is no JSON where it is *literal*."""

    name: str
    data: Json
    literal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What is said, in *pieces*, and why it stopped; *whole* says that it came to its end."""

    pieces: tuple[str, ...]
    reason: str
    model: str
    input_tokens: int
    output_tokens: int
    whole: bool = True

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.pieces)


Family: TypeAlias = Callable[[Speech], list[Event]]


def _typed(name: str, **members: Json) -> Event:
    return Event(name, {"type": name, **members})


def messages(said: Speech) -> list[Event]:
    """Write a stream of Anthropic's Messages."""
    usage: Json = {"input_tokens": said.input_tokens, "output_tokens": 1}
    opened: Json = {
        "id": "msg_mock",
        "type": "message",
        "role": "assistant",
        "model": said.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    deltas: list[Json] = [{"type": "text_delta", "text": piece} for piece in said.pieces]
    stop: Json = {"stop_reason": said.reason, "stop_sequence": None}
    return [
        _typed("message_start", message=opened),
        _typed("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *(_typed("content_block_delta", index=0, delta=delta) for delta in deltas),
        _typed("content_block_stop", index=0),
        _typed("message_delta", delta=stop, usage={"output_tokens": said.output_tokens}),
        _typed("message_stop"),
    ]


def chat(said: Speech) -> list[Event]:
    """Write a stream of OpenAI's Chat Completions."""

    def chunk(choices: list[Json], **more: Json) -> Event:
        head: dict[str, Json] = {"id": "chatcmpl-mock", "object": "chat.completion.chunk", "created": 1767225600}
        return Event("", {**head, "model": said.model, "choices": choices, **more})

    def choice(delta: Json, reason: str | None = None) -> list[Json]:
        return [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]

    total = said.input_tokens + said.output_tokens
    usage: Json = {
        "prompt_tokens": said.input_tokens,
        "completion_tokens": said.output_tokens,
        "total_tokens": total,
    }
    return [
        chunk(choice({"role": "assistant", "content": ""})),
        *(chunk(choice({"content": piece})) for piece in said.pieces),
        chunk(choice({}, said.reason)),
        chunk([], usage=usage),
        Event("", "[DONE]", literal=True),
    ]


def responses(said: Speech) -> list[Event]:
    """Write a stream of OpenAI's Responses, which says the text four times over."""
    part: Json = {"type": "output_text", "annotations": [], "text": said.text}
    where: dict[str, Json] = {"item_id": "msg_mock", "output_index": 0, "content_index": 0}
    status = "completed" if said.whole else "incomplete"
    item: dict[str, Json] = {"id": "msg_mock", "type": "message", "role": "assistant"}
    done: Json = {**item, "status": status, "content": [part]}

    def response(status: str, output: list[Json], **more: Json) -> Json:
        head: dict[str, Json] = {"id": "resp_mock", "object": "response", "status": status, "error": None}
        return {**head, "incomplete_details": None, "model": said.model, "output": output, "usage": None, **more}

    total = said.input_tokens + said.output_tokens
    usage: Json = {"input_tokens": said.input_tokens, "output_tokens": said.output_tokens, "total_tokens": total}
    details: Json = None if said.whole else {"reason": said.reason}
    events = [
        _typed("response.created", response=response("in_progress", [])),
        _typed("response.in_progress", response=response("in_progress", [])),
        _typed("response.output_item.added", output_index=0, item={**item, "status": "in_progress", "content": []}),
        _typed("response.content_part.added", **where, part={"type": "output_text", "annotations": [], "text": ""}),
        *(_typed("response.output_text.delta", **where, delta=piece) for piece in said.pieces),
        _typed("response.output_text.done", **where, text=said.text),
        _typed("response.content_part.done", **where, part=part),
        _typed("response.output_item.done", output_index=0, item=done),
        _typed(f"response.{status}", response=response(status, [done], usage=usage, incomplete_details=details)),
    ]
    return [_numbered(event, number) for number, event in enumerate(events)]


def _numbered(event: Event, number: int) -> Event:
    members = event.data if isinstance(event.data, dict) else {}
    return Event(event.name, {**members, "sequence_number": number})


def gemini(said: Speech) -> list[Event]:
    """Write a stream of Gemini."""
    usage: Json = {
        "promptTokenCount": said.input_tokens,
        "candidatesTokenCount": said.output_tokens,
        "totalTokenCount": said.input_tokens + said.output_tokens,
    }
    head: dict[str, Json] = {"modelVersion": said.model, "responseId": "mock"}

    def chunk(piece: str, *, last: bool) -> Event:
        content: Json = {"role": "model", "parts": [{"text": piece}]}
        candidate: dict[str, Json] = {"content": content, "index": 0}
        if not last:
            return Event("", {"candidates": [candidate], **head})
        return Event("", {"candidates": [{**candidate, "finishReason": said.reason}], "usageMetadata": usage, **head})

    return [chunk(piece, last=number == len(said.pieces)) for number, piece in enumerate(said.pieces, 1)]


_EVENTS: Final[tuple[tuple[str, Family], ...]] = (("message_stop", messages), ("response.completed", responses))


def family_of(walk: Stream) -> Family | None:
    """Find the script of the family that ends its streams as *walk* says."""
    for mark in walk.terminal:
        for name, family in _EVENTS:
            if mark.event == name:
                return family
        if mark.at is not None and mark.at.path == "/candidates/*/finishReason":
            return gemini
        if mark.data == "[DONE]" and any(place.path == "/id" for place in walk.same):
            return chat
    return None
