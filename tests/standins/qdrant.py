"""Qdrant: `result.points` with similarities, and `status: ok`."""

from __future__ import annotations

from unabridged.schemas.wire import Json

from .ranking import ranking
from .shape import Record

__all__ = ["QUERY"]

ERROR: Json = {"status": {"error": "Service internal error: shard is not available"}, "time": 0.0001}


def _point(index: int) -> Record:
    return {"id": index, "version": 3, "score": 0.9 - index / 100, "payload": {"text": f"Document {index}"}}


QUERY = ranking(_point, lambda items: {"result": {"points": items}, "status": "ok", "time": 0.0004}, error=ERROR)
