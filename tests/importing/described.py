"""Operations as a description has them, in a few words: the tests of inference say only what matters to each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unabridged.tools.importing.description import Description, Operation, Parameter, Payload, Reply
from unabridged.tools.importing.inference import Inferred, infer

__all__ = ["ITEM", "array", "concluded", "listed", "number", "operation", "text"]

ITEM: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "title": {"type": "string"}},
}


def text(says: str = "", **more: Any) -> dict[str, Any]:
    """A string, and what is said of it."""
    return {"type": "string", "description": says, **more}


def number(says: str = "", **more: Any) -> dict[str, Any]:
    """An integer, and what is said of it."""
    return {"type": "integer", "description": says, **more}


def array(item: Mapping[str, Any] = ITEM) -> dict[str, Any]:
    """A list of *item*."""
    return {"type": "array", "items": dict(item)}


def listed(**members: Any) -> dict[str, Any]:
    """An answer with tickets and other *members*."""
    return {"type": "object", "properties": {"tickets": array(), **members}}


def operation(
    answer: Mapping[str, Any] | None = None,
    *,
    query: Mapping[str, Mapping[str, Any]] | None = None,
    required: tuple[str, ...] = (),
    headers: Mapping[str, Mapping[str, Any]] | None = None,
    body: Mapping[str, Any] | None = None,
    path: str = "/tickets",
    extensions: Mapping[str, Any] | None = None,
) -> Operation:
    """An operation that answers with *answer* (tickets, where none is given); with a *body* it is a search by POST."""
    parameters = tuple(
        Parameter(
            name=name,
            place="query",
            required=name in required,
            description=str(schema.get("description", "")),
            schema={key: value for key, value in schema.items() if key != "description"},
        )
        for name, schema in (query or {}).items()
    )
    schema = listed() if answer is None else answer
    return Operation(
        pointer="#/paths/~1tickets/get",
        method="GET" if body is None else "POST",
        path=path,
        parameters=parameters,
        payloads=() if body is None else (Payload(media="application/json", schema=body),),
        replies=(Reply(status="200", content={"application/json": schema}, headers=dict(headers or {})),),
        extensions=dict(extensions or {}),
    )


def concluded(one: Operation, **extensions: Any) -> Inferred:
    """What is inferred of *one* in a description with these *extensions*."""
    return infer(one, Description(version="3.1.0", operations=(one,), extensions=extensions))
