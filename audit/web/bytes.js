// Bytes and text: strict UTF-8, base64 in its one spelling, hexadecimal, hashes, and the two errors.

import { sha256 as hash256 } from "./vendor/noble-hashes/sha2.js";

// Bytes or text that have not the format they claim.
export class Invalid extends Error {}

// A signature or a proof that does not hold.
export class Unverified extends Error {}

const utf8 = new TextEncoder();
// Without ignoreBOM a decoder would drop three bytes that were signed.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const latin = new TextDecoder("latin1");

export const encode = (text) => utf8.encode(text);
export const ascii = (raw) => latin.decode(raw);

export function decode(raw, what) {
  try {
    return strict.decode(raw);
  } catch {
    throw new Invalid(`${what}: is not UTF-8`);
  }
}

export function same(one, other) {
  if (one === undefined || other === undefined || one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// Where `wanted` begins in `raw`, searching from an offset on; -1 when it is not there.
export function find(raw, wanted, from = 0) {
  for (let at = raw.indexOf(wanted[0], from); at >= 0; at = raw.indexOf(wanted[0], at + 1)) {
    let length = 1;
    while (length < wanted.length && raw[at + length] === wanted[length]) length++;
    if (length === wanted.length) return at;
  }
  return -1;
}

export const beginsWith = (raw, wanted) => same(raw.subarray(0, wanted.length), wanted);

export const hex = (raw) => Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function base64(raw) {
  let text = "";
  for (let at = 0; at < raw.length; at += 8192) {
    text += String.fromCharCode(...raw.subarray(at, at + 8192));
  }
  return btoa(text);
}

// Standard base64 with padding (RFC 4648 section 4), in its only canonical spelling.
export function fromBase64(text, what) {
  let decoded;
  try {
    decoded = atob(text);
  } catch {
    throw new Invalid(`${what}: is not base64`);
  }
  // The browser's decoder overlooks spaces, missing padding and stray bits.
  if (btoa(decoded) !== text) throw new Invalid(`${what}: is not canonical base64`);
  const raw = new Uint8Array(decoded.length);
  for (let at = 0; at < raw.length; at++) raw[at] = decoded.charCodeAt(at);
  return raw;
}

export const sha256 = (raw) => hash256(raw);

// By code points, as sorted text is ordered in every format: a plain sort goes by UTF-16 units.
export function compareText(one, other) {
  const left = Array.from(one), right = Array.from(other);
  for (let at = 0; at < left.length && at < right.length; at++) {
    if (left[at] !== right[at]) return left[at].codePointAt(0) - right[at].codePointAt(0);
  }
  return left.length - right.length;
}
