"""Chroma: columns of distances, documents and metadata, one list of each for every query."""

from __future__ import annotations

from typing import cast

from unabridged.schemas.wire import Json

from .ranking import ranking
from .shape import Record

__all__ = ["QUERY"]

ERROR: Json = {"error": "InternalError", "message": "An internal error occurred"}


def _record(index: int) -> Record:
    document = f"Document {index}"
    return {"id": f"d{index}", "distance": 0.1 + index / 100, "document": document, "metadata": {"n": index}}


def _body(items: list[Json]) -> Json:
    records = [cast("Record", item) for item in items]
    names = {"ids": "id", "distances": "distance", "documents": "document", "metadatas": "metadata"}
    columns: dict[str, Json] = {name: [[record[of] for record in records]] for name, of in names.items()}
    include: list[Json] = ["distances", "documents", "metadatas"]
    return {**columns, "embeddings": None, "uris": None, "include": include}


QUERY = ranking(_record, _body, error=ERROR)
