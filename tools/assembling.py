"""From an `api:` block and one of its tools to the mapping of a contract: defaults laid under, macros expanded.

Mappings in, mappings out; nothing is judged but what stands in the way of putting the parts together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .laying import under
from .macros import Misused, expand
from .mistake import Mistake
from .shapes import is_list, is_object, members

__all__ = ["ALONE", "API", "GROUPED", "NO_CREDENTIAL", "SECTIONS", "TOOL", "assemble", "digest", "grouped", "provider"]

SECTIONS = ("request", "response", "walk", "complete", "policy")
"""The parts of a tool that an `api:` block may say for all of its tools."""

PROVIDER = ("name", "base_url", "title", "docs", "variables", "auth", "network")
API = (*PROVIDER, "headers", "defaults", *SECTIONS)
GROUPED = ("name", "title", "description", "effects", "claim", "input")
ALONE = ("confirm", "approval", "review", "tags", "blind_spots", "provenance")
TOOL = (*GROUPED, *SECTIONS, *ALONE, "auth", "tool")
NO_CREDENTIAL = "none"
"""The word of a tool that needs no credential, though the others of its file do."""

Object = Mapping[str, Any]


def provider(api: Object) -> dict[str, Any]:
    """Pick what describes the provider out of an *api* block."""
    return {name: api[name] for name in PROVIDER if name in api}


def _provider(api: Object, tool: Object) -> dict[str, Any]:
    """The provider as *tool* asks it: with a credential of its own, or with none, if it says so."""
    described = provider(api)
    if "auth" not in tool:
        return described
    auth = tool["auth"]
    if auth == NO_CREDENTIAL:
        return {name: part for name, part in described.items() if name != "auth"}
    if not is_object(auth):
        raise Misused(
            Mistake(("auth",), "expected `none`, or a credential by reference, found neither", "see `api.auth`")
        )
    return {**described, "auth": auth}


def grouped(tool: Object) -> dict[str, Any]:
    """Write a tool whose name, claim and input stand under `tool:` as one where they stand beside the rest.

    >>> grouped({"tool": {"name": "list", "claim": "all"}, "request": {"url": "/"}})
    {'name': 'list', 'claim': 'all', 'request': {'url': '/'}}
    """
    head = tool.get("tool")
    rest = {name: value for name, value in tool.items() if name != "tool"}
    return {**head, **rest} if is_object(head) else rest


def assemble(api: Object, tool: Object) -> dict[str, Any]:
    """Put *tool*, already ungrouped, together with what its *api* block says; raise `Misused` where that cannot be done."""
    kept = {name: value for name, value in tool.items() if name in TOOL and name != "auth"}
    laid = under(_defaults(api, kept), {**kept, **_walk(kept)})
    whole = expand(laid)
    whole["request"] = _with_headers(api, whole.get("request"))
    whole["input"] = _closed(whole.get("input", {}))
    whole["provider"] = _provider(api, tool)
    if "effects" not in whole and _may_write(whole):
        whole["effects"] = "write"
    return whole


def _may_write(tool: Object) -> bool:
    """Whether a tool that does not say what it does may change something: a POST about one thing, or one that makes one.

    Taken for a read it would be sent again after a fault; a search by POST is about a list, and says so by its claim.
    """
    status = members(tool.get("response")).get("status")
    made = status == 201 or (is_list(status) and 201 in status)
    return members(tool.get("request")).get("method") in ("POST", "PATCH") and (tool.get("claim") == "one" or made)


def digest(assembled: Object) -> str:
    """Return SHA-256 over the canonical JSON of an assembled tool: sorted names, no white space."""
    canonical = json.dumps(assembled, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _walk(part: Object) -> dict[str, Any]:
    """A walk written as one word is a walk of that kind."""
    walk = part.get("walk")
    return {"walk": {"kind": walk}} if isinstance(walk, str) else {}


def _defaults(api: Object, tool: Object) -> dict[str, Any]:
    """What the block says for all tools, without what cannot be meant for this one."""
    gathered = members(api.get("defaults"))
    direct = {name: api[name] for name in SECTIONS if name in api}
    direct |= _walk(direct)
    low = {**gathered, **_walk(gathered)}
    defaults = under({name: low[name] for name in SECTIONS if name in low}, direct)
    claim = tool.get("claim")
    if claim == "one":
        return _of_one(defaults, tool, ("fresh", "lsn"))
    if claim == "top_k" or "top_k" in members(claim):
        return _of_one(defaults, tool, ("fresh", "lsn", "gate"))
    if is_object(complete := defaults.get("complete")):
        defaults["complete"] = {
            name: part for name, part in complete.items() if name != "gate"
        }  # lists have no nearest
    return {name: part for name, part in defaults.items() if name != "walk" or not _another_kind(part, tool)}


def _of_one(defaults: Object, tool: Object, witnesses: tuple[str, ...]) -> dict[str, Any]:
    """One answer is not walked: what is said of lists is not said of it; of `complete` it takes *witnesses*."""
    kept = {name: part for name, part in defaults.items() if name not in ("walk", "complete")}
    single = {name: part for name, part in members(defaults.get("complete")).items() if name in witnesses}
    if single:
        kept["complete"] = single
    response = kept.get("response")
    if is_object(response) and tool.get("claim") == "one":
        kept["response"] = {name: part for name, part in response.items() if name not in ("items", "nested")}
    return kept


def _another_kind(default: object, tool: Object) -> bool:
    walk = tool.get("walk")
    kind = walk.get("kind") if is_object(walk) else walk
    return kind is not None and kind != members(default).get("kind")


def _with_headers(api: Object, request: object) -> object:
    """Lay the block's headers under those of *request*; names are compared without regard to case."""
    headers = members(api.get("headers"))
    own = request.get("headers", {}) if is_object(request) else None
    if not headers or not is_object(request) or not is_object(own):
        return request
    written = {name.lower() for name in own}
    inherited = {name: value for name, value in headers.items() if name.lower() not in written}
    return {**request, "headers": {**inherited, **own}}


def _closed(schema: object) -> object:
    """Say of an input schema what nearly every author means: an object without unknown members."""
    return {"type": "object", "additionalProperties": False, **schema} if is_object(schema) else schema
