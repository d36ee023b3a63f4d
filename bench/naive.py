"""The client that people write: it raises for a bad status, follows the cursor while there is one, and believes the rest."""

from __future__ import annotations

from typing import Any

import httpx2

from bench.shop import PAGE, Json

__all__ = ["ask"]


async def ask(client: httpx2.AsyncClient, tool: str, key: str) -> Json:
    """Return what *tool* answers for *key*; raises what httpx2 and the JSON parser raise."""
    match tool:
        case "orders":
            return await _orders(client, key)
        case "lines":
            return await _lines(client, key)
        case "events":
            return await _events(client, key)
        case "shipments":
            return await _shipments(client, key)
        case _:
            return (await _page(client, f"/{tool}/{key}")).get("record")


async def _page(client: httpx2.AsyncClient, url: str, **query: str | int) -> dict[str, Any]:
    response = await client.get(url, params=query or None)
    response.raise_for_status()
    page: dict[str, Any] = response.json()
    return page


async def _orders(client: httpx2.AsyncClient, key: str) -> Json:
    page = await _page(client, f"/orders/{key}")
    items = page.get("items", [])
    while cursor := page.get("next"):
        page = await _page(client, f"/orders/{key}", cursor=cursor)
        items += page.get("items", [])
    return items


async def _lines(client: httpx2.AsyncClient, key: str) -> Json:
    items: list[Json] = []
    while True:
        page = await _page(client, f"/lines/{key}", offset=len(items), limit=PAGE)
        items += page.get("items", [])
        if len(page.get("items", [])) < PAGE:
            return items


async def _events(client: httpx2.AsyncClient, key: str) -> Json:
    page = await _page(client, f"/events/{key}")
    items = page.get("items", [])
    while page.get("more") and items:
        page = await _page(client, f"/events/{key}", after=items[-1]["id"])
        items += page.get("items", [])
    return items


async def _shipments(client: httpx2.AsyncClient, key: str) -> Json:
    page = await _page(client, f"/shipments/{key}")
    items = page.get("items", [])
    while url := page.get("links", {}).get("next"):
        page = await _page(client, url)
        items += page.get("items", [])
    return items
