"""The peer for generated text: the providers' own SDKs, run by an interpreter of its own.

Reads one question a line, `[way, origin]` as JSON, and answers each with a line: the text, or the name of what was raised.
Nothing is caught that an author would not have to catch, and no stop reason is looked at: that is what is measured.
"""
# pyright: basic, reportMissingImports=false
# the SDKs are not installed where this file is checked, only where it runs

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import anthropic  # type: ignore[import-not-found]
import openai  # type: ignore[import-not-found]
from google import genai  # type: ignore[import-not-found]

PROMPT = "When is the harbour open?"
MESSAGES = [{"role": "user", "content": PROMPT}]


def messages(origin: str) -> str:
    """Anthropic: the helper that assembles a message from its stream."""
    client = anthropic.Anthropic(api_key="none", base_url=origin, max_retries=0, timeout=5)
    with client.messages.stream(model="claude-sonnet-5-5", max_tokens=400, messages=MESSAGES) as stream:
        return "".join(block.text for block in stream.get_final_message().content if block.type == "text")


def chat(origin: str) -> str:
    """OpenAI, Chat Completions: the loop over chunks that its documentation shows."""
    client = openai.OpenAI(api_key="none", base_url=f"{origin}/v1", max_retries=0, timeout=5)
    chunks = client.chat.completions.create(model="gpt-5", messages=MESSAGES, stream=True)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def chat_helper(origin: str) -> str:
    """OpenAI, Chat Completions: the helper that assembles a completion from its stream."""
    client = openai.OpenAI(api_key="none", base_url=f"{origin}/v1", max_retries=0, timeout=5)
    with client.chat.completions.stream(model="gpt-5", messages=MESSAGES) as stream:
        return stream.get_final_completion().choices[0].message.content or ""


def responses(origin: str) -> str:
    """OpenAI, Responses: the loop over events that its documentation shows."""
    client = openai.OpenAI(api_key="none", base_url=f"{origin}/v1", max_retries=0, timeout=5)
    events = client.responses.create(model="gpt-5", input=PROMPT, stream=True)
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


def responses_helper(origin: str) -> str:
    """OpenAI, Responses: the helper that assembles a response from its stream."""
    client = openai.OpenAI(api_key="none", base_url=f"{origin}/v1", max_retries=0, timeout=5)
    with client.responses.stream(model="gpt-5", input=PROMPT) as stream:
        return str(stream.get_final_response().output_text)


def gemini(origin: str) -> str:
    """Gemini: the loop over chunks that its documentation shows."""
    client = genai.Client(api_key="none", http_options={"base_url": origin, "timeout": 5000})
    chunks = client.models.generate_content_stream(model="gemini-3.8-flash", contents=PROMPT)
    return "".join(chunk.text or "" for chunk in chunks)


WAYS: dict[str, Callable[[str], str]] = {
    way.__name__: way for way in (messages, chat, chat_helper, responses, responses_helper, gemini)
}


def answered(way: str, origin: str) -> dict[str, str]:
    """Ask one way; say what came back, or what was raised."""
    try:
        return {"text": WAYS[way](origin)}
    except Exception as error:  # whatever an SDK raises is an answer here
        return {"raised": type(error).__name__}


if __name__ == "__main__":
    print(json.dumps(list(WAYS)), flush=True)
    for line in sys.stdin:
        print(json.dumps(answered(*json.loads(line))), flush=True)
