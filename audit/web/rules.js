// The counting rules that a ledger adopted: vocabularies, labels, the threshold of a massacre.

import { Invalid } from "./bytes.js";
import { hasMembers, isObject } from "./canonical.js";

const TERM = /^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/;
const MEMBERS = ["massacre_statuses", "massacre_threshold", "measures", "version", "vocabularies"];
// What these count is not a matter of kinds of claims.
const OWN_MEASURES = ["incidents", "massacres", "violations"];
const NONE = new Map();

export function readRules(body) {
  if (!hasMembers(body, MEMBERS)) throw new Invalid("rules: members missing or unknown");
  const { version, massacre_threshold: threshold, massacre_statuses: statuses } = body;
  if (!Number.isInteger(version) || version < 1) throw new Invalid("rules.version: from 1");
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > 1_000_000) {
    throw new Invalid("rules.massacre_threshold: from 1");
  }
  if (!isObject(body.vocabularies)) throw new Invalid("rules.vocabularies: must be an object");
  const vocabularies = new Map();
  for (const [name, terms] of Object.entries(body.vocabularies)) {
    vocabularies.set(name, readVocabulary(name, terms));
  }
  const governorates = vocabularies.get("governorate") ?? NONE;
  for (const [name, one] of vocabularies.get("district") ?? NONE) {
    if (!governorates.has(one.parent)) throw new Invalid(`rules: ${name} is in no governorate`);
  }
  const known = vocabularies.get("status") ?? NONE;
  if (!Array.isArray(statuses) || !statuses.every((one) => known.has(one))) {
    throw new Invalid("rules.massacre_statuses: must be terms of the vocabulary status");
  }
  const measures = readMeasures(body.measures, vocabularies);
  return { version, threshold, measures, terms: (name) => vocabularies.get(name) ?? NONE };
}

// Which kinds of claims each measure counts.
function readMeasures(written, vocabularies) {
  if (!isObject(written) || !Object.hasOwn(written, "deaths")) {
    throw new Invalid("rules.measures: must be an object that has deaths");
  }
  const named = vocabularies.get("measure") ?? NONE, known = vocabularies.get("claim-kind") ?? NONE;
  for (const [name, kinds] of Object.entries(written)) {
    const sound = named.has(name) && !OWN_MEASURES.includes(name) && Array.isArray(kinds) &&
      kinds.length > 0 && kinds.every((kind) => known.has(kind)) &&
      new Set(kinds).size === kinds.length;
    if (!sound) throw new Invalid(`rules.measures.${name}: must be kinds of claims, each once`);
  }
  return new Map(Object.entries(written));
}

// The parties above a party and itself, the top first.
export function lineage(rules, party) {
  const found = [party], parties = rules.terms("party");
  while (parties.get(found[0])?.parent) found.unshift(parties.get(found[0]).parent);
  return found;
}

function readVocabulary(name, terms) {
  if (!isObject(terms) || Object.keys(terms).length === 0) {
    throw new Invalid(`rules.vocabularies.${name}: must be an object of terms`);
  }
  const read = new Map();
  for (const [identifier, one] of Object.entries(terms)) {
    const where = `rules.vocabularies.${name}.${identifier}`;
    if (!TERM.test(identifier)) throw new Invalid(`${where}: is no identifier`);
    if (!hasMembers(one, ["ar", "en"]) && !hasMembers(one, ["ar", "en", "parent"])) {
      throw new Invalid(`${where}: must have en, ar and at most parent`);
    }
    if (!Object.values(one).every((label) => typeof label === "string" && label !== "")) {
      throw new Invalid(`${where}: labels and parent are text`);
    }
    read.set(identifier, { en: one.en, ar: one.ar, parent: one.parent ?? null });
  }
  if (name === "district") return read; // its parents are governorates
  for (const identifier of read.keys()) {
    const seen = new Set([identifier]);
    for (let at = read.get(identifier).parent; at !== null; at = read.get(at).parent) {
      if (!read.has(at) || seen.has(at)) throw new Invalid(`rules: ${identifier} has no root`);
      seen.add(at);
    }
  }
  return read;
}

// A term for people; a joint row is spelled out, an unknown word is shown as it is.
export function labelOf(rules, vocabulary, term, language) {
  if (["party", "source-kind"].includes(vocabulary) && term.includes("+")) {
    const parts = term.split("+").map((part) => labelOf(rules, vocabulary, part, language));
    return parts.join(language === "en" ? " and " : " و");
  }
  return rules.terms(vocabulary).get(term)?.[language] ?? term;
}
