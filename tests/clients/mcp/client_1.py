"""Drives the server with `mcp` 1: client_1.py stdio COMMAND... | context COMMAND... | http URL (token in MCP_TOKEN)."""

import asyncio
import contextlib
import os
import sys

import context_story
import httpx
import story
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client


@contextlib.asynccontextmanager
async def streams(way, rest):
    if way != "http":
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
            told = context_story if way == "context" else story
            tools = await session.list_tools()
            assert [tool.name for tool in tools.tools] == told.NAMES, tools
            if told is story:
                await session.subscribe_resource("mailbox://inbox")

            async def call(name, arguments):
                result = await session.call_tool(name, arguments)
                assert not result.isError, result
                return result.structuredContent

            async def fail(name, arguments):
                result = await session.call_tool(name, arguments)
                assert result.isError, result
                return result.content[0].text

            await told.tell(call, fail)
            print(f"python mcp 1, {way}: {begun.protocolVersion}")
            if told is context_story:
                return
            await asyncio.wait_for(updated.wait(), 30)
            inbox = await session.read_resource("mailbox://inbox")
            assert "Order 7" in inbox.contents[0].text, inbox
            prompt = await session.get_prompt("triage", {"limit": "5"})
            assert len(prompt.messages) == 2, prompt


asyncio.run(main(*sys.argv[1:]))
