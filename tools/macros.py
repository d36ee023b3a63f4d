"""Macros: a walk that many APIs share, by one word.  Each is a plain function (`macro_parts.py`) from its parameters to parts of a tool.

The parts are laid under what the author wrote, so the author wins; what comes out holds primitive kinds only, and that is
what is checked, hashed and run.  Nothing here is known to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import macro_parts as parts
from . import model_parts as models
from .laying import under
from .macro_parts import Given, Parts
from .mistake import Mistake, meant
from .shapes import members

__all__ = ["MACROS", "Macro", "Misused", "Parameter", "expand"]


class Misused(Exception):  # noqa: N818 - a mistake of the file's author, said in words
    """A macro without what it needs."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


@dataclass(frozen=True, slots=True)
class Parameter:
    """A word that a macro takes beside the fields of its walk; without a *default* it must be given."""

    name: str
    description: str
    default: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """A named walk: the primitive *kind* it becomes, what it takes, and the parts of a tool that it gives."""

    kind: str
    description: str
    parameters: tuple[Parameter, ...]
    parts: Callable[[Given], Parts]


def expand(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Return *tool* with its macro, if its walk is one, replaced by the parts that it stands for.

    Raises `Misused` where a parameter is missing or of a wrong type.

    >>> expand({"walk": "drf", "response": {"items": {"id": "/url"}}})["response"]["items"]
    {'at': '/results', 'id': '/url'}
    """
    written = tool.get("walk")
    walk = {"kind": written} if isinstance(written, str) else members(written)
    kind = walk.get("kind")
    macro = MACROS.get(kind) if isinstance(kind, str) else None
    if macro is None:
        return {**tool, "walk": walk} if isinstance(written, str) else dict(tool)
    names = {parameter.name for parameter in macro.parameters}
    rest = {name: value for name, value in walk.items() if name not in names}
    laid = under({"walk": {"kind": macro.kind}}, macro.parts(_given(macro, {**_said(tool), **walk})))
    return under(laid, {**tool, "walk": {**rest, "kind": macro.kind}})


def _said(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Where the items are may be said in the tool itself as well."""
    items = members(members(tool.get("response")).get("items"))
    return {"items": items["at"]} if isinstance(items.get("at"), str) else {}


def _given(macro: Macro, walk: Mapping[str, Any]) -> Given:
    values: dict[str, Any] = {}
    for parameter in macro.parameters:
        value = walk.get(parameter.name, parameter.default)
        if value is None and parameter.required:
            raise Misused(_missing(parameter, walk))
        if value is not None and not isinstance(value, str | bool | list):
            expected = f"expected a text ({parameter.description}), found {type(value).__name__}"
            raise Misused(Mistake(("walk", parameter.name), expected))
        values[parameter.name] = value
    return values


def _missing(parameter: Parameter, walk: Mapping[str, Any]) -> Mistake:
    message = f"expected `{parameter.name}` for `{walk['kind']}` ({parameter.description}), found nothing"
    close = next((name for name in walk if meant(name, [parameter.name])), None)
    return Mistake(("walk", parameter.name), message, f"`{close}` is not known" if close else "")


# ---------------------------------------------------------------------------------------- what they share

_ITEMS = "where the list is, for example /data"


def _items(default: str | None = None) -> Parameter:
    return Parameter("items", _ITEMS, default, required=default is None)


def _id(default: str | None = "/id") -> Parameter:
    return Parameter("id", "what identifies an item, a pointer into it", default)


# --------------------------------------------------------------------------------------------- the table

_TOTAL = Parameter("total", "where the service states how many there are, for example body:/total")
_EMPTY = Parameter(
    "documented", "where the API says that an empty page is the end", "an empty page is the end of numbered pages"
)


def _limit(default: str) -> Parameter:
    return Parameter("limit", "where the most tokens that an answer may have are sent", default)


def _macro(kind: str, parts: Callable[[Given], Parts], *parameters: Parameter) -> Macro:
    return Macro(kind=kind, description=parts.__doc__ or "", parameters=parameters, parts=parts)


MACROS: Mapping[str, Macro] = {
    "relay": _macro(
        "cursor",
        parts.relay,
        Parameter("connection", "where the connection is, for example /data/repository/issues", required=True),
        Parameter("send", "the variable that takes the cursor", "body:/variables/after"),
        Parameter("nodes", "the member of the connection that holds the items", "nodes"),
        _id(),
    ),
    "odata": _macro(
        "next_url",
        parts.odata,
        _items("/value"),
        _id(),
        Parameter("count", "false where the service does not know `$count`", default=True),
    ),
    "aip158": _macro("cursor", parts.aip158, _items(), _id("/name")),
    "stripe_keyset": _macro("keyset", parts.stripe_keyset, _items("/data"), _id()),
    "zendesk_cbp": _macro("cursor", parts.zendesk_cbp, _items(), _id()),
    "drf": _macro("next_url", parts.drf, _items("/results"), _id()),
    "jsonapi": _macro("next_url", parts.jsonapi, Parameter("size", "the page size's parameter", "query:page[size]")),
    "hal": _macro(
        "next_url",
        parts.hal,
        _items(),
        _id(),
        Parameter("size", "the page size's parameter", "query:size"),
        Parameter("documented", "where the API says that the last page has no next link", "draft-kelly-json-hal-11"),
    ),
    "slack_cursor": _macro("cursor", parts.slack_cursor, _items(), _id()),
    "github_link": _macro("link", parts.github_link, _items(""), _id()),
    "page_number": _macro(
        "page",
        parts.page_number,
        _items(),
        _id(),
        Parameter("page", "the page number's parameter", "query:page"),
        Parameter("size", "the page size's parameter", "query:per_page"),
        _TOTAL,
        _EMPTY,
    ),
    "offset_limit": _macro(
        "offset",
        parts.offset_limit,
        _items(),
        _id(),
        Parameter("offset", "the offset's parameter", "query:offset"),
        Parameter("size", "the page size's parameter", "query:limit"),
        _TOTAL,
        _EMPTY,
    ),
    "salesforce": _macro("next_url", parts.salesforce, _items("/records"), _id("/attributes/url")),
    "mediawiki": _macro(
        "continue",
        parts.mediawiki,
        Parameter("list", "the list module, for example categorymembers", required=True),
        Parameter("limit", "the list's own limit, for example cmlimit", required=True),
        _id("/pageid"),
    ),
    "anthropic_messages": _macro("stream", models.anthropic_messages, _limit("body:/max_tokens")),
    "openai_chat": _macro("stream", models.openai_chat, _limit("body:/max_tokens")),
    "openai_responses": _macro("stream", models.openai_responses, _limit("body:/max_output_tokens")),
    "gemini": _macro("stream", models.gemini, _limit("body:/generationConfig/maxOutputTokens")),
    "elasticsearch_pit": _macro(
        "keyset", parts.elasticsearch_pit, Parameter("index", "the index, a template", "{index}")
    ),
}
"""Every macro, by the word that a tool file uses as `walk.kind`."""
