// What a figure counts (docs/formats/figure.md): read strictly, narrowed to a row, put into words.

import { Invalid, compareText } from "./bytes.js";
import { hasMembers, isObject, written } from "./canonical.js";
import { canonicalPeriod, parsePeriod } from "./dates.js";
import { UUID4 } from "./event.js";
import { SUMS, SUMS_OF_INCIDENTS, measureOf } from "./measures.js";
import { lineage } from "./rules.js";
import { FACETS, sentence } from "./sentence.js";

export { sentence };

const OF_INCIDENTS = [
  "party", "party-group", "mode", "confidence", "governorate", "district", "cause", "weapon",
  "incident", "incident-kind",
];
const PARTIES = ["party", "party-group"];
const FREE_TEXTS = ["publisher", "publication"];
// What stated figures have beside their governorate.
const STATED = [
  "stated-measure", "stated-category", "stated-party", "unit", "population", "grade", ...FREE_TEXTS,
];
const CATEGORIES = [
  "men", "women", "boys", "girls", "children-sex-unknown", "adults-sex-unknown",
  "males-age-unknown", "females-age-unknown", "unknown",
];
export const REVIEWS = ["reported", "corroborated", "verified"];
export const STRADDLINGS = ["whole-interval", "earliest", "latest", "possible"];
export const STRADDLINGS_OF_STATED = ["whole-interval", "equal"];
export const JOINTS = ["own-row", "each-party", "shared"];
export const MEMBERS = [
  "basis", "by", "joint", "level", "measure", "on", "period", "review", "rules", "straddling",
  "where",
];
const PLAIN = /^[^\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]{1,300}$/u;
const MONTH = /^[0-9]{4}-(?:0[1-9]|1[0-2])$/;
export const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const INCIDENT = new RegExp(`^incident/${UUID4}$`);

const wrong = (what) => new Invalid(`definition: ${what}`);

// The definition as it was parsed, when every word of it is in force and it is spelled as its
// meaning is; else Invalid.
export function readDefinition(value, rules) {
  if (!hasMembers(value, MEMBERS)) throw wrong("not a definition of this version");
  const { basis, by, joint, level, measure, on, period, review, straddling, where } = value;
  const counted = typeof measure === "string" ? measureOf(rules, measure) : null;
  if (counted === null) throw wrong("unknown measure");
  if (value.rules !== rules.version) throw wrong("of another rules version");
  const rulesOfEdges = counted.of === "estimates" ? STRADDLINGS_OF_STATED : STRADDLINGS;
  if (!rulesOfEdges.includes(straddling)) throw wrong("unknown rule for straddling dates");
  if (!JOINTS.includes(joint)) throw wrong("unknown way of counting joint attacks");
  if (!REVIEWS.includes(review)) throw wrong("unknown level of review");
  if (!isObject(where) || !Array.isArray(by)) throw wrong("malformed");
  checkTimes(counted, on, period);
  for (const [facet, values] of Object.entries(where)) checkFilter(value, counted, facet, values, rules);
  for (const facet of by) {
    if (!facetsBy(counted).includes(facet)) throw wrong(`${measure} are not grouped by ${facet}`);
  }
  if (new Set(by).size !== by.length) throw wrong("a facet groups once");
  if (counted.of === "estimates" && where.unit?.length !== 1) throw wrong("numbers of one unit add up");
  const used = new Set([...by, ...Object.keys(where)]);
  checkBasis(counted, basis, period, used);
  // A month has edges of its own, which a date can straddle.
  const byMonth = ["earliest", "latest"].includes(straddling) && used.has("month");
  if (straddling !== "whole-interval" && period === null && on === null && !byMonth) {
    throw wrong("no edge");
  }
  if (joint !== "own-row" && !PARTIES.some((one) => used.has(one))) throw wrong("no party is asked for");
  checkLevel(level, used, rules);
  checkReview(counted, review, where);
  if (joint === "shared" || (joint === "each-party" && PARTIES.some((one) => by.includes(one)))) {
    throw wrong(`no note carries joint ${joint} here`);
  }
  return value;
}

function checkTimes(counted, on, period) {
  if (counted.stock) {
    if (period !== null || typeof on !== "string" || !DAY.test(on)) throw wrong("a stock has a day");
    parsePeriod(on);
    return;
  }
  if (on !== null) throw wrong("only a stock is counted on a day");
  if (period === null) return;
  if (typeof period !== "string") throw wrong("the period is no text");
  if (canonicalPeriod(period) !== period) throw wrong("the period has another spelling");
}

function checkBasis(counted, basis, period, used) {
  const dated = period !== null || used.has("month");
  if (!(dated ? counted.bases : counted.bases.slice(0, 1)).includes(basis)) throw wrong("basis");
}

function checkLevel(level, used, rules) {
  if (level === null) return;
  const deepest = Math.max(1, ...[...rules.terms("party").keys()].map((one) => lineage(rules, one).length));
  const sound = Number.isInteger(level) && level > 1 && level < deepest && used.has("party");
  if (!sound) throw wrong("no such level of the party tree");
}

