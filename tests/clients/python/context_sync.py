"""Drives a context-sync server with the published client `agentsmcp`, unmodified.

    [MAILMESH_ADMIN_TOKEN=...] context_sync.py http://127.0.0.1:8723

With the administrator's token each agent gets a bearer of its own; without, the server has to be
open. Every method of both clients is called, and every error that they tell apart is met. It stops
with an error at the first answer that is not what the client promises.
"""

import asyncio
import os
import socket
import sys

import httpx
from agentmailbox import (
    AgentMailbox,
    AgentMailboxError,
    AgentMailboxSync,
    ConnectionError,
    NotFoundError,
)

BASE = sys.argv[1].rstrip("/")
SERVER = BASE + "/context-sync"
ADMIN = os.environ.get("MAILMESH_ADMIN_TOKEN")


def bearer(name):
    """A new bearer, or none in open mode."""
    if not ADMIN:
        return None
    made = httpx.post(
        f"{BASE}/_admin/agents",
        headers={"Authorization": f"Bearer {ADMIN}"},
        json={"handle": f"@clients.{name}"},
    )
    made.raise_for_status()
    return made.json()["token"]


def expect(found, wanted):
    if found != wanted:
        raise SystemExit(f"expected {wanted!r}, found {found!r}")


async def refused(call, kind, status):
    try:
        await call
    except AgentMailboxError as error:
        expect((type(error), error.status_code), (kind, status))
    else:
        raise SystemExit(f"expected {kind.__name__} {status}, found an answer")


async def every_method():
    names = ["ann", "ben", "cy", "spy"]
    keys = {name: bearer(name) for name in names}
    # One with a slash at the end of its server, as the client lets through.
    agents = {name: AgentMailbox(f"{name}/ü@demo", SERVER + "/", keys[name]) for name in names}
    ann, ben, cy, spy = agents.values()
    for agent in agents.values():
        await agent.connect()
        await agent.connect()

    empty = await ben.receive()
    expect((empty.messages, empty.context.token_count), ([], 0))
    sent = await ann.send(
        ben.agent_id,
        {"job": "build parser", "n": 3},
        context_snapshot={"goal": "ship", "__proto__": 1},
        cc=[cy.agent_id],
        bcc=[spy.agent_id],
        reply_to=ann.agent_id,
    )
    expect(sent.delivered_to, [ben.agent_id, cy.agent_id, spy.agent_id])
    for reader in (ben, cy, spy):
        received = await reader.receive()
        expect(received.context.snapshot, {"goal": "ship", "__proto__": 1})
        expect(received.context.token_count, 8)
        frame = received.messages[0]
        expect((frame.id, frame.bcc, frame.cc), (sent.message_id, None, [cy.agent_id]))
        expect((frame.reply_to, frame.payload["n"]), (ann.agent_id, 3))
    expect((await ann.threads())[0].messages[0].bcc, [spy.agent_id])

    reply = await cy.reply_all(sent.thread_id, {"done": True}, context_snapshot={"step": 2})
    expect((reply.thread_id, reply.delivered_to), (sent.thread_id, [ann.agent_id, ben.agent_id]))
    expect(len(await spy.unread()), 1)
    context = await spy.sync(sent.thread_id)
    expect((context.snapshot, len(context.recent_messages)), ({"step": 2}, 2))
    expect(context.thread_summary_structured, None)
    roles = {one.agent_id: one.role for one in await ann.participants(sent.thread_id)}
    # A sender counts as "to", so the reply has raised the copy.
    expect(roles, {ann.agent_id: "to", ben.agent_id: "to", cy.agent_id: "to", spy.agent_id: "bcc"})
    known = [one.agent_id for one in await ben.participants(sent.thread_id)]
    expect(spy.agent_id in known, False)

    expect(len((await ben.receive(from_agent=cy.agent_id)).messages), 1)
    await ben.mark_read(sent.thread_id)
    expect(await ben.unread(), [])
    again = await ann.send(ben.agent_id, {"n": 4}, thread_id=sent.thread_id)
    expect([frame.id for frame in await ben.unread()], [again.message_id])
    pair = await ben.send(ann.agent_id, {"just": "us"})
    expect((await ann.send(ben.agent_id, {"n": 5})).thread_id, pair.thread_id)
    expect(pair.thread_id == sent.thread_id, False)

    for _ in range(30):
        await ann.send(ben.agent_id, {"filler": "x"})
    summary = (await ben.sync(pair.thread_id)).thread_summary_structured
    expect((summary.text, summary.decisions), ("", []))
    expect(len(summary.covers_message_ids) >= 20, True)

    await refused(ann.sync("nope"), NotFoundError, 404)
    await refused(spy.sync(pair.thread_id), NotFoundError, 404)
    await refused(spy.participants(pair.thread_id), NotFoundError, 404)
    await refused(spy.reply_all(pair.thread_id, {}), NotFoundError, 404)
    await refused(ann.send(ben.agent_id, {}, thread_id="nope"), NotFoundError, 404)
    await refused(ann.send("has space", {}), AgentMailboxError, 400)
    await spy.mark_read("nope")
    if ADMIN:
        thief = AgentMailbox(ben.agent_id, SERVER, keys["ann"])
        await refused(thief.connect(), AgentMailboxError, 403)
        await refused(thief.unread(), AgentMailboxError, 403)
        nobody = AgentMailbox(ben.agent_id, SERVER, "wrong")
        await refused(nobody.unread(), AgentMailboxError, 401)
        await thief.close()
        await nobody.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = AgentMailbox("ann@demo", f"http://127.0.0.1:{free.getsockname()[1]}")
        await refused(away.connect(), ConnectionError, None)
        await away.close()

    hub = AgentMailbox("hub@demo", SERVER, bearer("hub"))
    await hub.connect()
    for number in range(150):
        await hub.send(f"peer{number}@demo", {"n": number})
    expect(len(await hub.threads()), 150)
    for agent in (*agents.values(), hub):
        await agent.close()


def every_method_without_async():
    ann = AgentMailboxSync("ann@sync", SERVER, bearer("sync-ann"))
    ben = AgentMailboxSync("ben@sync", SERVER, bearer("sync-ben"))
    ann.connect()
    ben.connect()
    sent = ann.send("ben@sync", {"n": 1}, context_snapshot={"s": 1})
    expect(ben.unread()[0].payload, {"n": 1})
    expect(ben.receive().context.snapshot, {"s": 1})
    expect(ben.reply_all(sent.thread_id, {"n": 2}).delivered_to, ["ann@sync"])
    expect(len(ben.sync(sent.thread_id).recent_messages), 2)
    expect(len(ben.participants(sent.thread_id)), 2)
    expect(ben.threads()[0].participants, ["ann@sync", "ben@sync"])
    ben.mark_read(sent.thread_id)
    expect(ben.unread(), [])
    try:
        ben.sync("nope")
    except NotFoundError as error:
        expect(error.status_code, 404)
    else:
        raise SystemExit("expected NotFoundError")


asyncio.run(every_method())
every_method_without_async()
print("every call was answered")
