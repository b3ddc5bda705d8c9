// Verifies each line of standard input, a case of corpus.py, and writes its verdict as a line.

import { createInterface } from "node:readline";
import { readTrust, verify } from "../../../audit/web/verify.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

for await (const line of createInterface({ input: process.stdin })) {
  const { raw, beside, ...trust } = JSON.parse(line);
  const verdict = verify(bytes(raw), readTrust(trust), beside === null ? null : bytes(beside));
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
}
