// The log side of a bundle: whose checkpoint it is, which entries are in it, and who may publish.
// The entries are judged as a ledger judges them when it receives them, each at its own index.

import { Invalid, Unverified, decode, fromBase64, same } from "./bytes.js";
import { isObject } from "./canonical.js";
import { advance, isAuthorityEvent, logKeyAt, signingSets } from "./authority.js";
import { kindOf, parseSplit, splitEntry } from "./event.js";
import { leafHash } from "./merkle.js";
import {
  ED25519, isKeyIn, keyName, openCheckpoint, parseCheckpoint, parseNote, parseVkey, verified,
} from "./note.js";
import { publication } from "./publication.js";
import { advanceReport, isReportEvent, roleFor } from "./reports.js";
import { parseConsistency, parseProof, verifyGrowth, verifyProof } from "./proof.js";
import { readRules } from "./rules.js";
import { verifies } from "./ed25519.js";

const FOUNDING = "authority/0000000000.entry";
const EMPTY = new Uint8Array();
// Everything that rests on the log key; returns what the figures need to know. `cut`: of the entries
// about keys only those are there that lead to the publisher, and the rules are not.
// `name` is the report's, or empty where there is one alone.
export function checkChain(files, trust, checks, Checks, name, cut = false) {
  const entries = readEntries(files), judged = new Checks();
  const replayed = replay(entries, judged, cut);
  const logKey = findLogKey(files, replayed, trust, checks);
  const checkpoint = logKey && checkCheckpoint(files, logKey, checks);
  if (logKey) checkInclusion(files, entries, logKey, checks);
  checks.made.push(...judged.made);
  const chain = publication(replayed, name, checks, cut);
  if (logKey && chain.report) checkGrowth(files, chain.report.ledger, logKey, checks);
  if (checkpoint && chain.origin && chain.origin !== checkpoint.origin) {
    checks.fails("one ledger", `founded as ${chain.origin}, the checkpoint is of another`);
  }
  return chain;
}

export function readEntries(files, folders = "authority|rules|report") {
  const entries = [], named = new RegExp(`^(${folders})/([0-9]{10})\\.entry$`);
  for (const [file, raw] of files) {
    const found = named.exec(file);
    if (!found) continue;
    const proofFile = file.replace(/entry$/, "tlog-proof");
    const proof = files.get(proofFile) ?? EMPTY;
    entries.push({ file, folder: found[1], index: Number(found[2]), raw, proof, proofFile });
  }
  return entries.sort((one, other) => one.index - other.index);
}

// --- judging the entries

export function replay(entries, checks, cut = false) {
  const what = "every entry was rightly accepted";
  const ledger = { authority: null, rules: null, streams: new Map() };
  const replayed = { authority: null, ruling: [], rules: [], reports: [] };
  let received = "", sound = true;
  for (const one of entries) {
    try {
      const parts = splitEntry(one.raw);
      if (parts.received < received) throw new Invalid("received before the entry in front of it");
      received = parts.received;
      const entry = parseSplit(parts);
      if (kindOf(entry.event) !== one.folder) {
        throw new Invalid(`an entry of ${entry.event.stream} is in ${one.folder}/`);
      }
      if (cut) passOver(entry.event, ledger.streams);
      judge(entry, one.index, ledger);
      if (one.folder === "rules") replayed.rules.push({ index: one.index, rules: ledger.rules });
      else if (one.folder === "report") replayed.reports.push({ ...one, entry });
      else if (["LedgerFounded", "RootRotated"].includes(entry.event.type)) {
        replayed.ruling.push(entry.note);
      }
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      sound = false;
      checks.fails(what, error.message, { file: one.file });
    }
  }
  if (sound) checks.holds(what, "signatures, roles, stream places and rules at each index");
  replayed.authority = ledger.authority;
  return replayed;
}

// Take the versions that were left out of the stream of keys as they are named.
function passOver({ stream, version, prev }, streams) {
  const known = streams.get(stream);
  if (stream === "authority" && known && version > known.version + 1) {
    streams.set(stream, { version: version - 1, hash: prev });
  }
}

