"""What the macros of model endpoints stand for: how an answer streams, where its text is, and what each stop reason means.

One plain function a family, from parameters to parts of a tool; a part says no more than the family's own documentation
does.  Errors are told by their words only where the status is 200: in a stream that broke off after it began.
"""

from __future__ import annotations

from typing import Any

from .macro_parts import Given, Parts

__all__ = ["anthropic_messages", "gemini", "openai_chat", "openai_responses"]

_MEDIA = ["text/event-stream", "application/json"]


def _told(at: str, word: str, classes: Parts, **condition: Any) -> Parts:
    """An acceptor for an error inside a 200: the class by the word at *word*, `fatal` for any other."""
    condition = condition or {"state": "value"}
    return {"when": {"status": [200], "at": at, **condition}, "as": {"from": word, "map": {**classes, "*": "fatal"}}}


def _veto(code: str, *conditions: Parts) -> list[Parts]:
    return [{**condition, "code": code} for condition in conditions]


def _is(place: str, *words: str | bool) -> list[Parts]:
    return [{"at": place, "is": word} for word in words]


def _there(*places: str) -> list[Parts]:
    return [{"at": place, "state": ["value"]} for place in places]


def _object(*required: str, **properties: Any) -> Parts:
    return {"type": "object", "required": list(required), "properties": properties}


def _of_type(word: str, shape: Parts) -> Parts:
    """*shape* for what says of itself that it is *word*."""
    return {"if": _object("type", type={"const": word}), "then": shape}


def _some(*names: str) -> Parts:
    """An object that has at least one of these members: what is known by no name would be text that is lost."""
    return {"type": "object", "anyOf": [{"required": [name]} for name in names]}


_TEXT = _object("text", text={"type": "string"})
_DELTAS = ["text_delta", "thinking_delta", "signature_delta", "citations_delta", "input_json_delta"]
_BLOCK = {**_object("type", type={"type": "string"}), "allOf": [_of_type("text", _TEXT)]}
_DELTA = {**_object("type", type={"enum": _DELTAS}), "allOf": [_of_type("text_delta", _TEXT)]}
_MESSAGES = {
    **_object("type", type={"type": "string"}),
    "allOf": [
        _of_type("content_block_start", _object("content_block", content_block=_BLOCK)),
        _of_type("content_block_delta", _object("delta", delta=_DELTA)),
        _of_type("message", _object("content", content={"type": "array", "items": _BLOCK})),
    ],
}
"""What every event of Messages looks like, and a whole message; other types of events may come and hold no text."""


def anthropic_messages(given: Given) -> Parts:
    """Anthropic Messages: one message of numbered blocks, ended by `message_stop`; `stop_reason` says whether it is an answer."""
    errors = {
        "overloaded_error": "transient",
        "api_error": "transient",
        "timeout_error": "transient",
        "rate_limit_error": "rate_limited",
        "authentication_error": "auth",
        "permission_error": "auth",
        "not_found_error": "not_found",
        "invalid_request_error": "rejected",
        "request_too_large": "rejected",
    }
    called = [*_is("body:/content_block/type", "tool_use"), *_is("body:/content/*/type", "tool_use")]
    return {
        "request": {"method": "POST", "body": {"stream": True}},
        "response": {
            "media": _MEDIA,
            "schema": _MESSAGES,
            "classify": [_told("body:/type", "body:/error/type", errors, **{"is": "error"})],
            "veto": _veto("unexpected_tool_call", *called),
            "generation": {
                "text": [
                    {"at": "event:*:/content_block", "read": "/text", "only": _is("body:/type", "text")},
                    {"at": "event:*:/delta", "read": "/text", "only": _is("body:/type", "text_delta")},
                    {"at": "body:/content/*", "read": "/text", "only": _is("body:/type", "text")},
                ],
                "model": ["event:message_start:/message/model", "body:/model"],
                "input_tokens": ["event:message_start:/message/usage/input_tokens", "body:/usage/input_tokens"],
                "output_tokens": ["event:message_delta:/usage/output_tokens", "body:/usage/output_tokens"],
            },
        },
        "walk": {
            "terminal": [{"event": "message_stop"}],
            "ignore": [{"event": "ping"}],
            "initial": [{"event": "message_start"}],
            "blocks": {
                "open": "content_block_start",
                "piece": "content_block_delta",
                "close": "content_block_stop",
                "number": "/index",
            },
        },
        "complete": {
            "outcome": {
                "at": ["event:*:/delta/stop_reason", "body:/stop_reason"],
                "accept": ["end_turn", "stop_sequence"],
                "truncated": ["max_tokens", "model_context_window_exceeded"],
                "paused": ["pause_turn"],
                "refused": ["refusal"],
                "tools": ["tool_use"],
                "limit": {"send": given["limit"]},
            }
        },
    }


