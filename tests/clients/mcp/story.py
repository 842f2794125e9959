"""What a host does with the server, told once for both generations of the Python SDK.

`call(name, arguments)` gives the value of a tool, after the SDK has checked it against the output
schema; `fail(name, arguments)` the words of a call that has to fail.
"""


async def tell(call, fail):
    me = (await call("list_mailboxes", {}))["mailboxes"][0]["address"]
    waited = await call("wait_for_email", {"timeout_seconds": 0})
    assert waited["timed_out"], waited
    sent = await call(
        "send_email",
        {
            "to": [me],
            "subject": "Order 7",
            "text": "One chair.",
            "structured_data": {"@context": "https://schema.org", "@type": "Order", "orderNumber": "7"},
            "attachments": [{"filename": "a.csv", "media_type": "text/csv", "text": "a,b"}],
        },
    )
    assert sent["accepted"] == [me], sent
    arrived = await call("wait_for_email", {"after": waited["position"], "timeout_seconds": 30})
    assert arrived["emails"][0]["types"] == ["Order"], arrived
    listed = await call("list_emails", {"folder": "INBOX", "limit": 1, "offset": 0})
    found = await call("search_emails", {"query": "chair", "folder": "INBOX", "limit": 1})
    id = listed["emails"][0]["id"]
    assert found["emails"][0]["id"] == id, found
    email = await call("read_email", {"message_id": id})
    assert "One chair." in email["text"] and email["unread"], email
    assert email["structured_data"][0]["data"]["orderNumber"] == "7", email
    content = await call("get_attachment", {"message_id": id, "index": 0})
    assert "a,b" in content["text"], content
    verified = await call("verify_sender", {"message_id": id})
    assert verified["verdict"] == "unknown", verified
    reply = await call("reply_email", {"message_id": id, "text": "Thanks."})
    answer = (await call("list_emails", {"limit": 1}))["emails"][0]
    assert answer["subject"] == "Re: Order 7", (reply, answer)
    await call("forward_email", {"message_id": id, "to": [me], "text": "See below."})
    await call("send_email", {"to": [me], "subject": "", "structured_data": {"@type": "Order"}})
    machine = await call("list_emails", {"filter_mrm": True, "limit": 1})
    assert machine["emails"][0]["mrm"], machine
    marked = await call("mark_email", {"message_ids": [id], "read": True})
    assert marked["done"] == 1, marked
    await call("move_email", {"message_ids": [id], "folder": "Done"})
    folders = await call("list_folders", {})
    assert "Done" in [folder["name"] for folder in folders["folders"]], folders
    assert "list_emails" in await fail("read_email", {"message_id": "999"})


NAMES = ["list_emails", "search_emails", "read_email", "get_attachment", "wait_for_email", "verify_sender"]
NAMES += ["send_email", "reply_email", "forward_email", "mark_email", "move_email", "list_folders", "list_mailboxes"]
