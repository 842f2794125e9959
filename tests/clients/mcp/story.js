// What a host does with the server, told once for both generations of the TypeScript SDK.
import assert from "node:assert/strict";

export const NAMES = [
  "list_emails", "search_emails", "read_email", "get_attachment", "wait_for_email", "verify_sender",
  "send_email", "reply_email", "forward_email", "mark_email", "move_email", "list_folders", "list_mailboxes",
];

export async function tell(client) {
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), NAMES);
  // The SDK checks structured content against the output schema once it has listed the tools.
  const call = async (name, args) => {
    const result = await client.callTool({ name, arguments: args });
    assert.ok(!result.isError, JSON.stringify(result));
    assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
    return result.structuredContent;
  };
  const me = (await call("list_mailboxes", {})).mailboxes[0].address;
  const order = { "@context": "https://schema.org", "@type": "Order", orderNumber: "7" };
  const file = { filename: "a.csv", media_type: "text/csv", text: "a,b" };
  await call("send_email", {
    to: [me], subject: "Order 7", text: "One chair.", structured_data: order, attachments: [file],
  });
  const { emails: [listed] } = await call("list_emails", { limit: 1 });
  const { emails: [found] } = await call("search_emails", { query: "chair", limit: 1 });
  assert.equal(found.id, listed.id);
  const email = await call("read_email", { message_id: listed.id });
  assert.match(email.text, /One chair\./);
  assert.equal(email.structured_data[0].data.orderNumber, "7");
  assert.match((await call("get_attachment", { message_id: listed.id, index: 0 })).text, /a,b/);
  await call("reply_email", { message_id: listed.id, text: "Thanks." });
  assert.equal((await call("list_emails", { limit: 1 })).emails[0].subject, "Re: Order 7");
  await call("forward_email", { message_id: listed.id, to: [me] });
  assert.equal((await call("verify_sender", { message_id: listed.id })).verdict, "unknown");
  assert.ok((await call("wait_for_email", { timeout_seconds: 0 })).timed_out);
  assert.equal((await call("mark_email", { message_ids: [listed.id], read: true })).done, 1);
  await call("move_email", { message_ids: [listed.id], folder: "Done" });
  const { folders } = await call("list_folders", {});
  assert.ok(folders.some((folder) => folder.name === "Done"));
  const failed = await client.callTool({ name: "read_email", arguments: { message_id: "999" } });
  assert.ok(failed.isError && failed.content[0].text.includes("list_emails"));
  const inbox = await client.readResource({ uri: "mailbox://inbox" });
  assert.match(inbox.contents[0].text, /Order 7/);
  const prompt = await client.getPrompt({ name: "triage", arguments: { limit: "5" } });
  assert.equal(prompt.messages.length, 2);
}

export const implementation = { name: "mailmesh-test", version: "1" };

export function bearer() {
  return { headers: { Authorization: `Bearer ${process.env.MCP_TOKEN}` } };
}
