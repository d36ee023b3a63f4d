"""What a tool's definition costs a model that is shown it: one estimate, the same wherever a price is told.

It counts what hosts hand to a model (name, description, arguments), and no tokens: every model has a tokenizer of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson

from ..schemas.contract import Contract

__all__ = ["SIGNS_PER_TOKEN", "definition", "input_schema", "price", "price_of"]

SIGNS_PER_TOKEN: Final = 4
"""A rule of thumb for JSON in English; tokenizers differ."""


def definition(contract: Contract) -> dict[str, Any]:
    """Return what a host shows a model of *contract*: hosts keep title, annotations and output schema to themselves."""
    return {"name": contract.name, "description": contract.description, "inputSchema": input_schema(contract)}


def input_schema(contract: Contract) -> dict[str, Any]:
    """Return the schema of the tool's arguments; a root without a type is an object."""
    return {"type": "object", **contract.input}


def price(contract: Contract) -> int:
    """Estimate the tokens that the definition of *contract* costs."""
    written = orjson.dumps(definition(contract), default=str)  # what is no JSON is not served
    return -(-len(written) // SIGNS_PER_TOKEN)


def price_of(contracts: Iterable[Contract]) -> int:
    """Estimate the tokens that a model pays for seeing all of *contracts* at once."""
    return sum(price(contract) for contract in contracts)
