// The JavaScript SDK of A2A as a peer: one JSON command on each line of stdin, one answer on
// stdout. interop/README.md describes the commands.

import { createInterface } from 'node:readline';

import {
  canonicalizeAgentCard,
  generateAgentCardSignature,
  verifyAgentCardSignature,
} from '@a2a-js/sdk';
import { importJWK } from 'jose';

console.debug = () => {}; // the SDK says there which signatures do not verify

const commands = {
  canonical: ({ card }) => ({ canonical: canonicalizeAgentCard(JSON.parse(card)) }),

  async sign({ card, key, header }) {
    const signer = generateAgentCardSignature(await importJWK(key, header.alg), header);
    return { card: JSON.stringify(await signer(JSON.parse(card))) };
  },

  async verify({ card, keys, alg }) {
    const verifier = verifyAgentCardSignature((kid) => {
      const jwk = keys.find((key) => key.kid === kid);
      if (jwk === undefined) throw new Error('no such key');
      return importJWK(jwk, alg);
    });
    try {
      await verifier(JSON.parse(card));
    } catch (error) {
      return { valid: false, reason: error.message };
    }
    return { valid: true };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const command = JSON.parse(line);
    answer = await commands[command.do](command);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
