"""What a host of the npm package `agentsmcp` does with the server in its place: every tool is called.

`ben@demo` has one unread message of `ann@demo`, and keeps it. `call` and `fail` are as in story.py.
"""


async def tell(call, fail):
    received = await call("agentsmcp_receive", {"from": "ann@demo", "recent": 2})
    [message] = received["messages"]
    assert message["payload"] == "Build it." and message["from"] == "ann@demo", received
    thread = message["threadId"]
    unread = await call("agentsmcp_unread", {})
    assert unread["messages"][0]["id"] == message["id"], unread
    reply = await call("agentsmcp_reply_all", {"threadId": thread, "payload": {"ok": True}})
    assert reply["deliveredTo"] == ["ann@demo"], reply
    synced = await call("agentsmcp_sync", {"threadId": thread})
    assert synced["recentMessages"][-1]["payload"] == {"ok": True}, synced
    people = (await call("agentsmcp_participants", {"threadId": thread}))["participants"]
    assert [one["agentId"] for one in people] == ["ann@demo", "ben@demo"], people
    sent = await call(
        "agentsmcp_send",
        {"to": "cat@demo", "payload": None, "contextSnapshot": {"step": 1}, "cc": [], "handoff": {"goal": "x"}},
    )
    assert (await call("agentsmcp_mark_read", {"threadId": sent["threadId"]})) == {"ok": True}
    threads = (await call("agentsmcp_threads", {}))["threads"]
    assert {one["id"] for one in threads} == {thread, sent["threadId"]}, threads
    for id in ["file:a.py", "f"]:
        await call("agentsmcp_upsert_node", {"id": id, "type": "file", "name": id, "metadata": {"lines": 7}})
    await call("agentsmcp_add_edge", {"sourceId": "file:a.py", "targetId": "f", "type": "contains"})
    graph = await call("agentsmcp_query_graph", {"query": "a.py"})
    assert [edge["weight"] for edge in graph["edges"]] == [1], graph
    entry = {"key": "file:a.py", "category": "module", "summary": "Builds it."}
    assert (await call("agentsmcp_upsert_index", entry)) == {"ok": True, "key": "file:a.py"}
    found = await call("agentsmcp_get_index", {"key": "file:a.py"})
    assert found["found"] and found["summary"] == "Builds it.", found
    entries = (await call("agentsmcp_search_index", {"query": "builds"}))["entries"]
    assert [one["key"] for one in entries] == ["file:a.py"], entries
    briefing = await call("agentsmcp_context_briefing", {"task": "Change a.py", "include_threads": True})
    assert briefing["threadContext"]["unreadCount"] == 1, briefing
    assert "agentsmcp_threads" in await fail("agentsmcp_sync", {"threadId": "none"})


NAMES = ["send", "receive", "unread", "sync", "threads", "mark_read", "reply_all", "participants"]
NAMES += ["upsert_node", "add_edge", "query_graph", "upsert_index", "get_index", "search_index", "context_briefing"]
NAMES = ["agentsmcp_" + name for name in NAMES]
