"""The other client of the demo: what people write who trust the service.  It is honest, typical, and proves nothing.

It follows the cursor while there is one, raises for error statuses, and takes what it finds.  Its one precaution is a
patient timeout, so that a slow answer is not lost.
"""

from __future__ import annotations

from typing import Any

import httpx2

__all__ = ["list_tickets"]


def list_tickets(client: httpx2.Client, url: str) -> list[dict[str, Any]]:
    """Return all tickets at *url*, as far as anybody can tell from the answers; raise what *client* raises."""
    tickets: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        response = client.get(url, params=query)
        response.raise_for_status()
        page = response.json()
        tickets += page["tickets"]
        cursor = page.get("meta", {}).get("after_cursor")
        if not cursor:
            return tickets
        query = {"page[after]": cursor}
