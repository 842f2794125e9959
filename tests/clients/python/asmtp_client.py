"""Drives an ASMTP operator with nothing but httpx and websockets, and a validator of OpenAPI.

    ASMTP_ADMIN_TOKEN=... asmtp_client.py http://127.0.0.1:8723

It creates two agents, sends, lists, fetches, listens, replays from a cursor, uploads a file and
reads monitor facts, checks the description of the operator, and stops with an error at the first
answer that is not what the protocol says.
"""

import asyncio
import json
import os
import secrets
import sys
import time

import httpx
import websockets
from openapi_spec_validator import validate

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def envelope_id():
    bits = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(CROCKFORD[(bits >> (5 * place)) & 31] for place in reversed(range(26)))


def envelope(to, subject, **more):
    return {
        "id": envelope_id(),
        "to": [agent.handle for agent in to],
        "subject": subject,
        "date_ms": int(time.time() * 1000),
        "content_parts": [{"type": "text", "text": f"{subject}, in full"}],
        **more,
    }


class Agent:
    def __init__(self, base, handle, token):
        self.base, self.handle, self.token = base, handle, token
        self.http = httpx.AsyncClient(base_url=base, headers=self.headers(), timeout=30)

    def headers(self):
        return {"Authorization": f"Bearer {self.token}"}

    async def call(self, status, method, path, **more):
        answer = await self.http.request(method, path, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    async def send(self, post):
        return (await self.call(202, "POST", "/messages", json=post)).json()

    def connect(self, cursor=None):
        query = ""
        if cursor:
            time_ms, last = cursor
            query = f"?after_created_at={time_ms}&after_envelope_id={last}"
        url = self.base.replace("http", "ws", 1) + "/connect" + query
        return websockets.connect(url, additional_headers=self.headers(), compression=None)


async def frame(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), 30))


async def create(base, admin, handle):
    async with httpx.AsyncClient(base_url=base, timeout=30) as http:
        answer = await http.post(
            "/_admin/agents",
            json={"handle": handle, "policy": "open"},
            headers={"Authorization": f"Bearer {admin}"},
        )
    assert answer.status_code == 201, answer.text
    return Agent(base, handle, answer.json()["token"])


async def main(base, admin):
    suffix = secrets.token_hex(4)
    alice = await create(base, admin, f"@acme.alice-{suffix}")
    bob = await create(base, admin, f"@beta.bob-{suffix}")

    async with bob.connect() as socket:
        first = envelope([bob], "Hello")
        receipt = await alice.send(first)
        assert receipt["recipients"] == [{"handle": bob.handle}], receipt
        assert await alice.send(first) == receipt, "a retry is answered as the first time"
        pushed = await frame(socket)
        assert (pushed["op"], pushed["id"]) == ("envelope.notify", first["id"]), pushed
        assert pushed["created_at"] == receipt["created_at"]
    cursor = (pushed["created_at"], pushed["id"])

    waiting = [envelope([bob], f"No. {number}", monitor="mon_py") for number in range(3)]
    async with alice.connect() as watching:
        for post in waiting:
            await alice.send(post)
        facts = [await frame(watching) for _ in waiting]
    assert [fact["envelope_id"] for fact in facts] == [post["id"] for post in waiting], facts
    listed = (await alice.call(200, "GET", "/monitors/mon_py")).json()
    assert listed["facts"] == facts, listed

    async with bob.connect(cursor) as socket:
        replayed = [(await frame(socket))["id"] for _ in waiting]
        assert replayed == [post["id"] for post in waiting], replayed
        live = envelope([bob], "Live")
        await alice.send(live)
        assert (await frame(socket))["id"] == live["id"]

    page = (await bob.call(200, "GET", "/mailbox", params={"unread": "true"})).json()
    assert len(page["envelope_headers"]) == 5 and page["next_cursor"] is None, page
    body = (await bob.call(200, "GET", f"/messages/{waiting[0]['id']}")).json()
    assert body["from"] == alice.handle and "monitor" not in body, body
    marked = await bob.call(200, "POST", "/mailbox/read", json={"ids": [live["id"]]})
    assert marked.json() == {"read": [live["id"]]}
    found = (await bob.call(200, "GET", "/search/messages", params={"q": "no. 2"})).json()
    assert [row["envelope_id"] for row in found["envelopes"]] == [waiting[2]["id"]], found

    octets = secrets.token_bytes(100_000)
    upload = {"file": ("data.bin", octets, "application/octet-stream")}
    file = (await alice.call(201, "POST", "/files", files=upload)).json()
    await bob.call(404, "GET", f"/files/{file['id']}")
    part = {"type": "file", "file_id": file["id"], "name": "data.bin"}
    await alice.send(envelope([bob], "A file", content_parts=[part]))
    assert (await bob.call(200, "GET", f"/files/{file['id']}")).content == octets

    await bob.call(201, "POST", "/agents/me/blocks", json={"handle": alice.handle})
    await alice.call(404, "POST", "/messages", json=envelope([bob], "Blocked"))
    await alice.call(400, "POST", "/messages", json={**first, "from": bob.handle})
    validate((await alice.call(200, "GET", "/openapi.json")).json())
    print("the door does what the protocol says")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].rstrip("/"), os.environ["ASMTP_ADMIN_TOKEN"]))
