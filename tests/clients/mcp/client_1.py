"""Drives the server with `mcp` 1: client_1.py stdio COMMAND... | http URL (token in MCP_TOKEN)."""

import asyncio
import contextlib
import os
import sys

import httpx
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from story import NAMES, tell


@contextlib.asynccontextmanager
async def streams(way, rest):
    if way == "stdio":
        server = StdioServerParameters(command=rest[0], args=rest[1:], env=dict(os.environ))
        async with stdio_client(server) as pair:
            yield pair
    else:
        headers = {"Authorization": f"Bearer {os.environ['MCP_TOKEN']}"}
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            async with streamable_http_client(rest[0], http_client=client) as triple:
                yield triple[:2]


async def main(way, *rest):
    updated = asyncio.Event()

    async def hear(message):
        if "resources/updated" in repr(message):
            updated.set()

    async with streams(way, rest) as (read, write):
        async with ClientSession(read, write, message_handler=hear) as session:
            begun = await session.initialize()
            assert begun.serverInfo.name == "mailmesh", begun
            tools = await session.list_tools()
            assert [tool.name for tool in tools.tools] == NAMES, tools
            await session.subscribe_resource("mailbox://inbox")

            async def call(name, arguments):
                result = await session.call_tool(name, arguments)
                assert not result.isError, result
                return result.structuredContent

            async def fail(name, arguments):
                result = await session.call_tool(name, arguments)
                assert result.isError, result
                return result.content[0].text

            await tell(call, fail)
            await asyncio.wait_for(updated.wait(), 30)
            inbox = await session.read_resource("mailbox://inbox")
            assert "Order 7" in inbox.contents[0].text, inbox
            prompt = await session.get_prompt("triage", {"limit": "5"})
            assert len(prompt.messages) == 2, prompt
            print(f"python mcp 1, {way}: {begun.protocolVersion}")


asyncio.run(main(*sys.argv[1:]))
