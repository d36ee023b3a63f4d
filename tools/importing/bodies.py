"""From the body of an operation to the content of a request: JSON, a form, a form with files, or anything else.

A caller gives text as text and bytes as base64; the members of a body are arguments of their own where no name is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..shapes import is_object, members
from .description import Operation, Parameter, Payload
from .drafting import Drafting, Schema, definitions_of, is_object_schema
from .inference import Sent
from .media import bare, plain, sent_as_json
from .naming import argument
from .narrowing import resolved
from .prose import line
from .styling import may_be, style
from .unsuitable import Unsuitable

__all__ = ["lay_body"]

_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def lay_body(operation: Operation, taken: frozenset[Sent], drafting: Drafting) -> None:
    """Add the body of *operation* to the request; raise `Unsuitable` where there is a body that cannot be sent."""
    if not operation.payloads:
        return
    if operation.method.upper() in ("GET", "HEAD"):
        if any(payload.required for payload in operation.payloads):
            raise Unsuitable(f"it needs a body with {operation.method.upper()}")
        return
    by_media = {plain(payload.media): payload for payload in operation.payloads}
    as_json = sent_as_json(operation)
    if as_json is not None:
        _json(as_json, plain(as_json.media), taken, drafting)
    elif _FORM in by_media:
        _form(by_media[_FORM], taken, drafting)
    elif _MULTIPART in by_media:
        _multipart(by_media[_MULTIPART], drafting)
    else:
        _raw(*next(iter(by_media.items())), drafting)


def _json(payload: Payload, media: str, taken: frozenset[Sent], drafting: Drafting) -> None:
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
    """The members of a body that a caller writes; one that several alternatives have is any of what they say of it."""
    found: dict[str, list[Schema]] = {}
    needed: set[str] = set()
    for name, inner, required in _named(schema, payload.schema):
        described = resolved(inner, payload.schema)
        if described.get("readOnly") is True or (described.get("deprecated") is True and not required):
            continue
        known = found.setdefault(name, [])
        known += [members(inner)] if members(inner) not in known else []
        needed |= {name} if required else set()
    for name, said in found.items():
        whole = said[0] if len(said) == 1 else {"anyOf": said}
        yield name, {**whole, **definitions_of(payload.schema)}, name in needed


def _named(schema: Schema, root: Schema) -> Iterator[tuple[str, object, bool]]:
    """The members that *schema* names, and whether each has to be there; of its alternatives none has to."""
    required = schema.get("required", ())
    for name, inner in members(schema.get("properties")).items():
        yield name, inner, name in required
    for part in schema.get("allOf", ()):
        yield from _named(resolved(part, root), root)
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from ((name, inner, name in required) for name, inner, _ in _named(resolved(part, root), root))


def _is_flat(payload: Payload, schema: Schema, drafting: Drafting) -> bool:
    """Whether the members of a body can be arguments of their own: all are named, and no name is taken."""
    properties = members(schema.get("properties"))
    open_ = is_object(schema.get("additionalProperties")) or {"allOf", "anyOf", "oneOf"} & schema.keys()
    optional_whole = not payload.required and bool(schema.get("required"))
    fits = all(argument(name, drafting.properties) == name for name in properties)
    return bool(properties) and is_object_schema(schema) and not open_ and not optional_whole and fits


def _form(payload: Payload, taken: frozenset[Sent], drafting: Drafting) -> None:
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
    whole = {**schema, **definitions_of(payload.schema)}
    media = encoding.get("contentType")
    shape = resolved(whole, whole)
    as_json = isinstance(media, str) and "json" in media and "style" not in encoding
    if is_object_schema(shape) and "style" not in encoding:
        as_json = True
    return Parameter(
        name=name,
        place="query",
        schema=whole,
        style=way if isinstance(way, str) else "form",
        explode=bool(encoding.get("explode", way == "form")),
        media="application/json" if as_json else None,
    )


def _nothing(payload: Payload, drafting: Drafting, part: str) -> None:
    """A body without members that are known: nothing can be sent, unless something must be."""
    drafting.request.pop(part)
    if payload.required:
        raise Unsuitable(f"its {payload.media} body does not say what is in it")
    drafting.notes.append(f"Its {line(payload.media)[:80]} body is not sent: nothing says what is in it.")


def _multipart(payload: Payload, drafting: Drafting) -> None:
    schema = resolved(payload.schema, payload.schema)
    drafting.request["multipart"] = {}
    for name, inner, required in _own(payload, schema):
        whole = {**inner, **definitions_of(payload.schema)}
        if (word := _between(payload, name, whole)) is not None:
            _without(name, word, required and payload.required, drafting)
        else:
            drafting.put("multipart", name, _part(payload, name, whole, required and payload.required, drafting))
    if not drafting.request["multipart"]:
        _nothing(payload, drafting, "multipart")


def _between(payload: Payload, name: str, whole: Schema) -> str | None:
    """The style of a list that is one part, which no tool file can say of a part: there a list is the part repeated."""
    encoding = members(payload.encoding.get(name))
    return style(_field(payload, name, whole)) if "style" in encoding and may_be(whole, "array") else None


def _without(name: str, word: str, required: bool, drafting: Drafting) -> None:
    says = f"a list in the style `{word}`, which no part of a form can have"
    if required:
        raise Unsuitable(f"its body needs `{line(name)[:80]}`, {says}")
    drafting.notes.append(f"`{line(name)[:80]}` is left out: {says}.")


def _part(payload: Payload, name: str, whole: Schema, required: bool, drafting: Drafting) -> object:
    shape = resolved(whole, whole)
    each = resolved(shape["items"], whole) if is_object(shape.get("items")) else shape
    media = members(payload.encoding.get(name)).get("contentType")
    if _is_binary(each):
        many = each is not shape
        says = f"{shape.get('description', '')} ({'each ' if many else ''}base64)".strip()
        text = {"type": "string", "contentEncoding": "base64"}
        own = drafting.argue(name, {"type": "array", "items": text} if many else text, required=required, says=says)
        part: dict[str, Any] = {"content": f"{{input.{own}}}", "encoding": "base64", "filename": name}
        if (chosen := _concrete(media)) is not None:
            part["media"] = chosen
        if isinstance(media, str) and "," in media:
            said = chosen or "application/octet-stream"
            drafting.notes.append(f"`{name}` is sent as {said}; the service takes {line(media)[:120]}.")
        return part
    own = drafting.argue(name, whole, required=required)
    return _written(f"{{input.{own}}}", is_object_schema(each), media)


def _written(content: str, is_composed: bool, media: object) -> object:
    """A part that is no file: JSON where it is composed or said to be, or else text of the *media* type that is said."""
    chosen = _concrete(media)
    kind = {} if chosen is None else {"media": chosen}
    if is_composed or (isinstance(media, str) and "json" in media):
        return {"content": content, "encoding": "json", **(kind if "json" in (chosen or "") else {})}
    return {"content": content, **kind} if kind else content


def _concrete(said: object) -> str | None:
    """The first media type of a list of them (OpenAPI 3.1, 4.8.15) that is one, and no range."""
    written = said.split(",") if isinstance(said, str) else []
    named = (one for part in written if (one := bare(part)) is not None)
    return next((one for one in named if "*" not in one), None)


def _is_binary(schema: Schema) -> bool:
    stated = schema.get("format") in ("binary", "byte") or "contentMediaType" in schema
    return stated and schema.get("type", "string") == "string"


def _raw(media: str, payload: Payload, drafting: Drafting) -> None:
    if "*" in media:
        media = "application/octet-stream"
    is_text = media.startswith("text/") or media.endswith(("xml", "yaml", "graphql"))
    schema: Schema = {"type": "string"} if is_text else {"type": "string", "contentEncoding": "base64"}
    says = payload.description or (f"The content, {media}" if is_text else f"The content, {media}, as base64")
    own = drafting.argue("body", schema, required=payload.required, says=says)
    encoding = {} if is_text else {"encoding": "base64"}
    drafting.request["raw"] = {"content": f"{{input.{own}}}", **encoding, "media": media}