function judge({ note, event, hash: textHash }, index, ledger) {
  const { authority } = ledger, kind = kindOf(event);
  const known = kind === "authority" ? isAuthorityEvent(event.type)
    : kind === "report" ? isReportEvent(event.type) : event.type === "RulesAdopted";
  if (!known) throw new Invalid(`${event.type} is no event of ${kind}`);
  const sets = signingSets(event, authority);
  const origin = authority === null ? sets[0].origin : authority.origin;
  if (event.ledger !== origin) throw new Invalid(`this is ${origin}, not ${event.ledger}`);
  checkSignatures(note, sets, authority);
  const signers = note.signatures.map((line) => line.shown);
  if (kind === "report") checkRoles(signers, roleFor(event.type), authority);
  else checkRoots(signers, sets);
  const stream = ledger.streams.get(event.stream);
  checkPlace(event, stream, kind);
  checkStates(event, index);
  let state = null;
  if (kind === "authority") ledger.authority = advance(authority, event, index, ledger.rules);
  else if (kind === "rules") {
    const rules = readRules(event.body);
    if (rules.version !== (ledger.rules?.version ?? 0) + 1) throw new Invalid("no next version");
    ledger.rules = rules;
  } else {
    state = advanceReport(stream?.state ?? null, event, {
      signer: signers[0],
      size: index,
      find: (name) => ledger.streams.get(`report/${name}`)?.state,
      holder: (signer) => authority.keys.get(signer).enrolments.at(-1).label,
    });
    checkScopes(signers, authority);
  }
  ledger.streams.set(event.stream, { version: event.version, hash: textHash, state });
}

export function checkSignatures(note, sets, authority) {
  const vkeys = new Map();
  for (const one of sets) for (const vkey of one.roots) vkeys.set(keyName(vkey), vkey);
  for (const [name, key] of authority?.keys ?? []) vkeys.set(name, key.vkey);
  const seen = new Set();
  for (const { shown, signature } of note.signatures) {
    if (seen.has(shown)) throw new Invalid("a key signs a note once");
    seen.add(shown);
    if (!vkeys.has(shown)) throw new Invalid(`${shown} was never enrolled in this ledger`);
    const key = parseVkey(vkeys.get(shown));
    if (key.kind !== ED25519) throw new Invalid(`${shown} is no Ed25519 key`);
    if (!verifies(key.key, note.signed, signature)) {
      throw new Invalid(`the signature of ${shown} does not belong to this text`);
    }
  }
}

function checkRoots(signers, sets) {
  const named = sets.map((one) => ({ threshold: one.threshold, names: one.roots.map(keyName) }));
  for (const signer of signers) {
    if (!named.some((one) => one.names.includes(signer))) throw new Invalid(`${signer} is no root key`);
  }
  for (const { threshold, names } of named) {
    const signed = new Set(signers.filter((one) => names.includes(one))).size;
    if (signed < threshold) throw new Invalid(`${threshold} root keys are needed, ${signed} signed`);
  }
}

function checkRoles(signers, role, authority) {
  for (const signer of signers) {
    const current = authority.keys.get(signer)?.enrolments.at(-1);
    if (!current) throw new Invalid(`${signer} is a root key and takes no other role`);
    if (current.until !== null) throw new Invalid(`${signer} was revoked at ${current.until}`);
    if (!current.roles.includes(role)) throw new Invalid(`${signer} is no ${role}`);
  }
}

function checkPlace(event, stream, kind) {
  const version = stream?.version ?? 0;
  if (event.version !== version + 1) throw new Invalid(`version ${version + 1} was next`);
  if (stream && event.prev !== stream.hash) throw new Invalid("prev is not the last version's hash");
  const opens = event.type === "LedgerFounded" || event.type === "ReportFrozen";
  if (opens && stream) throw new Invalid(`${event.stream} exists already`);
  if (kind !== "rules" && !opens && !stream) throw new Invalid(`${event.stream} is not begun`);
}

// States that the event names must lie before it; that two names of one size agree is all that a
// bundle can show of those its proofs do not reach.
function checkStates(event, index) {
  const { seen, body } = event, named = isObject(body.ledger) ? body.ledger : null;
  const judged = ["ReportFrozen", "AuditAttested"].includes(event.type);
  for (const state of [seen, judged ? named : null]) {
    if (state && state.size > index) throw new Invalid(`no state of ${state.size} entries yet`);
  }
  if (seen && named && seen.size === named.size && seen.root !== named.root) {
    throw new Invalid("two roots are named for one size");
  }
}

function checkScopes(signers, authority) {
  for (const signer of signers) {
    const { scope } = authority.keys.get(signer).enrolments.at(-1);
    if (scope === null) continue;
    if (scope.streams !== null && !scope.streams.includes("report")) {
      throw new Invalid(`${signer} is enrolled for other streams only`);
    }
    if (scope.governorates !== null) throw new Invalid(`${signer}: a report lies in no governorate`);
  }
}

// --- the log key and the checkpoint

