"""From the parameters and bodies of an operation to the request of a tool and its arguments.

Every argument becomes a value at one place; where only an argument's structure could say it, the operation is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from ..shapes import members
from .bodies import lay_body
from .description import Operation, Parameter
from .drafting import Drafting, Schema, definitions_of, is_object_schema
from .effects import effects
from .inference import Sent
from .narrowing import narrowed, resolved
from .prose import line
from .styling import may_be, resource_name, style
from .unsuitable import Unsuitable

__all__ = ["Requested", "requested"]

_DEEPEST = 5
_MOST_SIGNS = 6_000
"""Characters of JSON that the arguments of one tool may cost; deeper levels are left out until they fit."""
_OF_THE_TRANSPORT = frozenset(
    {"accept", "content-type", "authorization"}  # OpenAPI 3.1, 4.8.12: shall be ignored
    | {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"}
    | {"proxy-connection", "proxy-authorization", "accept-encoding", "range", "cookie"}  # what no tool may write
)
_UNWRITTEN = frozenset({"range", "cookie", "te", "trailer", "expect", "upgrade", "proxy-authorization"})
"""Those of them that nobody else writes either: a request that needs one would ask for something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """The *request* and *input* of a tool, as they are written in a file, and *notes* for whoever reads it."""

    request: Mapping[str, Any]
    input: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def requested(operation: Operation, *, taken: frozenset[Sent], hidden: frozenset[tuple[str, str]]) -> Requested:
    """Make the request of *operation*; raise `Unsuitable` where there is none.

    *taken* is sent by the walk, *hidden* (place and name) by the credential: neither is an argument.
    """
    drafting = Drafting(0)
    for depth in range(_DEEPEST, -1, -1):
        drafting = _drafted(operation, taken, hidden, depth)
        if len(json.dumps(drafting.properties)) <= _MOST_SIGNS:
            break
    if drafting.depth < _DEEPEST and _is_cut(operation, drafting.depth):
        drafting.notes.append(f"Arguments are described {_levels(drafting.depth)} deep; the service checks the rest.")
    return _finished(operation, drafting)


def _levels(depth: int) -> str:
    return "no level" if depth == 0 else "one level" if depth == 1 else f"{depth} levels"


def _is_cut(operation: Operation, depth: int) -> bool:
    schemas = [*(one.schema for one in operation.parameters), *(one.schema for one in operation.payloads)]
    return any(narrowed(one, depth, use="argument") != narrowed(one, depth + 1, use="argument") for one in schemas)


def _finished(operation: Operation, drafting: Drafting) -> Requested:
    request: dict[str, Any] = {"method": operation.method.upper()} if operation.method.upper() != "GET" else {}
    request["url"] = drafting.request.pop("url")["url"]
    request |= {name: part.get("", part) for name, part in drafting.request.items()}
    if drafting.styles:
        request["styles"] = drafting.styles
    input_: dict[str, Any] = {"properties": drafting.properties} if drafting.properties else {}
    if drafting.required:
        input_["required"] = drafting.required
    return Requested(request=request, input=input_, notes=tuple(drafting.notes))


def _drafted(operation: Operation, taken: frozenset[Sent], hidden: frozenset[tuple[str, str]], depth: int) -> Drafting:
    drafting = Drafting(depth)
    _paths(operation, drafting)
    for parameter in operation.parameters:
        place = parameter.place
        if place == "path" or (place, parameter.name) in taken or (place, parameter.name.lower()) in hidden:
            continue
        if place == "header" and parameter.name.lower() in _OF_THE_TRANSPORT:
            if parameter.required and parameter.name.lower() in _UNWRITTEN:
                raise Unsuitable(f"it needs the header `{line(parameter.name)}`, which no tool can write")
            continue
        if parameter.deprecated and not parameter.required:
            continue
        _parameter(operation, parameter, drafting)
    lay_body(operation, taken, drafting)
    return drafting


# -------------------------------------------------------------------------------------------------- paths

_BRACES = re.compile(r"\{([^{}]*)\}")
_PATH_SAFE = "!$&'()*+,;=:@~-._/%"


