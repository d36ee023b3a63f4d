"""From the parameters and bodies of an operation to the request of a tool and its arguments.

Every argument becomes a value at one place; where only an argument's structure could say it, the operation is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from ..shapes import is_object, members
from .description import Operation, Parameter, Payload
from .effects import effects
from .inference import Sent
from .naming import argument
from .narrowing import narrowed, resolved
from .prose import trimmed
from .styling import style
from .unsuitable import Unsuitable

__all__ = ["Requested", "requested"]

Schema: TypeAlias = Mapping[str, Any]

_DEEPEST = 5
_MOST_SIGNS = 6_000
"""Characters of JSON that the arguments of one tool may cost; deeper levels are left out until they fit."""
_LONGEST_TEXT = 160
_OF_THE_TRANSPORT = frozenset(
    {"accept", "content-type", "authorization"}  # OpenAPI 3.1, 4.8.12: shall be ignored
    | {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"}
    | {"proxy-connection", "proxy-authorization", "accept-encoding", "range", "cookie"}  # what no tool may write
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """The *request* and *input* of a tool, as they are written in a file, and *notes* for whoever reads it."""

    request: Mapping[str, Any]
    input: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Drafting:
    """What is known so far; *depth* is how deep schemas of arguments may be."""

    depth: int
    properties: dict[str, Any] = field(default_factory=dict[str, Any])
    required: list[str] = field(default_factory=list[str])
    request: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    styles: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])

    def argue(self, name: str, schema: Schema, *, required: bool, says: str = "") -> str:
        """Add an argument and return its name."""
        own = argument(name, self.properties)
        shown = narrowed(schema, self.depth, use="argument")
        if says := trimmed(says, _LONGEST_TEXT):
            shown = {**shown, "description": _with_default(says, shown.get("description", ""))}
        self.properties[own] = shown
        if required:
            self.required.append(own)
        return own

    def put(self, part: str, name: str, value: object) -> None:
        self.request.setdefault(part, {})[name] = value


def _with_default(says: str, of_the_schema: str) -> str:
    """The parameter's own words, and the default that only its schema tells."""
    told = re.search(r"\(default: [^)]*\)\Z", of_the_schema)
    return f"{says} {told[0]}" if told and "efault" not in says else says


def requested(operation: Operation, *, taken: frozenset[Sent], hidden: frozenset[tuple[str, str]]) -> Requested:
    """Make the request of *operation*; raise `Unsuitable` where there is none.

    *taken* is sent by the walk, *hidden* (place and name) by the credential: neither is an argument.
    """
    drafting = _Drafting(0)
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


def _finished(operation: Operation, drafting: _Drafting) -> Requested:
    request: dict[str, Any] = {"method": operation.method.upper()} if operation.method.upper() != "GET" else {}
    request["url"] = drafting.request.pop("url")["url"]
    request |= {name: part.get("", part) for name, part in drafting.request.items()}
    if drafting.styles:
        request["styles"] = drafting.styles
    input_: dict[str, Any] = {"properties": drafting.properties} if drafting.properties else {}
    if drafting.required:
        input_["required"] = drafting.required
    return Requested(request=request, input=input_, notes=tuple(drafting.notes))


def _drafted(operation: Operation, taken: frozenset[Sent], hidden: frozenset[tuple[str, str]], depth: int) -> _Drafting:
    drafting = _Drafting(depth)
    _paths(operation, drafting)
    for parameter in operation.parameters:
        place = parameter.place
        if place == "path" or (place, parameter.name) in taken or (place, parameter.name.lower()) in hidden:
            continue
        if place == "header" and parameter.name.lower() in _OF_THE_TRANSPORT:
            continue
        if parameter.deprecated and not parameter.required:
            continue
        _parameter(operation, parameter, drafting)
    _body(operation, taken, drafting)
    return drafting


# -------------------------------------------------------------------------------------------------- paths

_BRACES = re.compile(r"\{([^{}]*)\}")
_PATH_SAFE = "!$&'()*+,;=:@~-._/%"


def _paths(operation: Operation, drafting: _Drafting) -> None:
    path, _, constants = operation.path.partition("#")[0].partition("?")
    declared = {parameter.name: parameter for parameter in operation.parameters if parameter.place == "path"}
    url, position = "", 0
    for match in _BRACES.finditer(path):
        name = match[1].lstrip("+/;.").rstrip("*")
        parameter = declared.get(match[1]) or declared.get(name) or Parameter(name=name, place="path", schema=_TEXT)
        url += _literal(path[position : match.start()]) + _segment(parameter, drafting)
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