_SPEECH = ("content", "role", "tool_calls", "function_call", "refusal", "audio", "annotations")
_THOUGHT = ("reasoning", "reasoning_content", "reasoning_details", "thinking_blocks", "provider_specific_fields")
_SAID: Parts = {
    "type": ["object", "null"],
    "properties": {"content": {"type": ["string", "null"]}},
    "anyOf": [{"maxProperties": 0}, *({"required": [name]} for name in (*_SPEECH, *_THOUGHT))],
}
_CHOICE = {**_some("delta", "message", "content_filter_results"), "properties": {"delta": _SAID, "message": _SAID}}
_CHAT = _object("choices", choices={"type": "array", "items": _CHOICE})
"""What every chunk of Chat Completions looks like, and a whole completion; Azure sends what its filters say as choices."""


def openai_chat(given: Given) -> Parts:
    """OpenAI Chat Completions, and whatever speaks it: `[DONE]` ends the stream, `finish_reason` must be `stop`."""
    errors = {
        "server_error": "transient",
        "overloaded_error": "transient",
        "rate_limit_error": "rate_limited",
        "rate_limit_exceeded": "rate_limited",
        "authentication_error": "auth",
        "invalid_request_error": "rejected",
    }
    called = [
        f"body:/choices/*/{part}/{call}" for part in ("delta", "message") for call in ("tool_calls", "function_call")
    ]
    refused = ("body:/choices/*/delta/refusal", "body:/choices/*/message/refusal")
    several = [{"at": "body:/choices/*/index", "gt": 0}, *_there("body:/choices/1")]
    return {
        "request": {"method": "POST", "body": {"stream": True, "stream_options": {"include_usage": True}}},
        "response": {
            "media": _MEDIA,
            "schema": _CHAT,
            "classify": [_told("body:/error", "body:/error/type", errors)],
            "veto": [
                *_veto("generation_refused", *_there(*refused)),
                *_veto("unexpected_tool_call", *_there(*called)),
                *_veto("not_one", *several),
            ],
            "generation": {
                "text": ["event:*:/choices/0/delta/content", "body:/choices/0/message/content"],
                "model": ["event:*:/model", "body:/model"],
                "input_tokens": ["event:*:/usage/prompt_tokens", "body:/usage/prompt_tokens"],
                "output_tokens": ["event:*:/usage/completion_tokens", "body:/usage/completion_tokens"],
            },
        },
        "walk": {"terminal": [{"data": "[DONE]"}], "same": ["event:*:/id"]},
        "complete": {
            "outcome": {
                "at": ["event:*:/choices/*/finish_reason", "body:/choices/*/finish_reason"],
                "accept": ["stop"],
                "truncated": ["length"],
                "refused": ["content_filter"],
                "tools": ["tool_calls", "function_call"],
                "limit": {"send": given["limit"]},
            }
        },
    }


_CALLS = (
    "function_call",
    "custom_tool_call",
    "computer_call",
    "local_shell_call",
    "shell_call",
    "apply_patch_call",
    "mcp_approval_request",
)


_RESPONSES = {
    "type": "object",
    "anyOf": [{"required": ["type"]}, {"required": ["object"]}],  # an event, or the plain answer
    "allOf": [
        _of_type(
            "response.completed",
            _object("response", response=_object("status", status={"type": "string", "minLength": 1})),
        )
    ],
}


def openai_responses(given: Given) -> Parts:
    """OpenAI Responses: the last event holds the whole response, its `status` must be `completed`, its text the same again."""
    errors = {
        "server_error": "transient",
        "rate_limit_exceeded": "rate_limited",
        "invalid_prompt": "rejected",
        "invalid_api_key": "auth",
    }
    items = ("body:/item/type", "body:/output/*/type", "body:/response/output/*/type")
    parts = ("body:/part/type", "body:/output/*/content/*/type", "body:/response/output/*/content/*/type")
    refused = [*_is("body:/type", "response.refusal.delta", "response.refusal.done")]
    refused += [one for place in parts for one in _is(place, "refusal")]
    text = {"read": "/text", "only": _is("body:/type", "output_text")}
    state = {"read": "/status", "only": _is("body:/type", "message")}
    return {
        "request": {"method": "POST", "body": {"stream": True}},
        "response": {
            "media": _MEDIA,
            "classify": [
                _told("body:/response/error", "body:/response/error/code", errors),
                _told("body:/error", "body:/error/code", errors),
                _told("body:/type", "body:/code", errors, **{"is": "error"}),
            ],
            "veto": [
                *_veto("generation_refused", *refused),
                *_veto("unexpected_tool_call", *(one for place in items for one in _is(place, *_CALLS))),
            ],
            "schema": _RESPONSES,
            "generation": {
                "text": ["event:response.output_text.delta:/delta", {"at": "body:/output/*/content/*", **text}],
                "whole": [
                    "event:response.output_text.done:/text",
                    {"at": "event:response.content_part.done:/part", **text},
                    {"at": "event:response.output_item.done:/item/content/*", **text},
                    {"at": "terminal:/response/output/*/content/*", **text},
                ],
                "model": ["terminal:/response/model", "body:/model"],
                "input_tokens": ["terminal:/response/usage/input_tokens", "body:/usage/input_tokens"],
                "output_tokens": ["terminal:/response/usage/output_tokens", "body:/usage/output_tokens"],
            },
        },
        "walk": {
            "terminal": [
                {"event": "response.completed"},
                {"event": "response.incomplete"},
                {"event": "response.failed"},
                {"event": "response.cancelled"},
            ],
            "ignore": [{"data": "[DONE]"}],
            "same": ["event:*:/response/id"],
            "numbered": "event:*:/sequence_number",
        },
        "complete": {
            "outcome": {
                "at": [
                    "terminal:/response/status",
                    "terminal:/type",
                    {"at": "event:response.output_item.done:/item", **state},
                    {"at": "terminal:/response/output/*", **state},
                    "body:/status",
                    {"at": "body:/output/*", **state},
                ],
                "detail": ["terminal:/response/incomplete_details/reason", "body:/incomplete_details/reason"],
                "accept": ["completed", "response.completed"],
                "truncated": ["max_output_tokens", "incomplete", "response.incomplete"],
                "paused": ["queued", "in_progress"],
                "refused": ["content_filter"],
                "failed": ["failed", "cancelled", "response.failed", "response.cancelled"],
                "limit": {"send": given["limit"], "strict": True},
            }
        },
    }