export function findLogKey(files, { authority, ruling }, trust, checks) {
  const what = "the log key is one you trust";
  if (authority === null) {
    const message = files.has(FOUNDING) ? "does not verify" : "is missing";
    checks.fails("the founding entry", message, { file: FOUNDING });
    return namedByCheckpoint(files, trust);
  }
  const { vkey, since } = logKeyAt(authority, statedSize(files));
  const logKey = parseVkey(vkey), key = keyName(vkey);
  if (isKeyIn(logKey, trust)) {
    checks.holds(what, "given by you", { key });
    return logKey;
  }
  const signed = trustedRoots(authority, ruling, trust);
  const former = typeof signed === "string" ? formerKey(files, authority, trust) : null;
  if (typeof signed !== "string") {
    const names = signed.map((one) => one.shown).join(", ");
    const rotated = since ? `; it is the log key since entry ${since}` : "";
    checks.holds(what, `named by the founding that ${names} signed${rotated}`, { key });
  } else if (former !== null) {
    checks.holds(what, `it follows ${former}, which signed the checkpoint too`, { key });
  } else {
    const message = `neither it nor enough root keys are trusted: ${signed}`;
    checks.fails(what, message, { file: FOUNDING });
  }
  return logKey;
}

// The trusted root keys that signed for their own set, or in words why they are not enough.
function trustedRoots(authority, ruling, trust) {
  let problem = "";
  for (const [place, set] of authority.rootSets.entries()) {
    const known = trust.filter((key) => set.roots.includes(key.text));
    let signed;
    try {
      signed = verified(ruling[place], known);
    } catch (error) {
      if (!(error instanceof Unverified)) throw error;
      problem ||= error.message;
      continue;
    }
    if (signed.length >= set.threshold) return signed;
    problem = `${set.threshold} root keys rule together; of those you trust ${signed.length} signed`;
  }
  return problem;
}

function formerKey(files, authority, trust) {
  for (const { vkey, ended } of [...authority.logKeys].reverse()) {
    const key = parseVkey(vkey);
    if (ended === "retired" && isKeyIn(key, trust) && opens(files, key)) return key.shown;
  }
  return null;
}

function opens(files, key) {
  try {
    openCheckpoint(files.get("checkpoint") ?? EMPTY, key);
    return true;
  } catch (error) {
    if (error instanceof Invalid || error instanceof Unverified) return false;
    throw error;
  }
}

// The size that the checkpoint states, not yet verified; null when it has none.
function statedSize(files) {
  try {
    return parseCheckpoint(parseNote(files.get("checkpoint") ?? EMPTY).text).size;
  } catch (error) {
    if (error instanceof Invalid) return null;
    throw error;
  }
}

function namedByCheckpoint(files, trust) {
  const raw = files.get("checkpoint") ?? EMPTY, end = raw.indexOf(10);
  try {
    const origin = decode(end < 0 ? raw : raw.subarray(0, end), "checkpoint");
    return trust.find((key) => key.name === origin) ?? null;
  } catch {
    return null;
  }
}

export function checkCheckpoint(files, logKey, checks) {
  const what = "the checkpoint is signed by the log", file = "checkpoint";
  try {
    if (!files.has(file)) throw new Invalid("the file is missing");
    const checkpoint = openCheckpoint(files.get(file), logKey);
    checks.holds(what, "", { file, key: logKey.shown, as_of: `${checkpoint.size} entries` });
    return checkpoint;
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Unverified)) throw error;
    checks.fails(what, error.message, { file });
    return null;
  }
}

export function checkInclusion(files, entries, logKey, checks) {
  const what = "every entry is in the log";
  let sound = true;
  for (const one of entries) {
    try {
      const proof = parseProof(one.proof);
      if (!same(proof.checkpoint, files.get("checkpoint"))) {
        throw new Unverified("the proof is for another checkpoint than the bundle's");
      }
      if (proof.index !== BigInt(one.index) || proof.extra !== null) {
        throw new Unverified(`the proof is for entry ${proof.index}`);
      }
      verifyProof(proof, leafHash(one.raw), logKey);
    } catch (error) {
      const malformed = error instanceof Invalid;
      if (!(malformed || error instanceof Unverified)) throw error;
      sound = false;
      checks.fails(what, error.message, { file: malformed ? one.proofFile : one.file });
    }
  }
  if (sound) checks.holds(what, `${entries.length} entries, each by its proof`);
}

function checkGrowth(files, frozen, logKey, checks) {
  const what = "the frozen state is part of that log", file = "consistency";
  try {
    const proof = parseConsistency(files.get(file) ?? EMPTY);
    if (!same(proof.checkpoint, files.get("checkpoint"))) {
      throw new Unverified("the proof is for another checkpoint than the bundle's");
    }
    if (proof.oldSize !== BigInt(frozen.size)) {
      throw new Unverified(`the proof is for ${proof.oldSize} entries, not ${frozen.size}`);
    }
    verifyGrowth(proof, fromBase64(frozen.root, "the frozen root"), logKey);
    checks.holds(what, "", { file, as_of: `${frozen.size} entries` });
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Unverified)) throw error;
    checks.fails(what, error.message, { file });
  }
}
