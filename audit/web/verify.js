// Verifying what a reader was given: a bundle, a receipt, a file of keys, or a proof. Pure over its
// bytes and the public keys that the reader trusts; whatever is in the file, the answer is a verdict.

import { Invalid, Unverified, beginsWith, encode, fromBase64, hex, joined, sha256 } from "./bytes.js";
import { readContainer } from "./container.js";
import { DISCLOSURES, verifyDisclosure } from "./disclosure.js";
import { checkFigures, figureOfFile, readFigure, readMembers } from "./figures.js";
import { checkChain, checkCheckpoint, checkInclusion, findLogKey, readEntries, replay } from "./keychain.js";
import { keyName, parseCheckpoint, openCheckpoint, parseNote, parseVkey, verified } from "./note.js";
import { checkPolicy } from "./policy.js";
import { TLOG_PROOF, parseConsistency, parseProof, verifyGrowth, verifyProof } from "./proof.js";
import { isReceipt, verifyReceipt } from "./receipt.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { parseEntry } from "./event.js";
import { findClaim } from "./counted.js";
import { Checks, SOUND, exitCode, unusable, verdict } from "./verdict.js";

const MANIFEST = "manifest", PAGE = "verify.html";
const EMPTY = new Uint8Array();
const OF_BUNDLE = /^(?:README\.txt|manifest|checkpoint|consistency|verify\.html|(?:authority|rules|report)\/[0-9]{10}\.(?:entry|tlog-proof))$/;
const OF_KEYS = /^(?:checkpoint|(?:authority|rules)\/[0-9]{10}\.(?:entry|tlog-proof))$/;

// The keys of a reader: `trust` and `witnesses` are texts of vkeys; Invalid names a bad one.
// `max_age` is in seconds, or null for any; `now` is the reader's clock in unix seconds. `figure` and
// `claim` are asked of a bundle.
export function readTrust({
  trust, witnesses = [], quorum = null, max_age: maxAge = null, now = 0, figure = "", claim = "",
}) {
  const policy = {
    witnesses: witnesses.map(parseVkey), quorum: quorum ?? witnesses.length, maxAge, now,
  };
  if (!Number.isInteger(policy.quorum) || policy.quorum < 0 || policy.quorum > witnesses.length) {
    throw new Invalid(`a quorum of ${quorum}: ${witnesses.length} witnesses are named`);
  }
  if (maxAge !== null && witnesses.length === 0) {
    throw new Invalid("only a cosignature has a time: name a witness");
  }
  return { trust: trust.map(parseVkey), policy, asked: { figure, claim } };
}

export const isProof = (raw) =>
  beginsWith(raw, encode(TLOG_PROOF)) || beginsWith(raw, encode("old "));

// `beside` is what a proof needs and does not hold: its entry, or the checkpoint that it begins at.
export function verify(raw, { trust, policy, asked }, beside = null) {
  try {
    if (raw.length === 0) return unusable("the file is empty");
    if (isProof(raw)) return verifyProofFile(raw, trust, policy, beside);
    if (isReceipt(raw)) return verifyReceipt(raw, trust, policy);
    const container = readContainer(raw), names = [...container.files.keys()];
    if (names.includes(DISCLOSURES) && !names.includes(MANIFEST)) {
      return verifyDisclosure(container, trust, policy);
    }
    const isKeys = !names.includes(MANIFEST) && names.some((name) => OF_KEYS.test(name));
    return isKeys ? verifyKeys(container, trust, policy) : verifyBundle(container, trust, policy, asked);
  } catch (error) {
    if (error instanceof Invalid) return unusable(error.message);
    throw error;
  }
}

function verifyBundle(container, trust, policy, { figure, claim }) {
  const { files } = container, checks = new Checks();
  checkContainer(container, checks);
  const name = checkManifest(files, checks);
  checkPage(files, checks);
  const chain = checkChain(files, trust, checks, Checks, name);
  checkPublisher(files, chain, checks);
  checkPolicy(files.get("checkpoint") ?? EMPTY, policy, checks);
  const shown = checkFigures(files, chain, checks);
  const doubted = checks.made.filter((one) => !SOUND.includes(one.outcome)).map((one) => one.figure);
  const figures = shown.map((one) => ({ ...one, holds: !doubted.includes(one.name) }));
  if (figure !== "" && !figures.some((one) => one.name === figure)) {
    throw new Invalid(`the report has no figure ${figure}`);
  }
  return verdict(checks, {
    report: chain.report ? `${chain.origin}/reports/${chain.name}` : "",
    title: chain.report?.title ?? { en: "", ar: "" },
    figures,
    status: chain.status,
    exit_code: exitCode(checks, figure),
    ...(claim === "" ? {} : { claim: findClaim(files, claim, figures) }),
  });
}

