// What a figure counts (docs/formats/figure.md): read strictly, narrowed to a row, put into words.

import { Invalid, compareText } from "./bytes.js";
import { hasMembers, isObject, written } from "./canonical.js";
import { parsePeriod } from "./dates.js";
import { labelOf } from "./rules.js";

// facet: the vocabulary its values come from, its name in English and in Arabic
const FACETS = {
  kind: ["claim-kind", "kind of violation", "نوع الانتهاك"],
  party: ["party", "responsible party", "الجهة المسؤولة"],
  "party-group": ["party", "group of responsible parties", "مجموعة الجهات المسؤولة"],
  governorate: ["governorate", "governorate of death", "محافظة الوفاة"],
  district: ["district", "district of death", "منطقة الوفاة"],
  origin: ["governorate", "governorate of origin", "محافظة الأصل"],
  sex: ["sex", "sex", "الجنس"],
  "age-group": ["age-group", "age group", "الفئة العمرية"],
  category: [null, "category", "الفئة"],
  status: ["status", "status", "الصفة"],
  profession: ["profession", "profession", "المهنة"],
  cause: ["cause", "cause", "سبب الوفاة"],
  weapon: ["weapon", "weapon", "السلاح"],
  review: ["review", "level of review", "مستوى المراجعة"],
  mode: ["attribution-mode", "mode of attribution", "نمط إسناد المسؤولية"],
  source: ["source-kind", "kinds of sources", "أنواع المصادر"],
  month: [null, "month", "الشهر"],
  incident: [null, "incident", "الحادثة"],
};
const OF_INCIDENTS =
  ["party", "party-group", "mode", "governorate", "district", "cause", "weapon", "incident"];
const CATEGORIES = [
  "men", "women", "boys", "girls", "children-sex-unknown", "adults-sex-unknown",
  "males-age-unknown", "females-age-unknown", "unknown",
];
const PROPER_NAMES = ["party", "governorate", "district"];
const MEMBERS = ["basis", "by", "measure", "period", "rules", "straddling", "where"];
const MONTH = /^[0-9]{4}-(?:0[1-9]|1[0-2])$/;
const MONTHS = {
  en: "January|February|March|April|May|June|July|August|September|October|November|December",
  ar: "كانون الثاني|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين الأول|تشرين الثاني|كانون الأول",
};

const isFacet = (facet) => Object.keys(FACETS).includes(facet);

// The definition as it was parsed, when every word of it is in force; else Invalid.
export function readDefinition(value, rules) {
  if (!hasMembers(value, MEMBERS) || value.straddling !== "whole-interval") {
    throw new Invalid("definition: not a definition of this version");
  }
  const { basis, by, measure, period, where } = value;
  if (!["deaths", "massacres"].includes(measure)) throw new Invalid("definition: unknown measure");
  if (!["documented", "happened"].includes(basis)) throw new Invalid("definition: unknown basis");
  if (value.rules !== rules.version) throw new Invalid("definition: of another rules version");
  if (period !== null) {
    if (typeof period !== "string") throw new Invalid("definition: the period is no text");
    parsePeriod(period);
  }
  if (!isObject(where) || !Array.isArray(by)) throw new Invalid("definition: malformed");
  for (const [facet, values] of Object.entries(where)) {
    if (!isFacet(facet)) throw new Invalid(`definition: unknown facet ${facet}`);
    if (!Array.isArray(values) || values.length === 0) throw new Invalid(`${facet}: no values`);
    for (const one of values) checkValue(facet, one, rules);
    for (let place = 1; place < values.length; place++) {
      if (compareText(values[place - 1], values[place]) >= 0) throw new Invalid(`${facet}: order`);
    }
  }
  for (const facet of by) {
    const fits = measure === "massacres" ? OF_INCIDENTS.includes(facet) : isFacet(facet);
    if (!fits) throw new Invalid(`definition: ${measure} are not grouped by ${facet}`);
  }
  if (new Set(by).size !== by.length) throw new Invalid("definition: a facet groups once");
  return value;
}

function checkValue(facet, value, rules) {
  const wrong = () => new Invalid(`definition: ${facet} has no value ${value}`);
  if (typeof value !== "string") throw wrong();
  const known = (one, more) => one === more || rules.terms(FACETS[facet][0]).has(one);
  if (facet === "category" && !CATEGORIES.includes(value)) throw wrong();
  if (facet === "month" && value !== "unknown" && !MONTH.test(value)) throw wrong();
  if (FACETS[facet][0] === null) return;
  if (FACETS[facet][0] === "party") {
    if (!value.split("+").every((part) => known(part, "joint"))) throw wrong();
  } else if (facet === "source" && value.includes("+")) {
    const kinds = value.split("+"), once = new Set(kinds).size === kinds.length;
    if (!once || !kinds.every((kind) => known(kind, null))) throw wrong();
  } else if (!known(value, "unknown")) throw wrong();
}

// The facets that a member's line discloses, sorted.
export function facetsOf({ by, measure, where }) {
  const used = [...new Set([...by, ...Object.keys(where)])].sort();
  return measure === "massacres" ? used.filter((facet) => OF_INCIDENTS.includes(facet)) : used;
}

// The canonical bytes of one row's definition: the figure's, narrowed to the row's values.
export function rowDefinition(definition, row) {
  const where = { ...definition.where };
  definition.by.forEach((facet, place) => { where[facet] = [row[place]]; });
  return written({ ...definition, where, by: [] });
}

export function sentence({ basis, by, measure, period, where }, rules, language) {
  const english = language === "en", word = (facet) => FACETS[facet][english ? 1 : 2];
  const filters = Object.keys(where).sort().map((facet) => {
    const values = where[facet].map((one) => valueLabel(facet, one, rules, language));
    return `${word(facet)} ${values.join(english ? " or " : " أو ")}`;
  });
  const named = { deaths: ["Persons killed", "القتلى"], massacres: ["Massacres", "المجازر"] };
  const parts = [named[measure][english ? 0 : 1]];
  if (filters.length > 0) parts[0] += ` (${filters.join("; ")})`;
  if (period !== null) {
    const verbs = {
      documented: ["documented in", "الموثقة في"],
      happened: ["that happened in", "التي وقعت في"],
    };
    parts.push(`${verbs[basis][english ? 0 : 1]} ${periodLabel(period, language)}`);
  }
  if (by.length > 0) {
    parts.push((english ? "by " : "بحسب ") + by.map(word).join(english ? " and " : " و"));
  }
  return parts.join(english ? ", " : "، ");
}

function valueLabel(facet, value, rules, language) {
  const vocabulary = FACETS[facet][0];
  if (vocabulary === null) return value;
  const label = labelOf(rules, vocabulary, value, language);
  return PROPER_NAMES.includes(vocabulary) ? label : label.toLowerCase();
}

function periodLabel(period, language) {
  if (!MONTH.test(period)) return period;
  return `${MONTHS[language].split("|")[Number(period.slice(5)) - 1]} ${period.slice(0, 4)}`;
}
