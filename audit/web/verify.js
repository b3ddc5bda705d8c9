// Verifying what a reader was given: a bundle, a file of keys, or a proof. Pure over its bytes and the
// public keys that the reader trusts; whatever is in the file, the answer is a verdict.

import { Invalid, Unverified, beginsWith, encode, hex, sha256 } from "./bytes.js";
import { readContainer } from "./container.js";
import { DISCLOSURES, verifyDisclosure } from "./disclosure.js";
import { checkFigures, figureOfFile } from "./figures.js";
import { checkChain, checkCheckpoint, checkInclusion, findLogKey, readEntries, replay } from "./keychain.js";
import { keyName, parseCheckpoint, openCheckpoint, parseNote, parseVkey, verified } from "./note.js";
import { checkPolicy } from "./policy.js";
import { TLOG_PROOF, parseConsistency, parseProof, verifyGrowth, verifyProof } from "./proof.js";
import { leafHash } from "./merkle.js";
import { parseEntry } from "./event.js";
import { Checks, HOLDS, unusable, verdict } from "./verdict.js";

const MANIFEST = "manifest";
const EMPTY = new Uint8Array();
const OF_BUNDLE = /^(?:README\.txt|manifest|checkpoint|consistency|(?:authority|rules|report)\/[0-9]{10}\.(?:entry|tlog-proof))$/;
const OF_KEYS = /^(?:checkpoint|(?:authority|rules)\/[0-9]{10}\.(?:entry|tlog-proof))$/;

// The keys of a reader: `trust` and `witnesses` are texts of vkeys; Invalid names a bad one.
export function readTrust({ trust, witnesses = [], quorum = null }) {
  const policy = { witnesses: witnesses.map(parseVkey), quorum: quorum ?? witnesses.length };
  if (!Number.isInteger(policy.quorum) || policy.quorum < 0 || policy.quorum > witnesses.length) {
    throw new Invalid(`a quorum of ${quorum}: ${witnesses.length} witnesses are named`);
  }
  return { trust: trust.map(parseVkey), policy };
}

export const isProof = (raw) =>
  beginsWith(raw, encode(TLOG_PROOF)) || beginsWith(raw, encode("old "));

// `beside` is what a proof needs and does not hold: its entry, or the checkpoint that it begins at.
export function verify(raw, { trust, policy }, beside = null) {
  try {
    if (raw.length === 0) return unusable("the file is empty");
    if (isProof(raw)) return verifyProofFile(raw, trust, policy, beside);
    const container = readContainer(raw), names = [...container.files.keys()];
    if (names.includes(DISCLOSURES) && !names.includes(MANIFEST)) {
      return verifyDisclosure(container, trust, policy);
    }
    const isKeys = !names.includes(MANIFEST) && names.some((name) => OF_KEYS.test(name));
    return isKeys ? verifyKeys(container, trust, policy) : verifyBundle(container, trust, policy);
  } catch (error) {
    if (error instanceof Invalid) return unusable(error.message);
    throw error;
  }
}

function verifyBundle(container, trust, policy) {
  const { files } = container, checks = new Checks();
  checkContainer(container, checks);
  checkManifest(files, checks);
  const chain = checkChain(files, trust, checks, Checks);
  checkPublisher(files, chain, checks);
  checkPolicy(files.get("checkpoint") ?? EMPTY, policy, checks);
  const shown = checkFigures(files, chain, checks);
  const doubted = checks.made.filter((one) => one.outcome !== HOLDS).map((one) => one.figure);
  return verdict(checks, {
    report: chain.report ? `${chain.origin}/reports/${chain.name}` : "",
    title: chain.report?.title ?? { en: "", ar: "" },
    figures: shown.map((one) => ({ ...one, holds: !doubted.includes(one.name) })),
  });
}

function checkContainer({ files, defects }, checks) {
  const what = "the container has its one form";
  for (const { file, message } of defects) {
    checks.fails(what, message, { file, figure: figureOfFile(file) ?? "" });
  }
  if (defects.length === 0) checks.holds(what, `${files.size} files`);
}

// [identity, Map of file names to hex hashes]
function readManifest(text) {
  const lines = text.split("\n");
  if (lines.length < 4 || lines[0] !== "sijill/manifest/v1" || lines.at(-1) !== "") {
    throw new Invalid("manifest: must name the report and its files");
  }
  const listed = new Map();
  let last = "";
  for (const line of lines.slice(2, -1)) {
    const found = /^([0-9a-f]{64}) ([!-~]+)$/.exec(line);
    if (!found) throw new Invalid("manifest: a line is not a SHA-256 and a file name");
    if (found[2] <= last) throw new Invalid("manifest: its files do not ascend, each once");
    last = found[2];
    listed.set(last, found[1]);
  }
  return [lines[1], listed];
}

function checkManifest(files, checks) {
  const what = "the manifest lists every file";
  let listed;
  try {
    if (!files.has(MANIFEST)) throw new Invalid("the file is missing");
    [, listed] = readManifest(parseNote(files.get(MANIFEST)).text);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    checks.fails(what, error.message, { file: MANIFEST });
    return;
  }
  const wrong = new Map();
  for (const [name, content] of files) {
    if (!OF_BUNDLE.test(name) && figureOfFile(name) === null) {
      wrong.set(name, "no file of a bundle has this name");
    } else if (name !== MANIFEST && !listed.has(name)) {
      wrong.set(name, "is not listed");
    } else if (name !== MANIFEST && hex(sha256(content)) !== listed.get(name)) {
      wrong.set(name, "its SHA-256 is not the one listed: it was changed");
    }
  }
  for (const name of listed.keys()) if (!files.has(name)) wrong.set(name, "is listed but missing");
  for (const [file, message] of wrong) {
    checks.fails(what, message, { file, figure: figureOfFile(file) ?? "" });
  }
  if (wrong.size === 0) {
    checks.holds(what, `${listed.size} files, each with its SHA-256`, { file: MANIFEST });
  }
}