// A filter on review up to the highest level is a least level, and is written so.
function checkReview(counted, review, where) {
  if (["incidents", "estimates"].includes(counted.of) && review !== "reported") {
    throw wrong(`${counted.of} are not reviewed`);
  }
  if (where.review === undefined) return;
  const asked = REVIEWS.filter((one) => where.review.includes(one));
  const upwards = asked.every((one, place) => one === REVIEWS.at(place - asked.length));
  if (review !== "reported" || upwards) throw wrong("review has another spelling");
}

const OF_EVENTS = Object.keys(FACETS).filter((facet) => !STATED.includes(facet));
const isFacet = (facet) => Object.keys(FACETS).includes(facet);

function facetsOver(counted) {
  if (counted.of === "estimates") return [...STATED, "governorate"];
  if (counted.of === "massacres") return OF_EVENTS;
  if (counted.of === "incidents") return [...OF_INCIDENTS, "month"];
  return OF_EVENTS.filter((facet) =>
    facet !== "incident-kind" && !(counted.stock && facet === "month"));
}

const facetsBy = (counted) => counted.of === "massacres" ? OF_INCIDENTS
  : facetsOver(counted).filter((facet) => !FREE_TEXTS.includes(facet));

function checkFilter(definition, counted, facet, values, rules) {
  if (!isFacet(facet) || !facetsOver(counted).includes(facet)) throw wrong(`no facet ${facet}`);
  if (!Array.isArray(values) || values.length === 0) throw new Invalid(`${facet}: no values`);
  for (const one of values) {
    if (typeof one !== "string" || !fits(definition, counted, facet, one, rules)) {
      throw wrong(`${facet} has no value ${one}`);
    }
  }
  for (let place = 1; place < values.length; place++) {
    if (compareText(values[place - 1], values[place]) >= 0) throw new Invalid(`${facet}: order`);
  }
}

function fits(definition, counted, facet, value, rules) {
  if (facet === "category") return CATEGORIES.includes(value);
  if (facet === "review") return REVIEWS.includes(value);
  if (facet === "kind") return counted.kinds?.includes(value) ?? rules.terms("claim-kind").has(value);
  if (facet === "month") return value === "unknown" || MONTH.test(value);
  if (facet === "incident") return value === "unknown" || INCIDENT.test(value);
  if (FREE_TEXTS.includes(facet)) return PLAIN.test(value);
  if (PARTIES.includes(facet)) return fitsParty(definition, facet, value, rules);
  if (facet === "source" && value.includes("+")) return fitsSources(value.split("+"), rules);
  return value === "unknown" || rules.terms(FACETS[facet][0]).has(value);
}

function fitsSources(kinds, rules) {
  return kinds.every((kind, place) => rules.terms("source-kind").has(kind) &&
    (place === 0 || compareText(kinds[place - 1], kind) < 0));
}

function fitsParty({ joint, level }, facet, value, rules) {
  const parts = value.split("+"), deepest = facet === "party-group" ? 1 : level;
  if (parts.length > 1 && (joint !== "own-row" || facet === "party-group")) return false;
  if (value === "joint" && joint !== "own-row") return false;
  return parts.every((part, place) => rules.terms("party").has(part) &&
    (deepest === null || lineage(rules, part).length <= deepest) &&
    (place === 0 || compareText(parts[place - 1], part) < 0));
}

// The facets that a member's line discloses, sorted.
export function facetsOf({ by, measure, review, where }) {
  const used = new Set([...by, ...Object.keys(where)]);
  if (review !== "reported") used.add("review");
  const sorted = [...used].sort();
  return measure === "massacres" ? sorted.filter((facet) => OF_INCIDENTS.includes(facet)) : sorted;
}

// Whether a member's word passes a filter; a joint one by any of its parties, if so declared.
export function passes({ joint }, facet, value, wanted) {
  if (joint === "own-row" || !PARTIES.includes(facet)) return wanted.has(value);
  return value.split("+").some((party) => wanted.has(party));
}

export const countsIncidents = ({ measure }) =>
  ["massacres", "incidents", ...SUMS_OF_INCIDENTS].includes(measure);
export const sumsEstimates = ({ measure }) => measure === "stated";
export const sums = ({ measure }) => SUMS.includes(measure);

// The canonical bytes of one row's definition: the figure's, narrowed to the row's values.
export function rowDefinition(definition, row) {
  const where = { ...definition.where };
  let { review } = definition;
  definition.by.forEach((facet, place) => { where[facet] = [row[place]]; });
  if (where.review?.length === 1 && where.review[0] === REVIEWS.at(-1)) {
    review = where.review[0];
    delete where.review;
  } else if (where.review) {
    review = REVIEWS[0];
  }
  return written({ ...definition, where, by: [], review });
}
