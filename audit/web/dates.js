// Uncertain dates (EDTF, ISO 8601-2 levels 0 and 1) by their earliest and latest possible day.

import { Invalid } from "./bytes.js";

const POINT = /^([0-9]{2}(?:[0-9]{2}|[0-9]X|XX))(?:-([0-9]{2}|XX)(?:-([0-9]{2}|XX))?)?[?~%]?$/;

// Season: its first and last month. Which winter a year's is, its text does not say: both.
const SEASONS = { 21: ["03", "05"], 22: ["06", "08"], 23: ["09", "11"] };
const WINTER = "24";

export function daysIn(year, month) {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

// { first, last }, both YYYY-MM-DD and inclusive; Invalid for what names no possible day.
export function parseDates(text) {
  const slash = text.indexOf("/");
  if (slash < 0) return pointBounds(text);
  const start = text.slice(0, slash), end = text.slice(slash + 1);
  const opens = start === "" || start === "..", closes = end === "" || end === "..";
  if (opens && closes) throw new Invalid(`date ${text}: both ends are open`);
  const first = opens ? "0001-01-01" : pointBounds(start).first;
  const last = closes ? "9999-12-31" : pointBounds(end).last;
  if (first > last) throw new Invalid(`date ${text}: the interval ends before it begins`);
  return { first, last };
}

// The period of a question is certain.
export function parsePeriod(text) {
  if (/[?~%X]/.test(text)) throw new Invalid(`period ${text}: a period is certain`);
  if (text.split("/").some((end) => end.slice(4) === `-${WINTER}`)) {
    throw new Invalid(`period ${text}: a winter lies in two years`);
  }
  return parseDates(text);
}

function pointBounds(text) {
  const found = POINT.exec(text);
  if (!found) throw new Invalid(`date ${text}: not an EDTF date`);
  const [, year, month = "XX", day = "XX"] = found;
  const first = year.replaceAll("X", "0"), last = year.replaceAll("X", "9");
  if (first === "0000") throw new Invalid(`date ${text}: there is no year 0000`);
  if (month === "XX") {
    if (day !== "XX") throw new Invalid(`date ${text}: a known day in an unspecified month`);
    return { first: `${first}-01-01`, last: `${last}-12-31` };
  }
  if (first !== last) throw new Invalid(`date ${text}: a known month in an unspecified year`);
  if (month === WINTER || month in SEASONS) {
    if (found[3] !== undefined) throw new Invalid(`date ${text}: a season has no days`);
    return seasonBounds(+year, month);
  }
  if (+month < 1 || +month > 12) throw new Invalid(`date ${text}: there is no month ${month}`);
  const length = daysIn(+year, +month);
  if (day === "XX") return { first: `${year}-${month}-01`, last: `${year}-${month}-${length}` };
  if (+day < 1 || +day > length) throw new Invalid(`date ${text}: there is no day ${day}`);
  return { first: `${year}-${month}-${day}`, last: `${year}-${month}-${day}` };
}

const padded = (year) => String(year).padStart(4, "0");

function seasonBounds(year, season) {
  if (season === WINTER) {
    return {
      first: year === 1 ? "0001-01-01" : `${padded(year - 1)}-12-01`,
      last: year === 9999 ? "9999-12-31" : `${padded(year + 1)}-02-${daysIn(year + 1, 2)}`,
    };
  }
  const [start, end] = SEASONS[season];
  return { first: `${padded(year)}-${start}-01`, last: `${padded(year)}-${end}-${daysIn(year, +end)}` };
}

export const within = (one, period) => period.first <= one.first && one.last <= period.last;

// Whether a date lies in a period by the rule for dates that straddle an edge of it.
export function liesIn(one, period, rule) {
  if (rule === "equal") return one.first === period.first && one.last === period.last;
  if (rule === "earliest") return period.first <= one.first && one.first <= period.last;
  if (rule === "latest") return period.first <= one.last && one.last <= period.last;
  if (rule === "possible") return one.first <= period.last && period.first <= one.last;
  return within(one, period);
}

// Whether something stood at the end of a day: an end of null has not come, "unknown" lies anywhere.
export function held(began, ended, day, rule) {
  const start = parseDates(began), strict = rule === "whole-interval";
  if ((strict || rule === "latest" ? start.last : start.first) > day) return false;
  if (ended === null) return true;
  const end = ended === "unknown"
    ? { first: "0001-01-01", last: "9999-12-31" } : parseDates(ended);
  return (strict || rule === "earliest" ? end.first : end.last) > day;
}

// The one spelling of a period among all that have its bounds.
export function canonicalPeriod(text) {
  const { first, last } = parsePeriod(text);
  const opens = first === "0001-01-01", closes = last === "9999-12-31";
  if (opens && closes) return "0001/9999";
  const month = last.slice(0, 8) + daysIn(+last.slice(0, 4), +last.slice(5, 7));
  let length = 10;
  if ((opens || first.endsWith("-01")) && (closes || last === month)) {
    length = 7;
    if ((opens || first.endsWith("-01-01")) && (closes || last.endsWith("-12-31"))) length = 4;
  }
  const start = opens ? ".." : first.slice(0, length), end = closes ? ".." : last.slice(0, length);
  return start === end ? start : `${start}/${end}`;
}

// YYYY-MM when the whole of a date lies in one month, or by the rule for those that do not.
export function monthOf(date, rule) {
  const { first, last } = parseDates(date);
  if (rule === "earliest") return first.slice(0, 7);
  if (rule === "latest") return last.slice(0, 7);
  return first.slice(0, 7) === last.slice(0, 7) ? first.slice(0, 7) : "unknown";
}
