// Proof files: c2sp.org/tlog-proof, and a consistency proof in the form of c2sp.org/tlog-witness.

import { Invalid, ascii, encode, find, fromBase64 } from "./bytes.js";
import { verifyConsistency, verifyInclusion } from "./merkle.js";
import { openCheckpoint } from "./note.js";

export const TLOG_PROOF = "c2sp.org/tlog-proof@v1";
const MAX_FILE = 1 << 20;
const MAX_HASHES = 63;
const BORDER = encode("\n\n");

function split(raw, what) {
  if (raw.length > MAX_FILE) throw new Invalid(`${what}: ${raw.length} bytes are too many`);
  const border = find(raw, BORDER);
  if (border < 0 || border + 2 === raw.length) {
    throw new Invalid(`${what}: no empty line with a checkpoint after it`);
  }
  const head = raw.subarray(0, border);
  if (head.some((byte) => byte > 0x7f)) throw new Invalid(`${what}: is not ASCII`);
  return [ascii(head).split("\n"), raw.subarray(border + 2)];
}

function number(line, word, what) {
  const found = /^([a-z]+) (0|[1-9][0-9]{0,15})$/.exec(line ?? "");
  if (!found || found[1] !== word) throw new Invalid(`${what}: no line '${word} <number>'`);
  return BigInt(found[2]);
}

function hashes(lines, what) {
  if (lines.length > MAX_HASHES) throw new Invalid(`${what}: ${lines.length} hashes`);
  return lines.map((line, place) => {
    const hash = fromBase64(line, `${what}: hash ${place}`);
    if (hash.length !== 32) throw new Invalid(`${what}: hash ${place} has not 32 bytes`);
    return hash;
  });
}

// `extra` is the base64 line's bytes, which nobody signed, or null.
export function parseProof(raw) {
  const [lines, checkpoint] = split(raw, "tlog-proof");
  if (lines.shift() !== TLOG_PROOF) throw new Invalid(`tlog-proof: does not begin ${TLOG_PROOF}`);
  let extra = null;
  if (lines[0]?.startsWith("extra ")) extra = fromBase64(lines.shift().slice(6), "tlog-proof: extra");
  const index = number(lines.shift(), "index", "tlog-proof");
  return { index, hashes: hashes(lines, "tlog-proof"), checkpoint, extra };
}

export function verifyProof(proof, leaf, logKey) {
  const checkpoint = openCheckpoint(proof.checkpoint, logKey);
  verifyInclusion(proof.index, checkpoint.size, leaf, proof.hashes, checkpoint.root);
  return checkpoint;
}

export function parseConsistency(raw) {
  const [lines, checkpoint] = split(raw, "consistency proof");
  const oldSize = number(lines.shift(), "old", "consistency proof");
  return { oldSize, hashes: hashes(lines, "consistency proof"), checkpoint };
}

export function verifyGrowth(proof, oldRoot, logKey) {
  const checkpoint = openCheckpoint(proof.checkpoint, logKey);
  verifyConsistency(proof.oldSize, checkpoint.size, oldRoot, checkpoint.root, proof.hashes);
  return checkpoint;
}
