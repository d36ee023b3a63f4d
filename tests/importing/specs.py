"""Whole documents in a few words, and the one thing in what is read of them that a test is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unabridged.tools.importing.description import Description, Operation
from unabridged.tools.importing.reading import REPLY, REQUEST, describe

__all__ = ["body", "openapi", "operation", "read", "reasons", "reply", "swagger"]

OK: dict[str, Any] = {"200": {"description": "Fine."}}


def openapi(
    operation: Any = None,
    *,
    path: str = "/tickets",
    version: str = "3.0.3",
    item: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A document of OpenAPI with one GET operation in one path item; *more* stands at its top."""
    said = {"responses": OK} if operation is None else operation
    return {"openapi": version, "info": {"title": "Desk"}, "paths": {path: {"get": said, **(item or {})}}, **more}


def swagger(operation: Any = None, *, path: str = "/tickets", **more: Any) -> dict[str, Any]:
    """A document of Swagger 2.0 with one POST operation; *more* stands at its top."""
    said = {"responses": OK} if operation is None else operation
    return {"swagger": "2.0", "info": {"title": "Desk"}, "paths": {path: {"post": said}}, **more}


def read(document: Any, base: Path | None = None) -> Description:
    """Read *document* as JSON."""
    return describe(json.dumps(document).encode(), base=base, request=REQUEST, reply=REPLY)


def operation(document: Any, base: Path | None = None) -> Operation:
    """The one operation of *document*, of which nothing may be left out."""
    description = read(document, base)
    assert description.skipped == ()
    (found,) = description.operations
    return found


def reasons(document: Any, base: Path | None = None) -> dict[str, str]:
    """Why parts of *document* are left out, by pointer."""
    return {one.pointer: one.reason for one in read(document, base).skipped}


def reply(schema: Any, *, version: str = "3.0.3", **schemas: Any) -> Any:
    """The normal form of *schema* as that of a reply, beside the components *schemas*."""
    content = {"application/json": {"schema": schema}}
    said = {"responses": {"200": {"description": "Fine.", "content": content}}}
    found = operation(openapi(said, version=version, components={"schemas": schemas}))
    return found.replies[0].content["application/json"]


def body(schema: Any, *, version: str = "3.0.3", **schemas: Any) -> Any:
    """The normal form of *schema* as that of a request's body, beside the components *schemas*."""
    said = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": OK}
    return operation(openapi(said, version=version, components={"schemas": schemas})).payloads[0].schema
