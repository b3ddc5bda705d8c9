// The Merkle tree of RFC 6962 section 2.1, and its proofs as RFC 9162 section 2.1 verifies them.

import { Unverified, joined, same, sha256 } from "./bytes.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const MAX_PROOF = 63;

export const leafHash = (data) => sha256(joined(LEAF, data));
const nodeHash = (left, right) => sha256(joined(NODE, left, right));

// The root over leaves: split at the greatest power of two below the number, as the RFC defines it.
export function treeRoot(leaves) {
  const hashes = leaves.map(leafHash);
  const root = (low, high) => {
    if (high - low === 1) return hashes[low];
    let split = 1;
    while (split * 2 < high - low) split *= 2;
    return nodeHash(root(low, low + split), root(low + split, high));
  };
  return hashes.length === 0 ? sha256(new Uint8Array()) : root(0, hashes.length);
}

// RFC 9162 section 2.1.3.2; index and size are BigInts.
export function verifyInclusion(index, size, leaf, proof, root) {
  if (index >= size) throw new Unverified(`a tree of ${size} leaves has no leaf ${index}`);
  if (proof.length > MAX_PROOF) throw new Unverified("inclusion proof: too many hashes");
  let fn = index, sn = size - 1n, r = leaf;
  for (const p of proof) {
    if (sn === 0n) throw new Unverified("inclusion proof: too long");
    if (fn & 1n || fn === sn) {
      r = nodeHash(p, r);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      r = nodeHash(r, p);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  if (sn !== 0n) throw new Unverified("inclusion proof: too short");
  if (!same(r, root)) throw new Unverified("inclusion proof: does not lead to the stated root");
}

// RFC 9162 section 2.1.4.2.
export function verifyConsistency(first, second, firstRoot, secondRoot, proof) {
  if (first <= 0n || first > second) {
    throw new Unverified(`size ${second} cannot be proved to grow from size ${first}`);
  }
  if (proof.length > MAX_PROOF) throw new Unverified("consistency proof: too many hashes");
  if (first === second) {
    if (proof.length > 0 || !same(firstRoot, secondRoot)) {
      throw new Unverified("two trees of one size must be equal, without a proof");
    }
    return;
  }
  const path = (first & (first - 1n)) === 0n ? [firstRoot, ...proof] : [...proof];
  if (path.length === 0) throw new Unverified("consistency proof: empty");
  let fn = first - 1n, sn = second - 1n;
  while (fn & 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let fr = path[0], sr = path[0];
  for (const c of path.slice(1)) {
    if (sn === 0n) throw new Unverified("consistency proof: too long");
    if (fn & 1n || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      sr = nodeHash(sr, c);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  if (sn !== 0n) throw new Unverified("consistency proof: too short");
  if (!same(fr, firstRoot) || !same(sr, secondRoot)) {
    throw new Unverified("consistency proof: does not lead to the stated roots");
  }
}