_PART = _some(
    "text",
    "functionCall",
    "functionResponse",
    "inlineData",
    "fileData",
    "executableCode",
    "codeExecutionResult",
    "thought",
    "thoughtSignature",
)
_TOLD = [
    "finishReason",
    "finishMessage",
    "index",
    "safetyRatings",
    "citationMetadata",
    "groundingMetadata",
    "urlContextMetadata",
    "tokenCount",
    "avgLogprobs",
    "logprobsResult",
]
"""What a candidate may say without content; anything else beside it could be content under another name."""
_PARTS = {"type": "array", "items": {**_PART, "properties": {"text": {"type": "string"}}}}
_CANDIDATE: Parts = {
    "type": "object",
    "anyOf": [{"required": ["content"]}, {"required": ["finishReason"], "propertyNames": {"enum": _TOLD}}],
    "properties": {
        "content": {
            "type": "object",
            "anyOf": [{"required": ["parts"]}, {"propertyNames": {"const": "role"}}],
            "properties": {"parts": _PARTS},
        }
    },
}
_CONTENTS = {
    **_some("candidates", "promptFeedback", "usageMetadata"),
    "properties": {"candidates": {"type": "array", "items": _CANDIDATE}},
}
"""What every chunk of Gemini looks like, and a whole response."""


def gemini(given: Given) -> Parts:
    """Gemini: the last chunk has a `finishReason`, which must be `STOP`; a blocked prompt and a called function are refused."""
    errors = {
        "RESOURCE_EXHAUSTED": "rate_limited",
        "UNAVAILABLE": "transient",
        "INTERNAL": "transient",
        "DEADLINE_EXCEEDED": "transient",
        "UNAUTHENTICATED": "auth",
        "PERMISSION_DENIED": "auth",
        "NOT_FOUND": "not_found",
        "INVALID_ARGUMENT": "rejected",
        "FAILED_PRECONDITION": "rejected",
    }
    several = [{"at": "body:/candidates/*/index", "gt": 0}, *_there("body:/candidates/1")]
    text = {"read": "/text", "unless": _is("body:/thought", True)}
    return {
        "request": {"method": "POST", "query": {"alt": "sse"}},
        "response": {
            "media": _MEDIA,
            "schema": _CONTENTS,
            "classify": [_told("body:/error", "body:/error/status", errors)],
            "veto": [
                *_veto("generation_refused", *_there("body:/promptFeedback/blockReason")),
                *_veto("unexpected_tool_call", *_there("body:/candidates/*/content/parts/*/functionCall")),
                *_veto("not_one", *several),
            ],
            "generation": {
                "text": [
                    {"at": "event:*:/candidates/0/content/parts/*", **text},
                    {"at": "body:/candidates/0/content/parts/*", **text},
                ],
                "model": ["event:*:/modelVersion", "body:/modelVersion"],
                "input_tokens": ["event:*:/usageMetadata/promptTokenCount", "body:/usageMetadata/promptTokenCount"],
                "output_tokens": [
                    "event:*:/usageMetadata/candidatesTokenCount",
                    "body:/usageMetadata/candidatesTokenCount",
                ],
            },
        },
        "walk": {
            "terminal": [{"at": "body:/candidates/*/finishReason", "state": ["value"]}],
            "same": ["event:*:/responseId"],
        },
        "complete": {
            "outcome": {
                "at": ["event:*:/candidates/*/finishReason", "body:/candidates/*/finishReason"],
                "accept": ["STOP"],
                "truncated": ["MAX_TOKENS"],
                "refused": [
                    "SAFETY",
                    "RECITATION",
                    "LANGUAGE",
                    "BLOCKLIST",
                    "PROHIBITED_CONTENT",
                    "SPII",
                    "IMAGE_SAFETY",
                ],
                "tools": ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"],
                "failed": ["OTHER"],
                "limit": {"send": given["limit"]},
            }
        },
    }