def _segment(parameter: Parameter, drafting: _Drafting) -> str:
    schema = parameter.schema or _TEXT
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


def _parameter(operation: Operation, parameter: Parameter, drafting: _Drafting) -> None:
    schema = resolved(parameter.schema, parameter.schema)
    if _is_key(operation, parameter, schema):
        drafting.put("idempotency", "header", parameter.name)
        return
    part = _PARTS[parameter.place]
    if _is_exploded_object(parameter, schema):
        for name, inner, required in _members(parameter, schema):
            own = drafting.argue(name, inner, required=required)
            drafting.put(part, name, f"{{input.{own}}}")
        return
    own = drafting.argue(parameter.name, parameter.schema, required=parameter.required, says=parameter.description)
    drafting.put(part, parameter.name, f"{{input.{own}}}")
    if (word := style(parameter)) is not None:
        drafting.styles[f"{parameter.place}:{parameter.name}"] = word


def _is_exploded_object(parameter: Parameter, schema: Schema) -> bool:
    exploded = parameter.style == "form" and parameter.explode and parameter.media is None
    return exploded and parameter.place in ("query", "cookie") and _is_object(schema)


def _is_object(schema: Schema) -> bool:
    kind = schema.get("type")
    return kind in ("object", ["object", "null"]) or (kind is None and "properties" in schema)


