#!/usr/bin/env python3
"""Drives a node with the published command line client of ASMTP, `robotnet`, unmodified.

    ASMTP_ADMIN_TOKEN=... robotnet.py

The node is the network that the client calls `local`: http://127.0.0.1:8723. Every command that this
network has is called: of the administrator, of an agent about itself and others, mail, files, search,
and listening, which goes on after the node told it. It stops with an error at the first answer that
is not what the command should print. ROBOTNET is the client, `robotnet` by default.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLIENT = os.environ.get("ROBOTNET", "robotnet").split()
ADMIN = ["--local-admin-token", os.environ["ASMTP_ADMIN_TOKEN"]]


class Client:
    def __init__(self, home):
        folders = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
        self.environment = {**os.environ, **folders, "NO_COLOR": "1"}
        self.home = home

    def start(self, *words, **more):
        command = [*CLIENT, "--network", "local", *words]
        return subprocess.Popen(command, env=self.environment, cwd=self.home, text=True, **more)

    def run(self, *words):
        ended = self.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        told, wrong = ended.communicate(timeout=60)
        return ended.returncode, told, wrong

    def call(self, *words):
        code, told, wrong = self.run(*words)
        assert code == 0, f"{words}: {told}{wrong}"
        return told

    def refused(self, why, *words):
        code, _, wrong = self.run(*words)
        assert code != 0 and why in wrong, f"{words}: expected {why}, got {code} {wrong}"

    def json(self, *words):
        return json.loads(self.call(*words, "--json"))


def holds(told, *parts):
    for part in parts:
        assert part in told, f"expected {part!r} in {told!r}"


def administration(client, alice, bob):
    for handle in (alice, bob):
        created = client.json("admin", "agent", "create", handle, *ADMIN)
        assert created["handle"] == handle and created["token"], created
    client.call("admin", "agent", "set", alice, "--display-name", "Alice", "--visibility", "public", *ADMIN)
    client.call("admin", "agent", "set", bob, "--inbound-policy", "open", *ADMIN)
    holds(client.call("admin", "agent", "list", *ADMIN), alice, bob)
    assert client.json("admin", "agent", "show", bob, *ADMIN)["policy"] == "open"


def profiles(client, alice, bob):
    client.call("me", "update", "--description", "sells widgets", "--card-body", "# Alice", "--as", alice)
    holds(client.call("me", "show", "--as", alice), "sells widgets", "# Alice")
    client.call("me", "allowlist", "add", bob, "@acme.*", "--as", alice)
    client.call("me", "allowlist", "remove", "@acme.*", "--as", alice)
    told = client.call("me", "allowlist", "list", "--as", alice)
    assert bob in told and "@acme.*" not in told, told
    holds(client.call("agents", "show", alice, "--as", bob), "sells widgets")
    holds(client.call("agents", "card", alice, "--as", bob), "# Alice")
    name = alice.removeprefix("@").partition(".")[0]
    holds(client.call("agents", "search", "--query", name, "--as", bob), alice)
    holds(client.call("search", "--query", name, "--as", bob), alice)


def mail(client, alice, bob):
    first = client.json("send", bob, "--subject", "Hello", "--text", "the quick brown fox", "--as", alice)["id"]
    offer = Path(client.home, "offer.txt")
    offer.write_text("four widgets\n")
    assert client.json("files", "upload", str(offer), "--as", alice)["status"] == "ready"
    order = ["--text", "see", "--file", str(offer), "--data", '{"qty":4}', "--monitor", "mon_order"]
    second = client.json("send", bob, *order, "--in-reply-to", first, "--as", alice)["id"]
    listed = client.json("mailbox", "list", "--unread", "--as", bob)
    assert [row["id"] for row in listed["envelope_headers"]] == [second, first], listed
    page = client.json("mailbox", "list", "--direction", "both", "--order", "asc", "--limit", "1", "--as", alice)
    assert page["next_cursor"]["envelope_id"] == first, page
    client.call("mailbox", "mark-read", first, "--as", bob)
    shown = client.json("mailbox", "show", second, "--as", bob)["envelopes"]
    parts = shown[0]["content_parts"]
    assert [part["type"] for part in parts] == ["text", "file", "data"], parts
    got = Path(client.home, "got.txt")
    client.call("files", "download", parts[1]["url"], "--out", str(got), "--as", bob)
    assert got.read_text() == "four widgets\n"
    assert client.json("mailbox", "list", "--unread", "--as", bob)["envelope_headers"] == []
    holds(client.call("search", "--scope", "messages", "--query", "brown", "--as", bob), first)
    client.refused("NOT_FOUND", "send", "@nobody.here", "--text", "x", "--as", alice)
    return [first, second]


def listening(client, alice, bob, known):
    child = client.start("listen", "--as", bob, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        frames = (json.loads(line) for line in child.stdout if line.startswith("{"))
        caught_up = [next(frames)["id"] for _ in known]
        assert caught_up == known, caught_up
        sent = client.json("send", bob, "--text", "live", "--as", alice)["id"]
        assert next(frames)["id"] == sent
    finally:
        child.kill()
        child.wait()


def blocks(client, alice, bob):
    client.call("me", "block", alice, "--as", bob)
    holds(client.call("me", "blocks", "--as", bob), alice)
    client.refused("NOT_FOUND", "send", bob, "--text", "x", "--as", alice)
    client.call("me", "unblock", alice, "--as", bob)
    client.call("send", bob, "--text", "again", "--as", alice)


def ending(client, alice, bob):
    old = ["mailbox", "list", "--as", bob, "--token"]
    rotated = client.json("admin", "agent", "rotate-token", bob, *ADMIN)["token"]
    client.call(*old, rotated)
    client.refused("UNAUTHORIZED", *old, "x" * 43)
    for handle in (alice, bob):
        client.call("admin", "agent", "remove", handle, *ADMIN)
    holds(client.call("status"), "reachable")


def main():
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        client = Client(home)
        version = client.call("--version").strip()
        owner = secrets.token_hex(4)
        alice, bob = f"@a{owner}.alice", f"@b{owner}.bob"
        administration(client, alice, bob)
        profiles(client, alice, bob)
        known = mail(client, alice, bob)
        listening(client, alice, bob, known)
        blocks(client, alice, bob)
        ending(client, alice, bob)
    print(f"robotnet {version}: every command in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
