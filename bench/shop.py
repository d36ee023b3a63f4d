"""A shop behind an API: six tools that are called one after the other, what each of them truly answers, and how it pages.

Every answer leads to the next call, so that whoever has a wrong one asks for the wrong thing from there on.
"""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from unabridged.schemas.contract import Contract
from unabridged.tools.catalog import read

__all__ = ["PAGE", "TOOLS", "Asked", "Json", "asked", "contracts", "leads", "requests", "sound", "truth"]

Json = Any
"""A JSON value."""

PAGE = 4
TOOLS = ("customer", "orders", "lines", "events", "shipments", "parcel")
"""In the order of a chain: one record, a cursor, an offset, a keyset, next URLs, and one record again."""
_RECORDS = ("customer", "parcel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks for: the page of *tool* for *key* that begins at *position*, or how many there are (*count*)."""

    tool: str
    key: str
    position: int = 0
    count: bool = False

    @property
    def single(self) -> bool:
        """Whether one record is asked for, and no list."""
        return self.tool in _RECORDS

    @property
    def last(self) -> bool:
        """Whether the page is the last one."""
        return self.single or self.position + PAGE >= len(truth(self.tool, self.key))


@lru_cache(maxsize=256)
def truth(tool: str, key: str) -> Json:
    """Return what *tool* truly answers for *key*: a record, or nine to eleven items, which are three pages."""
    random = Random(f"{tool}/{key}")
    if tool in _RECORDS:
        return {"id": key, "value": random.randrange(10**9)}
    return [
        {"id": f"{key}-{number}", "of": key, "value": random.randrange(10**9)}
        for number in range(random.randint(9, 11))
    ]


def requests(tool: str) -> int:
    """How many requests a whole answer of *tool* takes from a client that asks for nothing twice."""
    return 1 if tool in _RECORDS else 3


def leads(answer: Json) -> str:
    """Return the key of the next call: any difference in *answer* leads elsewhere.

    >>> leads([1, 2]) == leads([1, 2]), leads([1, 2]) == leads([1])
    (True, False)
    """
    return f"{zlib.crc32(json.dumps(answer, sort_keys=True).encode()):08x}"


def asked(url: str) -> Asked:
    """Read what *url* asks for."""
    parts = urlsplit(url)
    _, tool, key, *rest = parts.path.split("/")
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if rest:
        return Asked(tool=tool, key=key, count=True)
    if "after" in given:
        return Asked(tool=tool, key=key, position=int(given["after"].rpartition("-")[2]) + 1)
    return Asked(tool=tool, key=key, position=int(given.get("cursor") or given.get("offset") or 0))


def sound(wanted: Asked, now: float, origin: str) -> dict[str, Json]:
    """Return the whole and true body for *wanted*, at *now* (Unix time)."""
    whole = truth(wanted.tool, wanted.key)
    if wanted.single:
        return {"record": whole, "as_of": now}
    if wanted.count:
        return {"count": len(whole)}
    following = wanted.position + PAGE
    more = following < len(whole)
    page: dict[str, Json] = {"items": whole[wanted.position : following], "as_of": now}
    match wanted.tool:
        case "orders":
            return {**page, "total": len(whole), "more": more, "next": str(following) if more else None}
        case "events":
            return {**page, "more": more}
        case "shipments":
            url = f"{origin}/shipments/{wanted.key}?cursor={following}"
            return {**page, "total": len(whole), "links": {"next": url if more else None}}
        case _:
            return {**page, "total": len(whole)}


# ------------------------------------------------------------------------------------------ the tool file

_MENDED = ["total_mismatch", "total_changed", "census_mismatch", "census_moved", "duplicate_id", "repeated_page"]
_ITEM = {
    "type": "object",
    "required": ["id", "of", "value"],
    "properties": {"id": {"type": "string"}, "of": {"type": "string"}, "value": {"type": "integer"}},
}
_WALKS: Mapping[str, Mapping[str, Json]] = {
    "orders": {"kind": "cursor", "more": "/more", "next": "/next", "send": "query:cursor"},
    "lines": {"kind": "offset", "send": "query:offset", "page_size": {"send": "query:limit", "ask": PAGE}},
    "events": {"kind": "keyset", "key": "/id", "send": "query:after", "more": "/more"},
    "shipments": {"kind": "next_url", "next": "/links/next", "end": {"next": {"value": "continue", "null": "end"}}},
}


def _tool(name: str) -> dict[str, Json]:
    record = name in _RECORDS
    part = "record" if record else "items"
    place = "/record/id" if record else "/items/*/of"
    response = {
        "schema": {
            "type": "object",
            "required": [part, "as_of"],
            "properties": {"record": {**_ITEM, "required": ["id", "value"]}},
        },
        "veto": [{"at": f"body:{place}", "not": "{input.key}"}, {"at": "body:/errors", "state": ["value"]}],
        **({"data": "/record"} if record else {"items": {"at": "/items", "id": "/id", "schema": _ITEM}}),
    }
    return {
        "name": name,
        "description": f"The {name} of the shop.",
        "claim": "one" if record else "all",
        "input": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]},
        "request": {"url": f"/{name}/{{key}}"},
        "response": response,
        "complete": {**_proof(name), "fresh": {"at": "body:/as_of", "max_age": "60s"}},
        **({} if record else {"walk": {**_WALKS[name], "restart_on": _MENDED}}),
    }


def _proof(name: str) -> dict[str, Json]:
    if name in _RECORDS:
        return {}
    if name == "events":
        return {"require": "censused", "census": {"request": {"url": f"/{name}/{{key}}/count"}, "at": "/count"}}
    return {"require": "counted", "total": {"at": "/total"}}


def contracts(origin: str, policy: Mapping[str, Json]) -> Mapping[str, Contract]:
    """Return the shop's contracts by name, read from a tool file as any others."""
    api = {"name": "shop", "base_url": origin, "policy": policy}
    if origin.startswith("http:"):
        api["network"] = {"allow": ["loopback"]}
    with tempfile.TemporaryDirectory(prefix="unabridged-bench-") as directory:
        file = Path(directory) / "shop.json"
        file.write_text(json.dumps({"unabridged": 1, "api": api, "tools": [_tool(name) for name in TOOLS]}), "utf-8")
        catalog = read([file])
    if catalog.problems:
        raise ValueError("\n".join(map(str, catalog.problems)))
    return {contract.name: contract for contract in catalog.contracts}
