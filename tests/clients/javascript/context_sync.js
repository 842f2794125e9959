// Drives a context-sync server with the published client `agentsmcp` 0.5.2, unmodified.
//
//   [MAILMESH_ADMIN_TOKEN=...] node context_sync.js http://127.0.0.1:8723
//
// With the administrator's token each agent gets a bearer of its own; without, the server has to be
// open. Every call of the mailbox, the graph and the index is made.
"use strict";

const assert = require("node:assert/strict");
const { AgentMailbox } = require("agentsmcp/dist/agentmailbox.js");

const base = process.argv[2].replace(/\/$/, "");
const server = `${base}/context-sync`;
const admin = process.env.MAILMESH_ADMIN_TOKEN;

async function mailbox(agentId, name) {
  let apiKey;
  if (admin) {
    const made = await fetch(`${base}/_admin/agents`, {
      method: "POST",
      headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
      body: JSON.stringify({ handle: `@clients.${name}` }),
    });
    assert.equal(made.status, 201);
    apiKey = (await made.json()).token;
  }
  const agent = new AgentMailbox({ agentId, server, apiKey });
  await agent.connect();
  return agent;
}

async function threads() {
  const [ann, ben, spy] = [
    await mailbox("ann/ü@demo", "ann"),
    await mailbox("ben@demo", "ben"),
    await mailbox("spy@demo", "spy"),
  ];
  assert.deepEqual((await ben.receive()).messages, []);
  const sent = await ann.send("ben@demo", "hello", {
    contextSnapshot: { step: 1 },
    bcc: ["spy@demo"],
    replyTo: "ann/ü@demo",
  });
  assert.deepEqual(sent.deliveredTo, ["ben@demo", "spy@demo"]);
  const [frame] = await ben.unread();
  assert.equal(frame.id, sent.messageId);
  assert.equal(frame.bcc, undefined);
  const received = await ben.receive("ann/ü@demo", { recent: 2 });
  assert.deepEqual(received.context.snapshot, { step: 1 });
  const reply = await ben.replyAll(sent.threadId, { ok: true }, { contextSnapshot: { step: 2 } });
  assert.deepEqual(reply.deliveredTo, ["ann/ü@demo"]);
  const { context } = await ann.sync(sent.threadId, { recent: 1 });
  assert.deepEqual([context.snapshot, context.recentMessages.length], [{ step: 2 }, 1]);
  assert.ok(context.tokenCount > 0);
  const roles = await ann.participants(sent.threadId);
  assert.deepEqual(roles.map((one) => one.role), ["to", "to", "bcc"]);
  assert.equal((await ben.participants(sent.threadId)).length, 2);
  await ben.markRead(sent.threadId);
  assert.deepEqual(await ben.unread(), []);
  assert.equal((await ann.threads())[0].id, sent.threadId);
  const handoff = await ann.send("ben@demo", "over to you", {
    threadId: sent.threadId,
    contextSnapshot: { a: 1, _own: 2 },
    handoff: { goal: "ship", nextAction: "review", maxContextBytes: 512 },
  });
  const handed = (await ben.sync(handoff.threadId)).context.snapshot;
  assert.deepEqual([handed.version, handed.goal, handed.context], [1, "ship", { a: 1 }]);

  const failed = (status) => (error) => error instanceof Error && error.message.includes(`failed: ${status} `);
  await assert.rejects(spy.sync("nope"), failed(404));
  await assert.rejects(ann.send("has space", 1), failed(400));
  if (admin) {
    const thief = new AgentMailbox({ agentId: "ben@demo", server, apiKey: ann.apiKey });
    await assert.rejects(thief.unread(), failed(403));
    const nobody = new AgentMailbox({ agentId: "ben@demo", server, apiKey: "wrong" });
    await assert.rejects(nobody.unread(), failed(401));
  }

  const hub = await mailbox("hub@demo", "hub");
  for (let number = 0; number < 150; number += 1) {
    await hub.send(`peer${number}@demo`, number);
  }
  assert.equal((await hub.threads()).length, 150);
}

async function notes() {
  const agent = await mailbox("coder@demo", "coder");
  await agent.upsertNode({ id: "file:a.rs", type: "file", name: "a.rs", description: "entry" });
  await agent.upsertNode({ id: "sym:run", type: "symbol", name: "run", metadata: { line: 4 } });
  await agent.addEdge({ sourceId: "file:a.rs", targetId: "sym:run", type: "contains" });
  const graph = await agent.queryGraph("a.rs", { limit: 5 });
  assert.deepEqual(graph.nodes.map((node) => node.id), ["file:a.rs", "sym:run"]);
  assert.equal(graph.edges[0].weight, 1);
  await agent.upsertIndex({ key: "api:GET /x", category: "api", summary: "lists x" });
  assert.equal((await agent.getIndex("api:GET /x")).summary, "lists x");
  assert.equal(await agent.getIndex("none"), null);
  assert.equal((await agent.searchIndex("lists", "api")).length, 1);
}

threads()
  .then(notes)
  .then(() => console.log("every call was answered"))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
