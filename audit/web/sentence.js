// A definition in one plain sentence of English or Arabic.

import { parseDates } from "./dates.js";
import { measureOf } from "./measures.js";
import { labelOf } from "./rules.js";

// facet: the vocabulary its values come from, its name in English and in Arabic
export const FACETS = {
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
  cause: ["cause", "cause", "السبب"],
  weapon: ["weapon", "weapon", "السلاح"],
  review: ["review", "level of review", "مستوى المراجعة"],
  mode: ["attribution-mode", "mode of attribution", "نمط إسناد المسؤولية"],
  confidence: ["confidence", "confidence of attribution", "درجة الثقة في إسناد المسؤولية"],
  source: ["source-kind", "kinds of sources", "أنواع المصادر"],
  month: [null, "month", "الشهر"],
  incident: [null, "incident", "الحادثة"],
  "incident-kind": ["incident-kind", "kind of incident", "نوع الحادثة"],
  "stated-measure": ["measure", "stated measure", "المقياس المذكور"],
  "stated-category": ["category", "stated category", "الفئة المذكورة"],
  "stated-party": ["party", "stated party", "الجهة المذكورة"],
  unit: ["unit", "unit", "الوحدة"],
  population: ["population", "population", "الفئة السكانية"],
  grade: ["estimate-basis", "grade", "درجة التوثيق"],
  publisher: [null, "publisher", "الناشر"],
  publication: [null, "publication", "المنشور"],
};
// Only of deaths is a place the place of death.
const PLACES = { governorate: ["governorate", "المحافظة"], district: ["district", "المنطقة"] };
const VALUES = {
  men: ["men", "رجال"],
  women: ["women", "نساء"],
  boys: ["boys", "أطفال ذكور"],
  girls: ["girls", "طفلات"],
  "children-sex-unknown": ["children of unknown sex", "أطفال غير معروف جنسهم"],
  "adults-sex-unknown": ["adults of unknown sex", "بالغون غير معروف جنسهم"],
  "males-age-unknown": ["males of unknown age", "ذكور غير معروفة أعمارهم"],
  "females-age-unknown": ["females of unknown age", "إناث غير معروفة أعمارهن"],
  unknown: ["unknown", "غير معروف"],
};
const PROPER_NAMES = ["party", "governorate", "district"];
const MONTH = /^[0-9]{4}-(?:0[1-9]|1[0-2])$/;
const MONTHS = {
  en: "January|February|March|April|May|June|July|August|September|October|November|December",
  ar: "كانون الثاني|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين الأول|تشرين الثاني|كانون الأول",
};
const DECLARED = {
  "each-party": [
    "a joint attack counted for each of its parties", "ويُحتسب الهجوم المشترك لكل جهة من أطرافه",
  ],
  shared: [
    "a joint attack shared equally among its parties", "ويُقسم الهجوم المشترك بالتساوي بين أطرافه",
  ],
  earliest: ["uncertain dates by their earliest day", "والتواريخ غير المؤكدة بأبكر أيامها"],
  latest: ["uncertain dates by their latest day", "والتواريخ غير المؤكدة بآخر أيامها"],
  possible: [
    "with those whose date only may lie in it", "ومعها ما يُحتمل أن يقع تاريخه ضمنها",
  ],
  equal: ["only those of exactly that period", "والمذكورة لهذه الفترة بعينها فقط"],
};

export function sentence(definition, rules, language) {
  const { basis, by, joint, level, measure, on, period, review, straddling, where } = definition;
  const english = language === "en", at = english ? 0 : 1;
  const [noun, documented, happened] = measureOf(rules, measure)[language];
  const named = (facet) => measure !== "deaths" && Object.hasOwn(PLACES, facet)
    ? PLACES[facet][at] : FACETS[facet][1 + at];
  const filters = Object.keys(where).sort().map((facet) => {
    const values = where[facet].map((one) => valueLabel(facet, one, rules, language));
    return named(facet) + [" ", ": "][at] + values.join([" or ", " أو "][at]);
  });
  if (review !== "reported") {
    filters.push(["at least ", "بمستوى مراجعة لا يقل عن: "][at] +
      valueLabel("review", review, rules, language));
  }
  const counted = [filters.length > 0 ? `${noun} (${filters.join(["; ", "؛ "][at])})` : noun];
  if (on !== null) counted.push(["at the end of ", "في نهاية يوم "][at] + pointLabel(on, language));
  if (period !== null) {
    counted.push(`${basis === "documented" ? documented : happened} ${periodLabel(period, at, language)}`);
  }
  const parts = english ? counted : [counted.join(" ")];
  if (by.length > 0) parts.push(["by ", "بحسب "][at] + by.map(named).join([" and ", " و"][at]));
  if (level !== null) {
    parts.push(english
      ? `parties at level ${level} of their tree` : `الجهات عند المستوى ${level} من شجرتها`);
  }
  for (const rule of [joint, straddling]) {
    if (Object.hasOwn(DECLARED, rule)) parts.push(DECLARED[rule][at]);
  }
  return parts.join([", ", "، "][at]);
}

function valueLabel(facet, value, rules, language) {
  const vocabulary = FACETS[facet][0], at = language === "en" ? 0 : 1;
  if (vocabulary === null || value === "unknown") {
    if (MONTH.test(value)) return pointLabel(value, language);
    return Object.hasOwn(VALUES, value) ? VALUES[value][at] : value;
  }
  const label = labelOf(rules, vocabulary, value, language);
  return PROPER_NAMES.includes(vocabulary) ? label : label.toLowerCase();
}

// A year, a month or a day.
function pointLabel(point, language) {
  const [year, month, day] = point.split("-");
  if (month === undefined) return year;
  const named = `${MONTHS[language].split("|")[Number(month) - 1]} ${year}`;
  return day === undefined ? named : `${Number(day)} ${named}`;
}

function periodLabel(period, at, language) {
  const [start, end] = period.split("/");
  if (end === undefined) {
    const before = { 4: ["in", "في عام"], 7: ["in", "في"], 10: ["on", "في"] }[start.length][at];
    return `${before} ${pointLabel(start, language)}`;
  }
  const { first, last } = parseDates(period);
  const from = `${["from", "من"][at]} ${pointLabel(start, language)}`;
  const to = `${["to", "إلى"][at]} ${pointLabel(end, language)}`;
  if (first === "0001-01-01") return at === 0 ? `up ${to}` : to;
  return last === "9999-12-31" ? `${from} ${["on", "فصاعداً"][at]}` : `${from} ${to}`;
}
