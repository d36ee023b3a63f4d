"""The plain peer: the SDK's low-level server with its own transports, which fetches and hands over, and verifies nothing.

    plain.py stdio|http TOOLS [UPSTREAM] [PORT]

TOOLS is a JSON file that holds the list of tools as an MCP client sees it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import anyio
import httpx2
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

Context = ServerRequestContext[Any, Any]


def build(tools: list[types.Tool], upstream: str) -> Server[Any]:
    """Return the server, as its documentation would have one write it."""
    schemas = {tool.name: tool.input_schema for tool in tools}
    client = httpx2.AsyncClient(base_url=upstream)

    async def list_tools(ctx: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools)

    async def call_tool(ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        response = await client.get("/items", params=params.arguments)
        return types.CallToolResult(
            content=[types.TextContent(text=response.text)], structured_content=json.loads(response.content)
        )

    return Server(
        "plain",
        version="1",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=schemas.get,
    )


async def over_stdio(server: Server[Any]) -> None:
    """Serve standard input and output."""
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def over_http(server: Server[Any], port: int) -> None:
    """Serve Streamable HTTP on *port*."""
    import uvicorn  # noqa: PLC0415 - standard input and output do not wait for it

    uvicorn.run(server.streamable_http_app(), host="127.0.0.1", port=port, log_level="warning")


def main(transport: str, tools: str, upstream: str = "http://127.0.0.1", port: str = "0") -> None:
    """Serve the tools of the file *tools* over *transport*."""
    listed = [types.Tool.model_validate(tool) for tool in json.loads(Path(tools).read_bytes())]
    server = build(listed, upstream)
    if transport == "http":
        over_http(server, int(port))
    else:
        anyio.run(over_stdio, server)


if __name__ == "__main__":
    main(*sys.argv[1:])
