"""Drives the mailbox of the Python package mailmesh, unmodified.

    MAILMESH_TEST_IMAPS=HOST:PORT MAILMESH_TEST_SMTPS=HOST:PORT MAILMESH_TEST_PASSWORD=... \
    SSL_CERT_FILE=CA.pem mailbox.py ADDRESS

Each line of standard input is a call, {"call": NAME, ...arguments}; each is answered by a line,
{"answer": ..., "seconds": how long the package took}, or {"error": ...}.
"""

import asyncio
import email
import json
import os
import sys
import time

from mailmesh.mailbox import AgentMailbox
from mailmesh.smtp_imap.adapter import SMTPIMAPBackend
from mailmesh.structured_email import StructuredEmail
from mailmesh.structured_email.emitter import RepresentationMode


def backend(address):
    imap_host, imap_port = os.environ["MAILMESH_TEST_IMAPS"].split(":")
    smtp_host, smtp_port = os.environ["MAILMESH_TEST_SMTPS"].split(":")
    password = os.environ["MAILMESH_TEST_PASSWORD"]
    return SMTPIMAPBackend(
        imap_host, int(imap_port), smtp_host, int(smtp_port), address, password
    )


class Calls:
    def __init__(self, address):
        self.address = address
        self.backend = backend(address)
        self.mailbox = AgentMailbox(self.backend)

    async def send(self, **message):
        """What its mailbox and its MCP server send."""
        return await self.mailbox.send(**message)

    async def emit(self, to, subject, text, data, mode):
        """What its composer of structured email writes, in one of its modes."""
        composer = StructuredEmail()
        if text:
            composer.add_human_text(text)
        composer.set_structured_data(data, RepresentationMode(mode))
        message = composer.to_mime()
        message["From"], message["To"], message["Subject"] = self.address, to, subject
        smtp = await self.backend._get_smtp_client()
        try:
            await smtp.send_message(message)
        finally:
            await smtp.quit()

    async def list(self, **arguments):
        return [mail.to_dict() for mail in await self.mailbox.list(**arguments)]

    async def read(self, message_id):
        return (await self.mailbox.read(message_id)).to_dict()

    async def search(self, query, limit):
        return [mail.to_dict() for mail in await self.mailbox.search(query, limit=limit)]

    async def parse(self, message_id):
        """What its parser of structured email finds in a message."""
        client = await self.backend._get_imap_client()
        try:
            await client.select("INBOX")
            _, data = await client.uid("fetch", message_id, "(BODY.PEEK[])")
        finally:
            await client.logout()
        message = email.message_from_bytes(bytes(data[1]))
        return {
            "data": StructuredEmail.parse_structured_data(message),
            "is_mrm": StructuredEmail.is_mrm(message),
        }


async def main():
    calls = Calls(sys.argv[1])
    for line in sys.stdin:
        arguments = json.loads(line)
        call = getattr(calls, arguments.pop("call"))
        began = time.perf_counter()
        try:
            answer = {"answer": await call(**arguments)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({**answer, "seconds": time.perf_counter() - began}), flush=True)


asyncio.run(main())