// A page cannot know its own bytes, and the one in a bundle is never believed.
function checkPage(files, checks) {
  const there = files.has(PAGE) ? `not compared here, SHA-256 ${hex(sha256(files.get(PAGE)))}` :
    "there is none in it";
  checks.notes("the page in the bundle is one that is known", there, { file: PAGE });
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

// Returns the name of the report that it is of, empty when it cannot be read.
function checkManifest(files, checks) {
  const what = "the manifest lists every file";
  let identity, listed;
  try {
    if (!files.has(MANIFEST)) throw new Invalid("the file is missing");
    [identity, listed] = readManifest(parseNote(files.get(MANIFEST)).text);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    checks.fails(what, error.message, { file: MANIFEST });
    return "";
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
  return identity.split("/reports/").at(-1);
}

function checkPublisher(files, chain, checks) {
  const what = "the manifest is signed by the report's publisher", file = MANIFEST;
  if (chain.signers.length === 0) {
    checks.skips(what, "the report's entry does not say who that is", { file });
    return;
  }
  try {
    const note = parseNote(files.get(MANIFEST) ?? EMPTY);
    const [signer] = verified(note, chain.signers);
    const [identity] = readManifest(note.text);
    if (identity !== `${chain.origin}/reports/${chain.name}`) {
      throw new Invalid(`it is the manifest of ${identity}`);
    }
    checks.holds(what, "", { file, key: signer.shown });
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
  const checks = new Checks(), kind = kindOfProof(raw);
  try {
    const grew = beginsWith(raw, encode("old "));
    const checkpoint = (grew ? checkGrew : checkIncluded)(raw, trust, beside, checks);
    checkPolicy(checkpoint, policy, checks);
  } catch (error) {
    if (!(error instanceof Unverified)) throw error;
    checks.fails("the proof leads to the signed root", error.message);
  }
  return verdict(checks, { kind });
}

function checkIncluded(raw, trust, beside, checks) {
  const proof = parseProof(raw), leaf = beside ?? proof.extra;
  if (isFigure(proof.checkpoint)) return checkMember(proof, trust, checks);
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

function isFigure(note) {
  try {
    readFigure(parseNote(note).text);
    return true;
  } catch (error) {
    if (error instanceof Invalid) return false;
    throw error;
  }
}

// Whether a proof file is of a member in a figure, of an addend in a sum, or of an entry in the log.
function kindOfProof(raw) {
  try {
    return readFigure(parseNote(parseProof(raw).checkpoint).text).sum === null ? "member" : "addend";
  } catch (error) {
    if (error instanceof Invalid) return "proof";
    throw error;
  }
}

// That one line is among those that a figure counts.
function checkMember(proof, trust, checks) {
  if (proof.extra === null) throw new Invalid("the proof does not hold the line that it is of");
  const note = parseNote(proof.checkpoint), [signed] = verified(note, trust);
  const figure = readFigure(note.text);
  checks.holds("the figure is signed by a publisher you trust", `${figure.identity}: ${figure.value}`, {
    key: signed.shown, as_of: `${figure.ledgerSize} entries`,
  });
  const root = fromBase64(figure.root, "the root");
  verifyInclusion(proof.index, figure.size, leafHash(proof.extra), proof.hashes, root);
  const members = readMembers(joined(proof.extra, encode("\n")));
  if (members.length !== 1) throw new Invalid("the proof holds more than one line");
  const [member] = members;
  const counted = figure.sum === null ? `one of ${figure.size}`
    : `${member.addend} (${member.qualifier}), one of ${figure.size} addends of ${figure.value}`;
  checks.holds("the member is counted in it", `${member.id}, ${counted}`, {
    as_of: `entry ${member.index}`,
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
