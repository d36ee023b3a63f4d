"""Pinecone's data plane, as far as queries need it: upsert, query, search by text, statistics; scores are really reckoned.

Shapes are those of API 2026-07; the official client accepts them.  A write becomes visible to queries after *lag* of them,
and each answer says up to which write it sees.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unabridged.schemas.wire import Json

from .ranking import ranking
from .shape import Record
from .vectors import DIMENSION, Embed, Vector, bag_of_words, cosine
from .wire import Heard, Said, said

__all__ = ["ERROR", "QUERY", "SEARCH", "Pinecone"]

ERROR: Json = {"code": 13, "message": "Internal error", "details": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Write:
    """One record of one namespace, and the number of the write that brought it."""

    namespace: str
    identity: str
    vector: Vector
    metadata: Mapping[str, Any]
    number: int


@dataclass(slots=True, kw_only=True)
class Pinecone:
    """One index; texts are embedded by *embed*.  Serve it with `serving`."""

    embed: Embed = bag_of_words
    dimension: int = DIMENSION
    lag: int = 0
    heard: list[Heard] = field(default_factory=list[Heard])
    _writes: list[_Write] = field(default_factory=list[_Write])
    _numbers: int = 0
    _waiting: int = 0

    def put(self, texts: Mapping[str, str], *, namespace: str = "__default__", field_name: str = "text") -> None:
        """Write *texts* by their identifiers, embedded."""
        for identity, text in texts.items():
            self._write(namespace, identity, self.embed(text), {field_name: text})

    def _write(self, namespace: str, identity: str, vector: Vector, metadata: Mapping[str, Any]) -> None:
        kept = [one for one in self._writes if (one.namespace, one.identity) != (namespace, identity)]
        self._numbers += 1
        write = _Write(namespace=namespace, identity=identity, vector=vector, metadata=metadata, number=self._numbers)
        self._writes = [*kept, write]
        self._waiting = self.lag

    def __call__(self, heard: Heard) -> Said:
        """Answer one request."""
        self.heard.append(heard)
        if not heard.headers.get("api-key"):
            return said("Unauthorized", status=401)
        match heard.method, heard.path.strip("/").split("/"):
            case "POST", ["vectors", "upsert"]:
                return self._upserted(heard.body)
            case "POST", ["query"]:
                return self._queried(heard.body)
            case "POST", ["records", "namespaces", namespace, "upsert"]:
                return self._stored(namespace, heard.content)
            case "POST", ["records", "namespaces", namespace, "search"]:
                return self._searched(namespace, heard.body)
            case _, ["describe_index_stats"]:
                return said(self._statistics())
            case _:
                return said({"code": 5, "message": "Not Found", "details": []}, status=404)

    def _upserted(self, body: Any) -> Said:
        for one in body["vectors"]:
            if len(one["values"]) != self.dimension:
                return self._wrong(len(one["values"]))
        for one in body["vectors"]:
            self._write(body.get("namespace") or "__default__", one["id"], one["values"], one.get("metadata", {}))
        return said({"upsertedCount": len(body["vectors"])}, headers=self._written())

    def _stored(self, namespace: str, content: bytes) -> Said:
        for line in content.splitlines():
            record: dict[str, Any] = json.loads(line)
            identity = record.pop("_id", None) or record.pop("id")
            self._write(namespace, identity, self.embed(str(record.get("text", ""))), record)
        return Said(content=b"", status=201, headers=self._written())

    def _written(self) -> dict[str, str]:
        return {"x-pinecone-request-lsn": str(self._numbers)}

    def _wrong(self, length: int) -> Said:
        says = f"Vector dimension {length} does not match the dimension of the index {self.dimension}"
        return said({"code": 3, "message": says, "details": []}, status=400)

    def _queried(self, body: Any) -> Said:
        vector: Vector = body["vector"]
        if len(vector) != self.dimension:
            return self._wrong(len(vector))
        namespace = body.get("namespace") or "__default__"
        found, headers = self._nearest(vector, namespace, int(body["topK"]))
        matches: list[Json] = [
            {
                "id": write.identity,
                "score": score,
                "values": list(write.vector) if body.get("includeValues") else [],
                **({"metadata": dict(write.metadata)} if body.get("includeMetadata") else {}),
            }
            for score, write in found
        ]
        answer: Json = {"results": [], "matches": matches, "namespace": namespace, "usage": {"readUnits": 1}}
        return said(answer, headers=headers)

    def _searched(self, namespace: str, body: Any) -> Said:
        query = body["query"]
        found, headers = self._nearest(self.embed(query["inputs"]["text"]), namespace, int(query["top_k"]))
        names: Sequence[str] | None = body.get("fields")
        hits: list[Json] = [
            {
                "_id": write.identity,
                "_score": score,
                "fields": {name: value for name, value in write.metadata.items() if names is None or name in names},
            }
            for score, write in found
        ]
        usage: Json = {"read_units": 6, "embed_total_tokens": 8}
        return said({"result": {"hits": hits}, "usage": usage}, headers=headers)

    def _nearest(self, vector: Vector, namespace: str, most: int) -> tuple[list[tuple[float, _Write]], dict[str, str]]:
        """The nearest records among those that are visible by now, and up to which write that is."""
        seen = self._numbers if self._waiting == 0 else self._numbers - 1
        self._waiting = max(0, self._waiting - 1)
        visible = [one for one in self._writes if one.namespace == namespace and one.number <= seen]
        scored = sorted(((cosine(vector, one.vector), one) for one in visible), key=lambda pair: -pair[0])
        return scored[:most], {"x-pinecone-max-indexed-lsn": str(seen), "x-pinecone-request-latency-ms": "3"}

    def _statistics(self) -> Json:
        namespaces = sorted({one.namespace for one in self._writes})
        counted: dict[str, Json] = {
            name: {"vectorCount": sum(one.namespace == name for one in self._writes)} for name in namespaces
        }
        return {
            "namespaces": counted,
            "dimension": self.dimension,
            "indexFullness": 0,
            "totalVectorCount": len(self._writes),
            "metric": "cosine",
            "vectorType": "dense",
        }


# ------------------------------------------------------------------------------------- as one ranked answer


def _match(index: int) -> Record:
    return {"id": f"d{index}", "score": 0.9 - index / 100, "values": [], "metadata": {"text": f"Document {index}"}}


def _hit(index: int) -> Record:
    return {"_id": f"d{index}", "_score": 0.9 - index / 100, "fields": {"text": f"Document {index}"}}


QUERY = ranking(
    _match, lambda items: {"results": [], "matches": items, "namespace": "", "usage": {"readUnits": 1}}, error=ERROR
)
SEARCH = ranking(_hit, lambda items: {"result": {"hits": items}, "usage": {"read_units": 6}}, error=ERROR)
