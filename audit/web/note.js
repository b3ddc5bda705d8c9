// Signed notes and public keys: c2sp.org/signed-note, c2sp.org/tlog-cosignature.

import {
  Invalid, Unverified, decode, encode, fromBase64, hex, joined, sha256,
} from "./bytes.js";
import { verifies } from "./ed25519.js";

export const ED25519 = 1;
export const COSIGNATURE = 4;

const MAX_NOTE = 1 << 20;
const MAX_SIGNATURES = 64;
const LATEST = 253402300800n; // the year 10000
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
const SPACE = "\\u0009-\\u000d\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const NAME = new RegExp(`^[^${SPACE}+\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]+$`, "u");

// A vkey: `name+hex key id+base64 of type byte and key`. Exactly what would be written is read.
export function parseVkey(text) {
  const first = text.indexOf("+"), second = text.indexOf("+", first + 1);
  if (first < 0 || second < 0) throw new Invalid("not a vkey: expected name+key id+base64");
  const name = text.slice(0, first), id = text.slice(first + 1, second);
  if (!NAME.test(name)) throw new Invalid("not a vkey: its name cannot name a key");
  if (!/^[0-9a-f]{8}$/.test(id)) throw new Invalid(`vkey ${name}: the key id is not 8 digits`);
  const material = fromBase64(text.slice(second + 1), `vkey ${name}`);
  if (material.length < 2) throw new Invalid(`vkey ${name}: holds no public key`);
  const kind = material[0], key = material.subarray(1);
  if (kind === ED25519 || kind === COSIGNATURE) {
    if (key.length !== 32) throw new Invalid(`vkey ${name}: an Ed25519 public key has 32 bytes`);
    const made = sha256(joined(encode(`${name}\n`), material)).subarray(0, 4);
    if (hex(made) !== id) {
      throw new Invalid(`vkey ${name}: the key id does not belong to this name and key`);
    }
  }
  return { name, kind, key, text, shown: `${name}+${id}` };
}

// The first two parts of a vkey, as a signature line names it.
export const keyName = (vkey) => vkey.split("+").slice(0, 2).join("+");

// A note taken apart: the signed bytes with their last newline, and the signature lines.
export function parseNote(raw) {
  if (raw.length > MAX_NOTE) throw new Invalid(`note: ${raw.length} bytes are too many`);
  const whole = decode(raw, "note");
  if (CONTROL.test(whole)) throw new Invalid("note: holds a control character other than newline");
  // The last empty line is the border: the text may hold empty lines of its own.
  const border = whole.lastIndexOf("\n\n");
  if (border < 0) throw new Invalid("note: no empty line between text and signatures");
  const lines = whole.slice(border + 2).split("\n");
  if (lines.pop() !== "" || lines.length === 0) {
    throw new Invalid("note: must end with a signature line and its newline");
  }
  if (lines.length > MAX_SIGNATURES) throw new Invalid(`note: ${lines.length} signatures`);
  const text = whole.slice(0, border + 1);
  return { text, signed: encode(text), signatures: lines.map(parseSignature) };
}

function parseSignature(line) {
  const space = line.indexOf(" ", 2);
  if (!line.startsWith("\u2014 ") || space < 0) {
    throw new Invalid("note: a signature line is not a dash, a name and base64");
  }
  const name = line.slice(2, space);
  if (!NAME.test(name)) throw new Invalid("note: a signature's name cannot name a key");
  const payload = fromBase64(line.slice(space + 1), "note: a signature");
  if (payload.length < 5) throw new Invalid(`note: the signature of ${name} is too short`);
  return { shown: `${name}+${hex(payload.subarray(0, 4))}`, signature: payload.subarray(4) };
}

function byName(keys) {
  const named = new Map();
  for (const key of keys) {
    const before = named.get(key.shown);
    if (before && before.text !== key.text) {
      throw new Unverified(`two different keys are both called ${key.shown}`);
    }
    named.set(key.shown, key);
  }
  return named;
}

// Those of the keys that signed, each once; one bad signature of a known key condemns the note.
export function verified(note, keys) {
  const named = byName(keys), signers = new Map();
  for (const { shown, signature } of note.signatures) {
    const key = named.get(shown);
    if (!key) continue;
    if (key.kind !== ED25519) throw new Unverified(`key ${shown} does not sign note text`);
    if (!verifies(key.key, note.signed, signature)) {
      throw new Unverified(`the signature of key ${shown} does not belong to this text`);
    }
    signers.set(key.text, key);
  }
  if (signers.size === 0) {
    const found = note.signatures.slice(0, 4).map((line) => line.shown).join(", ");
    throw new Unverified(`no trusted key signed this note; signatures found: ${found}`);
  }
  return [...signers.values()];
}

// Which witnesses cosigned the note, and when first: a map of vkeys to unix seconds.
export function cosignedAt(note, witnesses) {
  const named = new Map();
  for (const key of witnesses) if (key.kind === COSIGNATURE) named.set(key.shown, key);
  const found = new Map();
  for (const { shown, signature } of note.signatures) {
    const key = named.get(shown);
    if (!key) continue;
    if (signature.length !== 72) throw new Unverified(`the cosignature of ${shown} is too short`);
    const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
    const message = joined(encode(`cosignature/v1\ntime ${time}\n`), note.signed);
    if (!verifies(key.key, message, signature.subarray(8))) {
      throw new Unverified(`the cosignature of ${shown} does not belong to this checkpoint`);
    }
    if (time <= 0n || time >= LATEST) throw new Unverified(`${shown} names no time`);
    const before = found.get(key.text);
    found.set(key.text, before === undefined || time < before ? time : before);
  }
  return found;
}

// A checkpoint (c2sp.org/tlog-checkpoint) from a note's text; the size is a BigInt.
export function parseCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length < 4 || lines.at(-1) !== "") {
    throw new Invalid("checkpoint: must have an origin, a size and a root, each on a line");
  }
  const [origin, size, root, ...extensions] = lines.slice(0, -1);
  if (origin === "") throw new Invalid("checkpoint: the origin is empty");
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(size)) throw new Invalid("checkpoint: no tree size");
  if (extensions.includes("")) throw new Invalid("checkpoint: an extension line is empty");
  const hash = fromBase64(root, "checkpoint: the root");
  if (hash.length !== 32) throw new Invalid("checkpoint: the root has not 32 bytes");
  return { origin, size: BigInt(size), root: hash, extensions };
}

// A checkpoint that the log key signed; the key bears the log's name.
export function openCheckpoint(raw, key) {
  const note = parseNote(raw);
  verified(note, [key]);
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== key.name) {
    throw new Unverified(`the checkpoint is of ${checkpoint.origin}, the key of ${key.name}`);
  }
  return checkpoint;
}

export const isKeyIn = (key, keys) => keys.some((one) => one.text === key.text);
