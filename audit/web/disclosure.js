// Verifying a disclosure (docs/formats/disclosure.md): sealed fields in clear, with the events of the
// claim that hold their digests. Values are given out only when everything holds. Without fields the
// same file proves a claim's history.

import { Invalid, Unverified, base64, decode, encode, fromBase64, sha256 } from "./bytes.js";
import { enrolmentAt, isSuspect } from "./authority.js";
import { hasMembers, isObject, parseLine } from "./canonical.js";
import { UUID4, parseEntry } from "./event.js";
import { checkCheckpoint, checkInclusion, checkSignatures, findLogKey, readEntries, replay } from "./keychain.js";
import { checkPolicy } from "./policy.js";
import { Checks, VERIFIED, exitCode, verdict } from "./verdict.js";

export const DISCLOSURES = "disclosures.json";
const MAX_DISCLOSURES = 1 << 20;
const EMPTY = new Uint8Array();
const KNOWN = /^(?:README\.txt|checkpoint|disclosures\.json|(?:authority|rules|claim)\/[0-9]{10}\.(?:entry|tlog-proof))$/;
const CLAIM = new RegExp(`^claim/${UUID4}$`);
const SOURCE = /^source ([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)$/;

// Who may sign what bears on a disclosure; of other events it is asked only that the key was enrolled.
const WRITERS = ["documenter", "reviewer"], REVIEWERS = ["reviewer"];
const ROLES = {
  ClaimRecorded: ["documenter"], SourceLinked: WRITERS, SourceUnlinked: WRITERS,
  FieldSealed: WRITERS, Disclosed: ["reviewer", "publisher"], Erased: REVIEWERS,
  MergedInto: REVIEWERS, Unmerged: REVIEWERS, Retracted: REVIEWERS, Reinstated: REVIEWERS,
  Reaffirmed: REVIEWERS,
};

export function verifyDisclosure({ files, defects }, trust, policy) {
  const checks = new Checks(), judged = new Checks();
  for (const { file, message } of defects) {
    checks.fails("the container has its one form", message, { file });
  }
  for (const file of files.keys()) {
    if (!KNOWN.test(file)) {
      checks.fails("the file holds a disclosure only", "no such file belongs here", { file });
    }
  }
  const entries = readEntries(files).filter((one) => one.folder !== "report");
  const ofClaim = readEntries(files, "claim"), replayed = replay(entries, judged);
  const logKey = findLogKey(files, replayed, trust, checks);
  if (logKey) {
    checkCheckpoint(files, logKey, checks);
    checkInclusion(files, [...entries, ...ofClaim], logKey, checks);
  }
  checks.made.push(...judged.made);
  checkPolicy(files.get("checkpoint") ?? EMPTY, policy, checks);
  const opened = replayed.authority ? checkDisclosed(files, ofClaim, replayed.authority, checks) : null;
  const shown = exitCode(checks) === VERIFIED ? opened : null;
  return verdict(checks, { kind: "disclosure", disclosed: shown });
}

function checkDisclosed(files, entries, authority, checks) {
  let stated;
  try {
    stated = readStated(files.get(DISCLOSURES) ?? EMPTY);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    checks.fails("the disclosures can be read", error.message, { file: DISCLOSURES });
    return null;
  }
  const claim = replayClaim(entries, stated.claim, authority, checks);
  if (stated.disclosed === null) {
    checks.holds("nothing is disclosed", `the file is of the history of ${stated.claim} alone`);
    return { claim: stated.claim, values: {} };
  }
  const place = claim.events.findIndex((one) => one.index === stated.disclosed);
  if (place < 0 || claim.events[place].event.type !== "Disclosed") {
    const message = `entry ${stated.disclosed} is no Disclosed of ${stated.claim} in this file`;
    checks.fails("the disclosure was recorded", message, { file: DISCLOSURES });
    return null;
  }
  const { event, signer } = claim.events[place], named = event.body.fields;
  const fields = Object.keys(stated.fields);
  const agree = fields.length === Object.keys(named).length &&
    fields.every((field) => named[field]?.sealed === digestOf(stated.fields[field]));
  if (!agree) {
    const what = "the file holds what was recorded as disclosed";
    checks.fails(what, "it differs from that", { file: DISCLOSURES });
    return null;
  }
  const { to, reason_code: code, reason } = event.body;
  checks.holds("the disclosure was recorded", `to ${to} (${code}: ${reason})`, {
    key: signer, as_of: `entry ${stated.disclosed}`,
  });
  const values = {};
  for (const field of fields) {
    const value = checkField(field, stated.fields[field], place, claim, checks);
    if (value === null) return null;
    values[field] = value;
  }
  return { claim: stated.claim, values };
}

function checkField(field, disclosure, place, claim, checks) {
  const what = `the ${field} opens a signed digest`, digest = digestOf(disclosure);
  let value;
  try {
    const read = readDisclosure(disclosure);
    if (read.field !== field) throw new Invalid(`the disclosure is of another field than ${field}`);
    value = read.value;
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    checks.fails(what, error.message, { file: DISCLOSURES });
    return null;
  }
  const held = claim.states.map((state) => digestIn(state, field) === digest);
  let since = place;
  while (since > 0 && held[since - 1]) since -= 1;
  if (!held[place]) {
    checks.fails(what, "no event before the disclosure holds its digest", { file: DISCLOSURES });
    return null;
  }
  const origin = claim.events[since], key = origin.signer;
  const detail = `${digest}, of ${origin.event.type} received ${origin.received}`;
  checks.holds(what, detail, { key, as_of: `entry ${origin.index}` });
  if (claim.suspects.has(origin.event.version)) {
    const told = "only a key that was revoked as suspect signed it";
    checks.fails(`the ${field} is not suspect`, told, { key });
  }
  checks.holds(`what became of the ${field}`, fate(claim.states.at(-1), field, digest), {
    as_of: `entry ${claim.events.at(-1).index}, the last of the claim in this file`,
  });
  return value;
}

function fate(state, field, digest) {
  const found = state.erased ? "it was erased since"
    : digestIn(state, field) !== digest ? "another value, or none, was sealed since"
    : "it still stands";
  return state.standing === "open" ? found : `${found}; the claim is ${state.standing}`;
}

// --- what the file says

function readStated(raw) {
  if (raw.length > MAX_DISCLOSURES || raw.at(-1) !== 10) throw new Invalid("must be one line");
  let document;
  try {
    document = parseLine(raw.subarray(0, -1));
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    // The parser's message could repeat what is confidential.
    throw new Invalid("is not canonical JSON");
  }
  const { version, claim, disclosed, fields } = document;
  if (!hasMembers(document, ["version", "claim", "disclosed", "fields"]) ||
      version !== "sijill/disclosure/v1") {
    throw new Invalid("has other members, or is of another version");
  }
  if (typeof claim !== "string" || !CLAIM.test(claim)) throw new Invalid("claim must be claim/<uuid>");
  if (!isObject(fields) || (disclosed === null) !== (Object.keys(fields).length === 0)) {
    throw new Invalid("fields must be an object of disclosures, empty when disclosed is null");
  }
  if (disclosed !== null && !Number.isInteger(disclosed)) throw new Invalid("disclosed must be an index");
  if (!Object.values(fields).every((one) => typeof one === "string" && /^[\0-\x7f]*$/.test(one))) {
    throw new Invalid("every disclosure must be base64url text");
  }
  return document;
}

const urlBase64 = (raw) => base64(raw).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

const digestOf = (disclosure) => urlBase64(sha256(encode(disclosure)));

function readDisclosure(disclosure) {
  const none = "not a disclosure: it must be base64url of [salt, field, value]";
  if (!/^[A-Za-z0-9_-]+$/.test(disclosure)) throw new Invalid(none);
  const padded = disclosure.replaceAll("-", "+").replaceAll("_", "/") +
    "=".repeat((4 - (disclosure.length % 4)) % 4);
  const text = decode(fromBase64(padded, "a disclosure"), "a disclosure");
  let array;
  try {
    array = JSON.parse(text);
  } catch {
    throw new Invalid(none);
  }
  const texts = Array.isArray(array) && array.length === 3 &&
    array.every((one) => typeof one === "string" && !/\p{Surrogate}/u.test(one));
  if (!texts) throw new Invalid(none);
  return { field: array[1], value: array[2] };
}

// --- the claim's stream

function replayClaim(entries, name, authority, checks) {
  const what = "the claim's events are whole and rightly signed";
  const events = [], states = [];
  for (const one of entries) {
    try {
      const event = readEvent(one, name, events.at(-1) ?? null, authority);
      states.push(after(states.at(-1) ?? null, event.event));
      events.push(event);
    } catch (error) {
      if (!(error instanceof Invalid || error instanceof Unverified || error instanceof TypeError)) {
        throw error;
      }
      checks.fails(what, error.message, { file: one.file });
      return { events: [], states: [], suspects: new Set() };
    }
  }
  if (entries.length === 0) checks.fails(what, `the file has no event of ${name}`);
  else {
    checks.holds(what, `${entries.length} events of ${name}`, { as_of: `entry ${entries.at(-1).index}` });
  }
  return { events, states, suspects: suspectVersions(events, authority) };
}

function readEvent({ index, raw }, name, before, authority) {
  const { received, note, event, hash } = parseEntry(raw), version = (before?.event.version ?? 0) + 1;
  if (event.stream !== name || event.version !== version || event.ledger !== authority.origin) {
    throw new Unverified(`is not version ${version} of ${name} in ${authority.origin}`);
  }
  if (before && event.prev !== before.hash) throw new Unverified("does not follow the event before it");
  const signers = note.signatures.map((line) => line.shown);
  for (const signer of signers) checkSigner(signer, index, ROLES[event.type], authority);
  checkSignatures(note, [], authority);
  return { index, received, event, hash, signers, signer: signers[0] };
}

function checkSigner(signer, index, roles, authority) {
  const key = authority.keys.get(signer), enrolled = key ? enrolmentAt(key, index) : undefined;
  const inForce = enrolled && (enrolled.until === null || index <= enrolled.until);
  if (!inForce || (roles && !roles.some((one) => enrolled.roles.includes(one)))) {
    throw new Unverified(`${signer} was not enrolled at entry ${index} for that`);
  }
}

// The claim's sealed digests and standing after one more event.
function after(before, { type, body }) {
  if (type === "ClaimRecorded" ? before !== null : before === null) {
    throw new Invalid(`${type} is no event for this place`);
  }
  const state = before === null
    ? { person: new Map(), sources: new Map(), erased: false, standing: "open" }
    : { ...before, person: new Map(before.person), sources: new Map(before.sources) };
  switch (type) {
    case "ClaimRecorded":
      for (const [field, one] of Object.entries(body.person)) state.person.set(field, one.sealed);
      for (const one of body.sources) state.sources.set(one.id, one.detail?.sealed ?? null);
      break;
    case "SourceLinked":
      state.sources.set(body.source.id, body.source.detail?.sealed ?? null);
      break;
    case "SourceUnlinked":
      state.sources.delete(body.source);
      break;
    case "FieldSealed":
      seal(state, body.field, body.to === null ? null : body.to.sealed);
      break;
    case "Erased":
      state.erased = true;
      break;
    case "MergedInto":
      state.standing = "merged";
      break;
    case "Retracted":
      state.standing = "retracted";
      break;
    case "Unmerged":
    case "Reinstated":
      state.standing = "open";
  }
  return state;
}

function seal(state, field, digest) {
  const source = SOURCE.exec(field);
  if (!source) {
    if (digest === null) state.person.delete(field);
    else state.person.set(field, digest);
  } else if (state.sources.has(source[1])) {
    state.sources.set(source[1], digest);
  }
}

function digestIn(state, field) {
  const source = SOURCE.exec(field);
  return (source ? state.sources.get(source[1]) : state.person.get(field)) ?? null;
}

// The versions that only suspect keys signed and no sound reaffirmation by another key vouches for.
function suspectVersions(events, authority) {
  const vouched = new Map(), suspects = new Set();
  for (const { index, event, signers } of [...events].reverse()) {
    const mistrusted = signers.every((one) => isSuspect(authority.keys.get(one), index));
    const others = [...(vouched.get(event.version) ?? [])].filter((one) => !signers.includes(one));
    if (mistrusted && others.length === 0) {
      suspects.add(event.version);
      continue;
    }
    for (const version of event.type === "Reaffirmed" ? event.body.versions : []) {
      vouched.set(version, new Set([...(vouched.get(version) ?? []), ...signers]));
    }
  }
  return suspects;
}
