// Reading a definition whose rules are not at hand: its form is judged, each word is its own label.

import { Invalid, compareText } from "./bytes.js";
import { hasMembers, isObject, parseLine } from "./canonical.js";
import { canonicalPeriod, parsePeriod } from "./dates.js";
import { DAY, JOINTS, MEMBERS, REVIEWS, STRADDLINGS } from "./definition.js";
import { FACETS } from "./sentence.js";

const BASES = ["documented", "happened"];
const wrong = (what) => new Invalid(`definition: ${what}`);
const isFacet = (facet) => typeof facet === "string" && Object.keys(FACETS).includes(facet);

export function readAlone(raw) {
  const value = parseLine(raw);
  if (!hasMembers(value, MEMBERS)) throw wrong("not a definition of this version");
  const { basis, by, joint, level, measure, on, period, review, rules, straddling, where } = value;
  const words = [[basis, BASES], [straddling, STRADDLINGS], [joint, JOINTS], [review, REVIEWS]];
  if (!words.every(([word, known]) => known.includes(word))) throw wrong("an unknown word");
  if (typeof measure !== "string" || measure === "") throw wrong("measure is a word");
  if (!Number.isInteger(rules) || rules < 1) throw wrong("rules is a version, from 1");
  if (level !== null && !(Number.isInteger(level) && level >= 1)) throw wrong("level is from 1");
  if (!Array.isArray(by) || !by.every(isFacet) || new Set(by).size !== by.length) {
    throw wrong("by is a list of facets, each once");
  }
  if (!isObject(where)) throw wrong("where is an object");
  for (const [facet, values] of Object.entries(where)) checkFilter(facet, values);
  if (period !== null && (typeof period !== "string" || canonicalPeriod(period) !== period)) {
    throw wrong("the period has another spelling");
  }
  if (on !== null) {
    if (typeof on !== "string" || !DAY.test(on)) throw wrong("on is a day");
    parsePeriod(on);
  }
  return value;
}

function checkFilter(facet, values) {
  const sound = isFacet(facet) && Array.isArray(values) && values.length > 0 &&
    values.every((one, place) => typeof one === "string" &&
      (place === 0 || compareText(values[place - 1], one) < 0));
  if (!sound) throw wrong(`where ${facet} is a list of words, ascending`);
}

// Rules that have just the words of a definition.
export function rulesOf({ measure, rules, where }) {
  const words = new Map();
  for (const word of [measure, ...Object.values(where).flat()]) {
    for (const part of word.split("+")) words.set(part, { en: part, ar: part, parent: null });
  }
  const measures = new Map([[measure, []]]);
  return { version: rules, threshold: 1, terms: () => words, measures };
}