function checkPublisher(files, chain, checks) {
  const what = "the manifest is signed by the report's publisher", file = MANIFEST;
  if (!chain.publisher) {
    checks.skips(what, "the report's entry does not say who that is", { file });
    return;
  }
  try {
    const note = parseNote(files.get(MANIFEST) ?? EMPTY);
    verified(note, [chain.publisher]);
    const [identity] = readManifest(note.text);
    if (identity !== `${chain.origin}/reports/${chain.name}`) {
      throw new Invalid(`it is the manifest of ${identity}`);
    }
    checks.holds(what, "", { file, key: chain.publisher.shown });
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Unverified)) throw error;
    checks.fails(what, error.message, { file });
  }
}

function verifyKeys({ files, defects }, trust, policy) {
  const checks = new Checks(), judged = new Checks();
  for (const { file, message } of defects) {
    checks.fails("the container has its one form", message, { file });
  }
  for (const file of files.keys()) {
    if (!OF_KEYS.test(file)) {
      checks.fails("the file holds keys only", "no such file belongs here", { file });
    }
  }
  const entries = readEntries(files), replayed = replay(entries, judged);
  const logKey = findLogKey(files, replayed, trust, checks);
  if (logKey) {
    checkCheckpoint(files, logKey, checks);
    checkInclusion(files, entries, logKey, checks);
  }
  checks.made.push(...judged.made);
  checkPolicy(files.get("checkpoint") ?? EMPTY, policy, checks);
  if (replayed.authority) tell(replayed.authority, checks);
  return verdict(checks, { kind: "keys" });
}

// Who may sign now: the whole point of a file of keys.
function tell(authority, checks) {
  const log = authority.logKeys.at(-1), roots = authority.rootSets.at(-1);
  checks.holds("signs for the log", `${log.vkey}, since entry ${log.since}`);
  for (const vkey of roots.roots) {
    const together = `${roots.threshold} of ${roots.roots.length} together`;
    checks.holds("is a root key", `${vkey}, ${together}, since entry ${roots.since}`);
  }
  for (const { vkey, enrolments } of authority.keys.values()) {
    const one = enrolments.at(-1);
    if (one.until === null) {
      checks.holds("may sign", `${vkey} as ${one.roles.join(", ")}, since entry ${one.since}`);
    } else {
      const ended = one.revocation ?? "enrolled anew";
      checks.holds("may sign no more", `${keyName(vkey)}, since ${one.until} (${ended})`);
    }
  }
}

// --- one proof by itself

function verifyProofFile(raw, trust, policy, beside) {
  const checks = new Checks();
  try {
    const grew = beginsWith(raw, encode("old "));
    const checkpoint = (grew ? checkGrew : checkIncluded)(raw, trust, beside, checks);
    checkPolicy(checkpoint, policy, checks);
  } catch (error) {
    if (!(error instanceof Unverified)) throw error;
    checks.fails("the proof leads to the signed root", error.message);
  }
  return verdict(checks, { kind: "proof" });
}

function checkIncluded(raw, trust, beside, checks) {
  const proof = parseProof(raw), leaf = beside ?? proof.extra;
  if (leaf === null) throw new Invalid("the proof does not hold its entry: give that file too");
  const logKey = logKeyOf(proof.checkpoint, trust);
  const checkpoint = verifyProof(proof, leafHash(leaf), logKey);
  checks.holds("the checkpoint is signed by the log", "", {
    key: logKey.shown, as_of: `${checkpoint.size} entries`,
  });
  const { event, note, received } = parseEntry(leaf);
  if (event.ledger !== checkpoint.origin) {
    throw new Unverified(`the event is for ${event.ledger}, the log is ${checkpoint.origin}`);
  }
  const detail = `index ${proof.index}: ${event.type} of ${event.stream} version ${event.version}`;
  checks.holds("the entry is in the log", detail, {
    key: note.signatures[0].shown, as_of: `received ${received}`,
  });
  return proof.checkpoint;
}

function checkGrew(raw, trust, beside, checks) {
  const proof = parseConsistency(raw);
  if (beside === null) throw new Invalid("give the checkpoint that the log grew from as well");
  const logKey = logKeyOf(proof.checkpoint, trust);
  const old = openCheckpoint(beside, logKeyOf(beside, trust));
  if (old.size !== proof.oldSize) {
    throw new Unverified(`the proof begins at ${proof.oldSize} entries, not at ${old.size}`);
  }
  const now = verifyGrowth(proof, old.root, logKey);
  const detail = `the first ${old.size} of ${now.size} entries are those of the old checkpoint`;
  checks.holds("the log only grew", detail, { key: logKey.shown, as_of: `${now.size} entries` });
  return proof.checkpoint;
}

// The trusted log key of a checkpoint; a rotated one bears the same name, so take the one that signed.
function logKeyOf(raw, trust) {
  const note = parseNote(raw), { origin } = parseCheckpoint(note.text);
  const known = trust.filter((key) => key.name === origin);
  if (known.length === 0) {
    throw new Unverified(`the checkpoint is of ${origin}, whose key is not among those you trust`);
  }
  const signed = note.signatures.map((line) => line.shown);
  return known.find((key) => signed.includes(key.shown)) ?? known[0];
}
