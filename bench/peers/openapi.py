"""The generating peer: `fastmcp`'s `from_openapi`, run by an interpreter of its own.

openapi.py stdio|http DOCUMENT UPSTREAM [PORT]
"""
# pyright: basic, reportMissingImports=false
# fastmcp is not installed where this file is checked, only where it runs

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx2
from fastmcp import FastMCP  # type: ignore[import-not-found]


def main(transport: str, document: str, upstream: str, port: str = "0") -> None:
    """Serve the operations of the OpenAPI file *document* over *transport*."""
    described = json.loads(Path(document).read_bytes())
    server = FastMCP.from_openapi(described, client=httpx2.AsyncClient(base_url=upstream), name="openapi")
    if transport == "http":
        server.run(transport="http", host="127.0.0.1", port=int(port), show_banner=False, log_level="WARNING")
    else:
        server.run(show_banner=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
