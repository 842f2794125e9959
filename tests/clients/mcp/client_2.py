"""Drives the server with `mcp` 2: client_2.py stdio COMMAND... | context COMMAND... | http URL (token in
MCP_TOKEN).

Once without a handshake, as revision 2026-07-28 has it, and once with the older one.
"""

import asyncio
import os
import sys

import context_story
import httpx2
import story
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client


async def drive(server, way, mode):
    async with Client(server, mode=mode) as client:
        told = context_story if way == "context" else story
        tools = await client.list_tools()
        assert [tool.name for tool in tools.tools] == told.NAMES, tools

        async def call(name, arguments):
            result = await client.call_tool(name, arguments)
            assert not result.is_error, result
            return result.structured_content

        async def fail(name, arguments):
            result = await client.call_tool(name, arguments)
            assert result.is_error, result
            return result.content[0].text

        await told.tell(call, fail)
        print(f"python mcp 2, {way}: {client.protocol_version}")
        if told is context_story:
            return
        inbox = await client.read_resource("mailbox://inbox")
        assert "Order 7" in inbox.contents[0].text, inbox
        prompt = await client.get_prompt("triage", {"limit": "5"})
        assert len(prompt.messages) == 2, prompt
        if mode == "auto":
            async with client.listen(resource_subscriptions=["mailbox://inbox"]) as events:
                me = (await call("list_mailboxes", {}))["mailboxes"][0]["address"]
                await call("send_email", {"to": [me], "subject": "News", "text": "-"})
                event = await asyncio.wait_for(anext(aiter(events)), 30)
                assert event.uri == "mailbox://inbox", event


async def main(way, *rest):
    for mode in ["auto", "legacy"]:
        if way != "http":
            server = StdioServerParameters(command=rest[0], args=list(rest[1:]), env=dict(os.environ))
            await drive(server, way, mode)
        else:
            headers = {"Authorization": f"Bearer {os.environ['MCP_TOKEN']}"}
            async with httpx2.AsyncClient(headers=headers, timeout=60) as client:
                await drive(streamable_http_client(rest[0], http_client=client), way, mode)


asyncio.run(main(*sys.argv[1:]))
