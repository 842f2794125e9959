"""The Python SDK of A2A as a peer: one JSON command on each line of stdin, one answer on stdout.

interop/README.md describes the commands.
"""

import json
import sys

from a2a.types import AgentCard
from a2a.utils import signing
from google.protobuf.json_format import MessageToDict, Parse
from jwt.api_jwk import PyJWK

ALGORITHMS = ["EdDSA", "ES256", "RS256"]


def canonical(command):
    # The SDK signs this, but gives it no public name.
    return {"canonical": signing._canonicalize_agent_card(read(command))}


def sign(command):
    header = command["header"]
    signer = signing.create_agent_card_signer(key(command["key"], header["alg"]), header)
    return {"card": json.dumps(MessageToDict(signer(read(command))), ensure_ascii=False)}


def verify(command):
    algorithm = command["alg"]
    keys = {jwk["kid"]: key(jwk, algorithm) for jwk in command["keys"]}
    verifier = signing.create_signature_verifier(lambda kid, _jku: keys[kid], ALGORITHMS)
    try:
        verifier(read(command))
    except signing.SignatureVerificationError as error:
        return {"valid": False, "reason": str(error)}
    return {"valid": True}


def read(command):
    return Parse(command["card"], AgentCard())


def key(jwk, algorithm):
    return PyJWK(jwk, algorithm)


COMMANDS = {"canonical": canonical, "sign": sign, "verify": verify}

for line in sys.stdin.buffer:
    try:
        command = json.loads(line)
        answer = COMMANDS[command["do"]](command)
    except Exception as error:  # whatever it is, it is an answer
        answer = {"error": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
