"""What model endpoints send: whole answers of each family, streamed and plain, byte for byte as they were recorded.

The Responses stream is written after the events that the service is seen to send, since a whole one is 9 KB long.
"""

from __future__ import annotations

from unabridged.schemas.wire import Response

__all__ = [
    "ANTHROPIC",
    "ANTHROPIC_CUT_AT_LIMIT",
    "ARRAY",
    "CHAT",
    "CHAT_CUT_AT_LIMIT",
    "GEMINI",
    "GEMINI_CUT_AT_LIMIT",
    "LINES",
    "LLAMA_RESPONSES",
    "RESPONSES",
    "RESPONSES_CUT_AT_LIMIT",
    "said",
]

TEXT = "Hello there, this is a full answer."

ANTHROPIC = b"""\
event: message_start
data: {"type":"message_start","message":{"id":"msg_UBQ47PHRy3PF34ol","type":"message","role":"assistant","content":[],"model":"claude-sonnet-4-5","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello there, this is"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" a full answer."}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":0}}

event: message_stop
data: {"type":"message_stop"}

"""

ANTHROPIC_CUT_AT_LIMIT = b'{"id":"msg_gawbzGNVAR2jCN-M","type":"message","role":"assistant","content":[{"type":"text","text":"This answer is cut"}],"model":"claude-sonnet-4-5","stop_reason":"max_tokens","stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}'

CHAT = b"""\
data: {"id":"chatcmpl-bUPNgK1oRX3BtrSo","object":"chat.completion.chunk","created":1795242839,"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-bUPNgK1oRX3BtrSo","object":"chat.completion.chunk","created":1795242839,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Hello there, this is"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-bUPNgK1oRX3BtrSo","object":"chat.completion.chunk","created":1795242839,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":" a full answer."},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-bUPNgK1oRX3BtrSo","object":"chat.completion.chunk","created":1795242839,"model":"gpt-4o","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

data: {"id":"chatcmpl-bUPNgK1oRX3BtrSo","object":"chat.completion.chunk","created":1795242839,"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":2,"completion_tokens":9,"total_tokens":11}}

data: [DONE]

"""

CHAT_CUT_AT_LIMIT = b'{"id":"chatcmpl-zY-WE8w6SrxLUlAj","object":"chat.completion","created":1795242839,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"This answer is cut","refusal":null},"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":2,"completion_tokens":5,"total_tokens":7}}'

RESPONSES = b"""\
event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","error":null,"incomplete_details":null,"model":"gpt-4o","output":[],"usage":null}}

event: response.in_progress
data: {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_1","object":"response","status":"in_progress","error":null,"incomplete_details":null,"model":"gpt-4o","output":[],"usage":null}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","content":[],"role":"assistant"}}

event: response.content_part.added
data: {"type":"response.content_part.added","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"text":""}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hello there, this is"}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_1","output_index":0,"content_index":0,"delta":" a full answer."}

event: response.output_text.done
data: {"type":"response.output_text.done","sequence_number":6,"item_id":"msg_1","output_index":0,"content_index":0,"text":"Hello there, this is a full answer."}

event: response.content_part.done
data: {"type":"response.content_part.done","sequence_number":7,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"text":"Hello there, this is a full answer."}}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":8,"output_index":0,"item":{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"text":"Hello there, this is a full answer."}],"role":"assistant"}}

event: response.completed
data: {"type":"response.completed","sequence_number":9,"response":{"id":"resp_1","object":"response","status":"completed","error":null,"incomplete_details":null,"model":"gpt-4o","output":[{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"text":"Hello there, this is a full answer."}],"role":"assistant"}],"usage":{"input_tokens":2,"output_tokens":9,"total_tokens":11}}}

"""

RESPONSES_CUT_AT_LIMIT = b'{"id":"resp-81ZWQ94V3qax5i45","object":"response","created_at":1795242839,"model":"gpt-4o","status":"incomplete","output":[{"type":"message","id":"msg-QpgQngUwr1y4rpuu","status":"completed","role":"assistant","content":[{"type":"output_text","text":"This answer is cut","annotations":[]}]}],"usage":{"input_tokens":0,"output_tokens":0,"total_tokens":0}}'

LLAMA_RESPONSES = b'{"completed_at":1795244586,"created_at":1795244586,"id":"resp_ydDsOnxnU3RyzYa3hhMqR1IZK1jQ0rYV","model":"gemma-3-270m-q4_k_m.gguf","object":"response","output":[{"content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Say hi<|im_"}],"id":"msg_SFnZgVr91aDfqRDi2GP4GtNGYKaK80SO","role":"assistant","status":"completed","type":"message"}],"status":"completed","usage":{"input_tokens":26,"output_tokens":6,"total_tokens":32,"input_tokens_details":{"cached_tokens":21}}}'
"""A real llama.cpp server, told to stop after six tokens: cut, and called completed."""

GEMINI = b"""\
data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Hello there, this is"}]},"index":0}]}

data: {"candidates":[{"content":{"role":"model","parts":[{"text":" a full answer."}]},"index":0,"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":0,"candidatesTokenCount":0,"totalTokenCount":0}}

"""

GEMINI_CUT_AT_LIMIT = b'{"candidates":[{"content":{"role":"model","parts":[{"text":"This answer is cut"}]},"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{"promptTokenCount":0,"candidatesTokenCount":0,"totalTokenCount":0}}'

ARRAY = b"[" + b"\r\n,\r\n".join(line.removeprefix(b"data: ") for line in GEMINI.split(b"\n") if line) + b"\r\n]"
"""The same from Gemini without `alt=sse`: one JSON array that comes in chunks."""

LINES = b"""\
{"model":"gemma3","created_at":"2026-11-21T06:33:59Z","message":{"role":"assistant","content":"Hello there, this is"},"done":false}
{"model":"gemma3","created_at":"2026-11-21T06:33:59Z","message":{"role":"assistant","content":" a full answer."},"done":false}
{"model":"gemma3","created_at":"2026-11-21T06:34:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":9}
"""
"""JSON lines, as Ollama streams a chat."""


def said(content: bytes, media: str = "text/event-stream", *, status: int = 200) -> Response:
    """A whole response of these bytes, its end marked by the last chunk."""
    return Response(
        status=status,
        headers=(("content-type", media),),
        content=content,
        framing="chunked",
        received_at=1_000_000.0,
        wire_bytes=len(content),
    )
