// Who may sign what, at which index of the log: the stream `authority` folded entry by entry.
// Root keys speak together by a threshold; the log key signs checkpoints; enrolled keys do the rest.

import { Invalid } from "./bytes.js";
import { COSIGNATURE, ED25519, keyName, parseVkey } from "./note.js";
import { hash, list, matching, nullable, object, oneOf, term, text, whole } from "./fields.js";

const vkey = matching(
  /^[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{1,4000}={0,2}$/u, "a vkey: name+keyid+base64",
);
const roots = list(vkey, 1, 32);
const why = { reason_code: oneOf("retired", "lost", "compromised"), reason: text(2000) };
const scope = (value, where, rules) => {
  readScope(value, where, rules);
  if (value.governorates === null && value.streams === null) {
    throw new Invalid(`${where}: limits nothing; it must be null`);
  }
  return value;
};
const readScope = object({
  governorates: nullable(list(term("governorate"), 1, 64)),
  streams: nullable(list(oneOf("claim", "incident", "estimate", "report"), 1, 64)),
});

const BODIES = {
  LedgerFounded: object({
    origin: matching(/^[^\s+]{1,200}$/u, "a name without spaces or plus signs"),
    roots,
    threshold: whole(1, 32),
    log: vkey,
    witnesses: list(vkey, 0, 32),
    quorum: whole(0, 32),
  }),
  RootRotated: object({ roots, threshold: whole(1, 32), ...why }),
  LogKeyRotated: object({ log: vkey, ...why }),
  EntriesLost: object({ size: whole(1), root: nullable(hash), log: vkey, reason: text(2000) }),
  KeyEnrolled: object({
    vkey,
    holder: object({ kind: oneOf("person", "organisation"), label: text(100) }),
    roles: list(oneOf("documenter", "reviewer", "publisher", "auditor"), 1, 4),
    scope: nullable(scope),
  }),
  KeyRevoked: object({ vkey, ...why, suspect_from: nullable(whole(0)) }),
};

export const isAuthorityEvent = (type) => Object.keys(BODIES).includes(type);

// The body of an authority event, read; the vocabularies are those in force.
export const readBody = (event, rules) => BODIES[event.type](event.body, "body", rules);

// The sets of root keys that must each reach their threshold on an event of `authority` or `rules`:
// the first entry vouches for its own, and a rotation is signed by the old set and by the new.
export function signingSets(event, authority) {
  if (authority === null) {
    if (event.type !== "LedgerFounded") throw new Invalid("a ledger begins with LedgerFounded");
    return [readBody(event, null)];
  }
  const current = authority.rootSets.at(-1);
  if (event.type !== "RootRotated") return [current];
  const next = readBody(event, null);
  checkSet(next);
  // Signers are told apart by name and id alone, and another key can be made to bear both.
  const known = new Map(authority.rootSets.flatMap((one) => one.roots).map((one) => [keyName(one), one]));
  for (const [name, { vkey }] of authority.keys) known.set(name, vkey);
  for (const one of next.roots) {
    if ((known.get(keyName(one)) ?? one) !== one) {
      throw new Invalid(`another key was called ${keyName(one)} before`);
    }
  }
  return [current, next];
}

function checkSet({ roots: keys, threshold }) {
  if (new Set(keys.map(keyName)).size !== keys.length) throw new Invalid("a root key stands twice");
  if (threshold > keys.length) throw new Invalid("the threshold can never be reached");
}

function checkKinds(vkeys, kind) {
  for (const one of vkeys) {
    if (parseVkey(one).kind !== kind) throw new Invalid(`${keyName(one)} is a key of another kind`);
  }
}

// The authority after one more event, or Invalid; `index` is the event's own.
export function advance(authority, event, index, rules) {
  const body = readBody(event, rules);
  return FOLDS[event.type](authority, body, index);
}

const governs = (authority, key) =>
  authority.rootSets.some((one) => one.roots.includes(key)) ||
  authority.logKeys.some((one) => one.vkey === key);

function found(_, body, index) {
  if (index !== 0) throw new Invalid("a ledger is founded once, by its first entry");
  checkKinds([body.log, ...body.roots], ED25519);
  checkKinds(body.witnesses, COSIGNATURE);
  checkSet(body);
  if (body.quorum > body.witnesses.length) throw new Invalid("a quorum beyond the witnesses");
  if (body.roots.includes(body.log)) throw new Invalid("the log key is no root key");
  return {
    origin: body.origin,
    rootSets: [{ roots: body.roots, threshold: body.threshold, since: index }],
    logKeys: [{ vkey: body.log, since: index, ended: null }],
    keys: new Map(),
  };
}

function rotateRoots(authority, body, index) {
  checkKinds(body.roots, ED25519);
  checkSet(body);
  for (const key of body.roots) {
    if (authority.logKeys.some((one) => one.vkey === key) || authority.keys.has(keyName(key))) {
      throw new Invalid(`${keyName(key)} is the log key or an enrolled key`);
    }
  }
  const current = authority.rootSets.at(-1);
  const unchanged = body.threshold === current.threshold &&
    body.roots.length === current.roots.length &&
    body.roots.every((key) => current.roots.includes(key));
  if (unchanged) throw new Invalid("these are the root keys already");
  const next = { roots: body.roots, threshold: body.threshold, since: index };
  return { ...authority, rootSets: [...authority.rootSets, next] };
}

function rotateLog(authority, body, index) {
  checkKinds([body.log], ED25519);
  if (governs(authority, body.log) || authority.keys.has(keyName(body.log))) {
    throw new Invalid(`${keyName(body.log)} was in use already`);
  }
  if (!body.log.startsWith(`${authority.origin}+`)) {
    throw new Invalid(`a log key is named after its ledger, ${authority.origin}`);
  }
  const former = authority.logKeys.slice(0, -1), last = authority.logKeys.at(-1);
  const next = { vkey: body.log, since: index, ended: null };
  return { ...authority, logKeys: [...former, { ...last, ended: body.reason_code }, next] };
}

function loseEntries(authority, body, index) {
  if (body.size <= index) throw new Invalid("nothing was lost");
  // Former keys signed what was lost beside the one in force: none of them signs on from here.
  const logKeys = authority.logKeys.map((one) =>
    one.ended === "retired" ? { ...one, ended: "lost" } : one);
  return rotateLog({ ...authority, logKeys }, { ...body, reason_code: "lost" }, index);
}

function enroll(authority, body, index) {
  checkKinds([body.vkey], ED25519);
  if (governs(authority, body.vkey)) throw new Invalid("a root key or the log key takes no role");
  if (new Set(body.roles).size !== body.roles.length) throw new Invalid("a role stands twice");
  const name = keyName(body.vkey);
  const root = authority.rootSets.flatMap((one) => one.roots).findLast((one) => keyName(one) === name);
  const known = authority.keys.get(name);
  if ((known?.vkey ?? root ?? body.vkey) !== body.vkey) {
    throw new Invalid("another key bears this name and id");
  }
  const before = known?.enrolments ?? [];
  if (before.some((one) => one.revocation === "compromised")) {
    throw new Invalid("a compromised key is never enrolled again");
  }
  const next = {
    label: body.holder.label, roles: body.roles, scope: body.scope,
    since: index, until: null, revocation: null,
  };
  const closed = before.map((one) => (one.until === null ? { ...one, until: index } : one));
  const key = { vkey: body.vkey, enrolments: [...closed, next], suspects: known?.suspects ?? [] };
  return { ...authority, keys: new Map(authority.keys).set(name, key) };
}

function revoke(authority, body, index) {
  const name = keyName(body.vkey), known = authority.keys.get(name);
  if (known?.vkey !== body.vkey) throw new Invalid("this key was never enrolled");
  const from = body.suspect_from;
  if (from !== null && from > index) throw new Invalid("suspect from after this event's own index");
  const last = known.enrolments.at(-1);
  const told = known.suspects.some(([first, end]) => first <= from && end === last.until);
  if (last.until !== null && (from === null || told)) {
    throw new Invalid("this key is revoked already");
  }
  const end = last.until ?? index;
  // Once compromised, always: a further revocation does not make it fit to be enrolled again.
  const revocation = last.revocation === "compromised" ? "compromised" : body.reason_code;
  const closed = { ...last, until: end, revocation };
  const suspects = from === null ? known.suspects : [...known.suspects, [from, end]];
  const key = { ...known, enrolments: [...known.enrolments.slice(0, -1), closed], suspects };
  return { ...authority, keys: new Map(authority.keys).set(name, key) };
}

const FOLDS = {
  LedgerFounded: found,
  RootRotated: rotateRoots,
  LogKeyRotated: rotateLog,
  EntriesLost: loseEntries,
  KeyEnrolled: enroll,
  KeyRevoked: revoke,
};

// The log key that signs the checkpoint of the first `size` entries (a BigInt, or null: the last).
export function logKeyAt(authority, size) {
  const inForce = authority.logKeys.filter((one) => size === null || BigInt(one.since) < size);
  return inForce.at(-1) ?? authority.logKeys[0];
}

export const enrolmentAt = (key, index) => key.enrolments.findLast((one) => one.since < index);

export const isSuspect = (key, index) =>
  key.suspects.some(([first, end]) => first <= index && index < end);
