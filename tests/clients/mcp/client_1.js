// Drives the server with @modelcontextprotocol/sdk 1: client_1.js stdio COMMAND... | context COMMAND... | http URL (token in MCP_TOKEN).
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as context from "./context_story.js";
import * as story from "./story.js";
import { bearer, implementation } from "./story.js";

const [way, first, ...rest] = process.argv.slice(2);
const transport = way !== "http"
  ? new StdioClientTransport({ command: first, args: rest, env: process.env })
  : new StreamableHTTPClientTransport(new URL(first), { requestInit: bearer() });
const client = new Client(implementation);
await client.connect(transport);
await (way === "context" ? context : story).tell(client);
console.log(`typescript sdk 1, ${way}: ${client.getServerVersion().name}`);
await client.close();
