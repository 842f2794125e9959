// The official conformance suite against the MCP server at the URL of the argument: those of its scenarios that
// ask for no tool, prompt or resource made for them. The suite shows no bearer token, so a proxy adds MCP_TOKEN;
// the origin of the proxy stands for MCP_ORIGIN, one that the server was told of.
import { spawn } from "node:child_process";
import { createServer, request } from "node:http";

const SCENARIOS = [
  "server-initialize",
  "ping",
  "completion-complete",
  "tools-list",
  "resources-list",
  "prompts-list",
  "server-sse-polling",
  "server-sse-multiple-streams",
  "dns-rebinding-protection",
];

const server = new URL(process.argv[2]);
const { MCP_TOKEN, MCP_ORIGIN } = process.env;
const suite = new URL("node_modules/@modelcontextprotocol/conformance/dist/index.js", import.meta.url).pathname;

const proxy = createServer((asked, answer) => {
  const headers = { ...asked.headers, authorization: `Bearer ${MCP_TOKEN}` };
  if (headers.origin === `http://${place()}`) headers.origin = MCP_ORIGIN;
  if (headers.host === place()) headers.host = server.host;
  const { hostname, port } = server;
  const passed = request({ hostname, port, path: asked.url, method: asked.method, headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  passed.on("error", () => answer.destroy());
  answer.on("close", () => passed.destroy());
  asked.pipe(passed);
});
const place = () => `127.0.0.1:${proxy.address().port}`;

function run(scenario) {
  const flags = ["server", "--url", `http://${place()}${server.pathname}`, "--scenario", scenario];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [suite, ...flags], { timeout: 60_000 });
    let told = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (more) => (told += more));
    child.on("close", (code) => resolve(code === 0 ? null : `${scenario}: ${told}`));
  });
}

await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));
const failed = [];
for (const scenario of SCENARIOS) {
  const why = await run(scenario);
  if (why !== null) failed.push(why);
}
proxy.closeAllConnections();
proxy.close();
if (failed.length > 0) {
  console.error(failed.join("\n"));
  process.exit(1);
}
console.log(`conformance: ${SCENARIOS.length} scenarios of the official suite pass`);
