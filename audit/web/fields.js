// Readers for the members of a body: each returns the value, or throws Invalid.

import { Invalid } from "./bytes.js";
import { hasMembers } from "./canonical.js";
import { isHash } from "./event.js";

// Readers take the value, the place for the message, and the vocabularies in force.
export const object = (readers) => (value, where, rules) => {
  const names = Object.keys(readers);
  if (!hasMembers(value, names)) throw new Invalid(`${where}: must have ${names.join(", ")}`);
  for (const name of names) readers[name](value[name], `${where}.${name}`, rules);
  return value;
};

export const nullable = (reader) => (value, where, rules) =>
  value === null ? null : reader(value, where, rules);

export const list = (reader, least, most) => (value, where, rules) => {
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    throw new Invalid(`${where}: must be a list of ${least} to ${most}`);
  }
  return value.map((one, place) => reader(one, `${where}[${place}]`, rules));
};

const reader = (holds, what) => (value, where) => {
  if (!holds(value)) throw new Invalid(`${where}: must be ${what}`);
  return value;
};

export const text = (most) =>
  reader(
    (value) => typeof value === "string" && value.trim() !== "" && Array.from(value).length <= most,
    `text of 1 to ${most} characters`,
  );
export const whole = (least, most = Number.MAX_SAFE_INTEGER) =>
  reader((value) => Number.isInteger(value) && value >= least && value <= most, "a whole number");
export const oneOf = (...words) => reader((value) => words.includes(value), words.join(", "));
export const matching = (pattern, what) =>
  reader((value) => typeof value === "string" && pattern.test(value), what);
export const hash = reader(isHash, "a SHA-256 hash in base64");

export const term = (vocabulary) => (value, where, rules) => {
  if (typeof value !== "string" || !rules?.terms(vocabulary).has(value)) {
    throw new Invalid(`${where}: is not in the vocabulary ${vocabulary}`);
  }
  return value;
};