def _members(parameter: Parameter, schema: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """The members of an object that is written as parameters of their own: those that are described, and no others."""
    properties = members(schema.get("properties"))
    if not properties and parameter.required:
        raise Unsuitable(f"its parameter `{parameter.name}` lets the caller choose the names of parameters")
    for name, inner in properties.items():
        required = parameter.required and name in schema.get("required", ())
        yield name, {**members(inner), **_definitions(parameter.schema)}, required


def _definitions(schema: Schema) -> dict[str, Any]:
    return {"$defs": schema["$defs"]} if "$defs" in schema else {}


# -------------------------------------------------------------------------------------------------- bodies

_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\Z|text/json\Z|\*/\*\Z|application/\*\Z")
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def _body(operation: Operation, taken: frozenset[Sent], drafting: _Drafting) -> None:
    if not operation.payloads:
        return
    if operation.method.upper() in ("GET", "HEAD"):
        if any(payload.required for payload in operation.payloads):
            raise Unsuitable(f"it needs a body with {operation.method.upper()}")
        return
    by_media = {payload.media.partition(";")[0].strip().lower(): payload for payload in operation.payloads}
    json_media = next((media for media in _preferred(by_media) if _JSON.match(media)), None)
    if json_media is not None:
        _json(by_media[json_media], json_media, taken, drafting)
    elif _FORM in by_media:
        _form(by_media[_FORM], taken, drafting)
    elif _MULTIPART in by_media:
        _multipart(by_media[_MULTIPART], drafting)
    else:
        _raw(*next(iter(by_media.items())), drafting)


def _preferred(by_media: Mapping[str, Payload]) -> list[str]:
    """`application/json` before its kin: what all services of a family have in common."""
    return sorted(by_media, key=lambda media: media != "application/json")


def _json(payload: Payload, media: str, taken: frozenset[Sent], drafting: _Drafting) -> None:
    if not media.endswith("*") and media != "application/json":
        drafting.put("headers", "content-type", media)
    schema = resolved(payload.schema, payload.schema)
    sent = {name.lstrip("/") for place, name in taken if place == "body"}
    if not _is_flat(payload, schema, drafting):
        own = drafting.argue("body", payload.schema, required=payload.required, says=payload.description)
        drafting.request["body"] = {"": f"{{input.{own}}}"}
        return
    drafting.request["body"] = {}
    for name, inner, required in _own(payload, schema):
        if name not in sent:
            own = drafting.argue(name, inner, required=required)
            drafting.put("body", name, f"{{input.{own}}}")
    if not drafting.request["body"]:
        drafting.request["body"] = {"": {}}


def _own(payload: Payload, schema: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """The members of a body that a caller writes."""
    required = schema.get("required", ())
    for name, inner in members(schema.get("properties")).items():
        described = resolved(inner, payload.schema)
        if described.get("readOnly") is True or (described.get("deprecated") is True and name not in required):
            continue
        yield name, {**members(inner), **_definitions(payload.schema)}, name in required


def _is_flat(payload: Payload, schema: Schema, drafting: _Drafting) -> bool:
    """Whether the members of a body can be arguments of their own: all are named, and no name is taken."""
    properties = members(schema.get("properties"))
    open_ = is_object(schema.get("additionalProperties")) or {"allOf", "anyOf", "oneOf"} & schema.keys()
    optional_whole = not payload.required and bool(schema.get("required"))
    fits = all(argument(name, drafting.properties) == name for name in properties)
    return bool(properties) and _is_object(schema) and not open_ and not optional_whole and fits


def _form(payload: Payload, taken: frozenset[Sent], drafting: _Drafting) -> None:
    schema = resolved(payload.schema, payload.schema)
    sent = {name.lstrip("/") for place, name in taken if place == "body"}
    drafting.request["form"] = {}
    for name, inner, required in _own(payload, schema):
        if name in sent:
            continue
        own = drafting.argue(name, inner, required=required and payload.required)
        drafting.put("form", name, f"{{input.{own}}}")
        if (word := style(_field(payload, name, inner))) is not None:
            drafting.styles[f"form:{name}"] = word
    if not drafting.request["form"]:
        _nothing(payload, drafting, "form")


def _field(payload: Payload, name: str, schema: Schema) -> Parameter:
    """A member of a form, as the parameter that it is written like (OpenAPI 3.1, 4.8.15)."""
    encoding = members(payload.encoding.get(name))
    way = encoding.get("style", "form")
    whole = {**schema, **_definitions(payload.schema)}
    media = encoding.get("contentType")
    shape = resolved(whole, whole)
    as_json = isinstance(media, str) and "json" in media and "style" not in encoding
    if _is_object(shape) and "style" not in encoding:
        as_json = True
    return Parameter(
        name=name,
        place="query",
        schema=whole,
        style=way if isinstance(way, str) else "form",
        explode=bool(encoding.get("explode", way == "form")),
        media="application/json" if as_json else None,
    )


def _nothing(payload: Payload, drafting: _Drafting, part: str) -> None:
    """A body without members that are known: nothing can be sent, unless something must be."""
    drafting.request.pop(part)
    if payload.required and members(payload.schema).get("required"):
        raise Unsuitable(f"its {payload.media} body does not say what is in it")


def _multipart(payload: Payload, drafting: _Drafting) -> None:
    schema = resolved(payload.schema, payload.schema)
    drafting.request["multipart"] = {}
    for name, inner, required in _own(payload, schema):
        whole = {**inner, **_definitions(payload.schema)}
        drafting.put("multipart", name, _part(payload, name, whole, required and payload.required, drafting))
    if not drafting.request["multipart"]:
        _nothing(payload, drafting, "multipart")


def _part(payload: Payload, name: str, whole: Schema, required: bool, drafting: _Drafting) -> object:
    shape = resolved(whole, whole)
    each = resolved(shape["items"], whole) if is_object(shape.get("items")) else shape
    media = members(payload.encoding.get(name)).get("contentType")
    if _is_binary(each):
        many = each is not shape
        says = f"{shape.get('description', '')} ({'each ' if many else ''}base64)".strip()
        text = {"type": "string", "contentEncoding": "base64"}
        own = drafting.argue(name, {"type": "array", "items": text} if many else text, required=required, says=says)
        part: dict[str, Any] = {"content": f"{{input.{own}}}", "encoding": "base64", "filename": name}
        if isinstance(media, str) and "," not in media and "*" not in media:
            part["media"] = media
        return part
    own = drafting.argue(name, whole, required=required)
    if _is_object(each) or (isinstance(media, str) and "json" in media):
        return {"content": f"{{input.{own}}}", "encoding": "json"}
    return f"{{input.{own}}}"


def _is_binary(schema: Schema) -> bool:
    stated = schema.get("format") in ("binary", "byte") or "contentMediaType" in schema
    return stated and schema.get("type", "string") == "string"


def _raw(media: str, payload: Payload, drafting: _Drafting) -> None:
    if "*" in media:
        media = "application/octet-stream"
    is_text = media.startswith("text/") or media.endswith(("xml", "yaml", "graphql"))
    schema: Schema = {"type": "string"} if is_text else {"type": "string", "contentEncoding": "base64"}
    says = payload.description or (f"The content, {media}" if is_text else f"The content, {media}, as base64")
    own = drafting.argue("body", schema, required=payload.required, says=says)
    encoding = {} if is_text else {"encoding": "base64"}
    drafting.request["raw"] = {"content": f"{{input.{own}}}", **encoding, "media": media}
