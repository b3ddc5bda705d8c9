// Ed25519 (RFC 8032) by the strictest common rules, so that every verifier says the same of every
// signature: S below the group order, canonical encodings, no point of small order, and the equation
// without cofactor. The arithmetic is noble-ed25519's.

import { CURVE, Point } from "./vendor/noble-ed25519/index.js";
import { sha256 as hash256, sha512 } from "./vendor/noble-hashes/sha2.js";
import { hex, joined, same } from "./bytes.js";

const littleEndian = (raw) => BigInt(`0x${hex(Uint8Array.from(raw).reverse())}`);

// One checkpoint stands in every proof of a bundle: its signature need not be computed each time.
const known = new Map();
const MOST_KNOWN = 10_000;

export function verifies(publicKey, message, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const name = `${hex(publicKey)}${hex(signature)}${hex(hash256(message))}`;
  if (!known.has(name)) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, compute(publicKey, message, signature));
  }
  return known.get(name);
}

function compute(publicKey, message, signature) {
  const R = signature.subarray(0, 32);
  const S = littleEndian(signature.subarray(32));
  if (S >= CURVE.n) return false;
  try {
    const key = Point.fromHex(Uint8Array.from(publicKey), false);
    const stated = Point.fromHex(Uint8Array.from(R), false);
    if (key.isSmallOrder() || stated.isSmallOrder()) return false;
    const k = littleEndian(sha512(joined(R, publicKey, message))) % CURVE.n;
    const made = Point.BASE.multiply(S, false).add(key.negate().multiply(k, false));
    return same(made.toBytes(), R);
  } catch {
    // The library throws for what is no point at all.
    return false;
  }
}
