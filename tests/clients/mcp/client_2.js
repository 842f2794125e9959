// Drives the server with @modelcontextprotocol/client 2: client_2.js stdio COMMAND... | context COMMAND... | http URL (token in MCP_TOKEN).
// Once without a handshake, as revision 2026-07-28 has it, and once with the older one.
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import * as context from "./context_story.js";
import * as story from "./story.js";
import { bearer, implementation } from "./story.js";

const [way, first, ...rest] = process.argv.slice(2);
for (const [mode, era] of [["auto", "modern"], ["legacy", "legacy"]]) {
  const transport = way !== "http"
    ? new StdioClientTransport({ command: first, args: rest, env: process.env })
    : new StreamableHTTPClientTransport(new URL(first), { requestInit: bearer() });
  const client = new Client(implementation, { versionNegotiation: { mode } });
  await client.connect(transport);
  assert.equal(client.getProtocolEra(), era);
  await (way === "context" ? context : story).tell(client);
  console.log(`typescript client 2, ${way}: ${client.getNegotiatedProtocolVersion()}`);
  await client.close();
}
