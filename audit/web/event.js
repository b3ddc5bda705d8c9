// Entries and event notes: what the log received when, and what an author signed for which place of
// which history (docs/formats/entry.md, docs/formats/event.md).

import { Invalid, ascii, base64, encode, find, sha256 } from "./bytes.js";
import { hasMembers, isObject, parseLine } from "./canonical.js";
import { daysIn } from "./dates.js";
import { parseNote } from "./note.js";

export const UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
export const SLUG = "[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?";

const MAX_ENTRY = 65_535;
const TIME = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z$/;
const STREAM = new RegExp(`^(?:authority|rules|(?:claim|incident|estimate)/${UUID4}|report/${SLUG})$`);
const HASH = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
const MEMBERS = ["at", "body", "ledger", "prev", "seen", "stream", "type", "version"];

export const isHash = (value) => typeof value === "string" && HASH.test(value);

export function isUtcTime(text) {
  const found = TIME.exec(text);
  if (!found) return false;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) &&
    hour < 24 && minute < 60 && second < 60;
}

// When the ledger received an entry, and the event note's bytes, not yet read.
export function splitEntry(raw) {
  if (raw.length > MAX_ENTRY) throw new Invalid(`the entry has ${raw.length} bytes`);
  const ending = find(raw, encode("\n"));
  const header = ending < 0 ? "" : ascii(raw.subarray(0, ending));
  const found = /^sijill\/entry\/v1 (([^ ]{19})\.[0-9]{3}Z)$/.exec(header);
  if (!found || !isUtcTime(`${found[2]}Z`)) {
    throw new Invalid("not an entry: the first line must be sijill/entry/v1 and a UTC time");
  }
  return { received: found[1], noteBytes: raw.subarray(ending + 1) };
}

// { received, note, event, hash }: `hash` is what the stream's next event names as `prev`.
export function parseSplit({ received, noteBytes }) {
  const note = parseNote(noteBytes);
  return { received, note, event: parseEvent(note.text), hash: base64(sha256(note.signed)) };
}

export const parseEntry = (raw) => parseSplit(splitEntry(raw));

function parseEvent(text) {
  const lines = text.split("\n");
  if (lines.length !== 3 || lines[0] !== "sijill/event/v1" || lines[2] !== "") {
    throw new Invalid("not an event: its text is the kind and one line of JSON");
  }
  const event = parseLine(encode(lines[1]));
  if (!hasMembers(event, MEMBERS)) throw new Invalid("an event has other members");
  const { at, body, ledger, prev, seen, stream, type, version } = event;
  if (typeof stream !== "string" || !STREAM.test(stream)) throw new Invalid("stream: is none");
  if (!Number.isInteger(version) || version < 1) throw new Invalid("version: counts from 1");
  if ((prev === null) !== (version === 1)) throw new Invalid("prev: null for version 1 only");
  if (prev !== null && !isHash(prev)) throw new Invalid("prev: is no hash");
  if (typeof at !== "string" || !isUtcTime(at)) throw new Invalid("at: is no UTC time");
  if (typeof ledger !== "string" || typeof type !== "string") throw new Invalid("must be text");
  if (!isObject(body)) throw new Invalid("body: is no object");
  if (seen !== null) {
    if (!hasMembers(seen, ["root", "size"]) || !isHash(seen.root)) throw new Invalid("seen: is none");
    if (!Number.isInteger(seen.size) || seen.size < 1) throw new Invalid("seen.size: from 1");
  }
  return event;
}

export const kindOf = (event) => event.stream.split("/")[0];