def _paths(operation: Operation, drafting: Drafting) -> None:
    path, _, constants = operation.path.partition("#")[0].partition("?")
    declared = {parameter.name: parameter for parameter in operation.parameters if parameter.place == "path"}
    url, position, written = "", 0, dict[str, str]()
    for match in _BRACES.finditer(path):
        name = match[1].lstrip("+/;.").rstrip("*")
        parameter = declared.get(match[1]) or declared.get(name) or Parameter(name=name, place="path", schema=_TEXT)
        if parameter.name not in written:  # the same one may stand in a path twice
            written[parameter.name] = _segment(parameter, drafting)
        url += _literal(path[position : match.start()]) + written[parameter.name]
        position = match.end()
    url += _literal(path[position:])
    if {".", ".."} & set(url.split("/")):
        raise Unsuitable("its path has dot segments")
    drafting.put("url", "url", "/" + url.lstrip("/"))
    for pair in filter(None, constants.split("&")):
        name, _, value = pair.partition("=")
        if "{" not in pair:
            drafting.put("query", unquote(name), unquote(value))


_TEXT: Schema = {"type": "string"}


def _literal(text: str) -> str:
    if "{" in text or "}" in text:
        raise Unsuitable("its path has braces that do not match")
    return quote(text, safe=_PATH_SAFE)


def _segment(parameter: Parameter, drafting: Drafting) -> str:
    schema = parameter.schema or _TEXT
    if (whole := resource_name(schema)) is not None:
        schema = {**resolved(schema, schema), "pattern": whole}
    own = drafting.argue(parameter.name, schema, required=True, says=parameter.description)
    if (word := style(parameter)) is not None:
        if word.startswith("matrix") and own != parameter.name:
            raise Unsuitable(f"its path parameter `{parameter.name}` needs a name that no argument can have")
        drafting.styles[f"path:{own}"] = word
    return f"{{{own}}}"


# -------------------------------------------------------------------------------------------------- parameters

_PARTS = {"query": "query", "header": "headers", "cookie": "cookies"}


_KEYS = frozenset({"idempotency-key", "x-idempotency-key", "idempotent-key", "x-idempotent-key"})


def _is_key(operation: Operation, parameter: Parameter, schema: Schema) -> bool:
    """Whether a parameter is the key of a write, which is made for each call; one of a given form is the caller's."""
    named = parameter.place == "header" and parameter.name.lower() in _KEYS
    return named and not {"format", "pattern", "maxLength"} & schema.keys() and effects(operation) == "write"


def _parameter(operation: Operation, parameter: Parameter, drafting: Drafting) -> None:
    schema = resolved(parameter.schema, parameter.schema)
    if _is_key(operation, parameter, schema):
        drafting.put("idempotency", "header", parameter.name)
        return
    part = _PARTS[parameter.place]
    if parameter.name in drafting.request.get(
        part, {}
    ):  # two objects may have a member of one name: it is one parameter
        return
    if _is_exploded(parameter) and is_object_schema(schema):
        if not members(schema.get("properties")):
            _left_out(parameter, drafting)
        for name, inner, required in _members(parameter, schema):
            if name in drafting.request.get(part, {}):
                continue
            own = drafting.argue(name, inner, required=required)
            drafting.put(part, name, f"{{input.{own}}}")
        return
    if _is_exploded(parameter) and may_be(parameter.schema, "object"):
        _left_out(parameter, drafting)
        return
    own = drafting.argue(parameter.name, parameter.schema, required=parameter.required, says=parameter.description)
    drafting.put(part, parameter.name, f"{{input.{own}}}")
    if (word := style(parameter)) is not None:
        drafting.styles[f"{parameter.place}:{parameter.name}"] = word


def _is_exploded(parameter: Parameter) -> bool:
    """Whether the members of an object would be parameters of their own."""
    exploded = parameter.style == "form" and parameter.explode and parameter.media is None
    return exploded and parameter.place in ("query", "cookie")


def _left_out(parameter: Parameter, drafting: Drafting) -> None:
    """Leave out a parameter whose members nobody names, unless it has to be sent."""
    if parameter.required:
        raise Unsuitable(f"its parameter `{parameter.name}` lets the caller choose the names of parameters")
    drafting.notes.append(
        f"`{line(parameter.name)[:80]}` is left out: the caller would choose the names of parameters."
    )


def _members(parameter: Parameter, schema: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """The members of an object that is written as parameters of their own: those that are described, and no others."""
    for name, inner in members(schema.get("properties")).items():
        required = parameter.required and name in schema.get("required", ())
        yield name, {**members(inner), **definitions_of(parameter.schema)}, required
