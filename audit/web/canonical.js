// Canonical JSON (docs/formats/canonical-json.md): one value has one spelling, and no other is read.

import { Invalid, decode, encode, same } from "./bytes.js";

const MAX_DEPTH = 16;
const MAX_LINE = 4 << 20;
const FORBIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Surrogate}/u;
const MEMBER = /^[ -~]*$/;

// The canonical text of a value; Invalid when the profile cannot hold it.
export function written(value, depth = 1) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return writtenText(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new Invalid("a number is not an integer below 2^53");
    return String(value);
  }
  if (depth > MAX_DEPTH) throw new Invalid(`nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return `[${value.map((one) => written(one, depth + 1)).join(",")}]`;
  const members = Object.keys(value).sort().map((name) => {
    if (!MEMBER.test(name)) throw new Invalid("member names are printable ASCII text");
    return `${JSON.stringify(name)}:${written(value[name], depth + 1)}`;
  });
  return `{${members.join(",")}}`;
}

function writtenText(text) {
  const found = FORBIDDEN.exec(text);
  if (found) {
    const point = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    throw new Invalid(`a text holds the character U+${point}`);
  }
  if (text.normalize("NFC") !== text) throw new Invalid("a text is not in Unicode form NFC");
  return JSON.stringify(text);
}

export const toLine = (value) => encode(written(value));

// One canonical JSON object from a line without its ending; Invalid for anything else.
export function parseLine(line) {
  if (line.length > MAX_LINE) throw new Invalid(`a line of ${line.length} bytes is too long`);
  let value;
  try {
    value = JSON.parse(decode(line, "a line"));
  } catch (error) {
    if (error instanceof Invalid) throw error;
    throw new Invalid("not JSON");
  }
  if (!isObject(value)) throw new Invalid("not a JSON object");
  // Writing it again defeats members named twice, odd escapes, order, spaces and number tricks.
  if (!same(toLine(value), line)) throw new Invalid("not in canonical form (RFC 8785)");
  return value;
}

export const isObject = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const has = (value, name) => Object.prototype.hasOwnProperty.call(value, name);

// Whether an object has exactly these members.
export function hasMembers(value, names) {
  return isObject(value) && Object.keys(value).length === names.length &&
    names.every((name) => has(value, name));
}
