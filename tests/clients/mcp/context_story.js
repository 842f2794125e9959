// What a host of the npm package `agentsmcp` does with the server in its place: every tool is called.
// `ben@demo` has one unread message of `ann@demo`, and keeps it.
import assert from "node:assert/strict";

const NAMES = [
  "send", "receive", "unread", "sync", "threads", "mark_read", "reply_all", "participants", "upsert_node", "add_edge",
  "query_graph", "upsert_index", "get_index", "search_index", "context_briefing",
].map((name) => `agentsmcp_${name}`);

export async function tell(client) {
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), NAMES);
  // What the published tool gives: the JSON in the first text block.
  const call = async (name, args) => {
    const result = await client.callTool({ name: `agentsmcp_${name}`, arguments: args });
    assert.ok(!result.isError, JSON.stringify(result));
    assert.ok(result.structuredContent);
    return JSON.parse(result.content[0].text);
  };
  const received = await call("receive", {});
  const [message] = received.messages;
  assert.deepEqual([message.payload, message.from], ["Build it.", "ann@demo"]);
  const { threadId } = message;
  assert.equal((await call("unread", {}))[0].id, message.id);
  assert.deepEqual((await call("reply_all", { threadId, payload: [1] })).deliveredTo, ["ann@demo"]);
  assert.deepEqual((await call("sync", { threadId })).recentMessages.at(-1).payload, [1]);
  assert.deepEqual((await call("participants", { threadId })).map((one) => one.agentId), ["ann@demo", "ben@demo"]);
  const sent = await call("send", { to: "cat@demo", payload: null, contextSnapshot: { step: 1 }, replyTo: "ops@demo" });
  assert.deepEqual(await call("mark_read", { threadId: sent.threadId }), { ok: true });
  assert.deepEqual(new Set((await call("threads", {})).map((one) => one.id)), new Set([threadId, sent.threadId]));
  await call("upsert_node", { id: "file:a.js", type: "file", name: "a.js" });
  await call("upsert_node", { id: "f", type: "symbol", name: "f", description: "builds" });
  assert.deepEqual(await call("add_edge", { sourceId: "file:a.js", targetId: "f", type: "contains", weight: 2 }), { ok: true });
  assert.equal((await call("query_graph", { query: "a.js", limit: 5 })).edges[0].weight, 2);
  await call("upsert_index", { key: "file:a.js", category: "file", summary: "Builds it.", contentHash: "00" });
  assert.equal((await call("get_index", { key: "file:a.js" })).metadata.contentHash, "00");
  assert.equal((await call("search_index", { query: "builds", category: "file" })).length, 1);
  const briefing = await call("context_briefing", { task: "Change a.js", include_threads: true });
  assert.equal(briefing.threadContext.unreadCount, 1);
  const failed = await client.callTool({ name: "agentsmcp_sync", arguments: { threadId: "none" } });
  assert.ok(failed.isError && failed.content[0].text.includes("agentsmcp_threads"));
  const mailbox = await client.readResource({ uri: "agentsmcp://mailbox" });
  assert.equal(JSON.parse(mailbox.contents[0].text).threads.length, 2);
  const thread = await client.readResource({ uri: `agentsmcp://thread/${threadId}` });
  assert.equal(JSON.parse(thread.contents[0].text).threadId, threadId);
}
