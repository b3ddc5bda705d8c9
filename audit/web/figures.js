// The figures of a bundle: each number is the number of its lines, each line belongs, the rows are a
// partition, and all of it is what the report's entry states (docs/formats/figure.md).

import {
  Invalid, Unverified, ascii, base64, compareText, encode, fromBase64, sha256,
} from "./bytes.js";
import { isObject, parseLine } from "./canonical.js";
import { HIDDEN, isHiddenLine, misfit, readHidden } from "./cells.js";
import { held, liesIn, monthOf, parseDates, parsePeriod } from "./dates.js";
import {
  REVIEWS, countsIncidents, facetsOf, passes, readDefinition, rowDefinition, sentence, sums,
  sumsEstimates,
} from "./definition.js";
import { UUID4 } from "./event.js";
import { treeRoot } from "./merkle.js";
import { parseCheckpoint, parseNote, verified } from "./note.js";

const OF_FIGURE = [
  /^definitions\/([^/]+)\.json$/, /^members\/([^/]+)\.jsonl$/,
  /^figures\/([^/]+)\.note$/, /^figures\/([^/]+)\/[^/]+\.note$/,
];
const CLAIM = new RegExp(`^claim/${UUID4}$`);
const ESTIMATE = new RegExp(`^estimate/${UUID4}$`);
const INCIDENT = new RegExp(`^incident/${UUID4}$`);
const NEEDED = ["facets", "id", "index"], DATES = ["began", "date", "ended"];
const QUALIFIER = /^[a-z-]{1,40}$/;
const ALLOWED = [...NEEDED, ...DATES, "claims", "addend", "qualifier"];
const DEFINITION = /^definition ([A-Za-z0-9+/]{43}=)$/;
const LEDGER = /^ledger ([1-9][0-9]{0,15}) ([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/;

// The figure that a file of a bundle belongs to, or null.
export function figureOfFile(name) {
  for (const pattern of OF_FIGURE) {
    const found = pattern.exec(name);
    if (found) return found[1];
  }
  return null;
}

export function checkFigures(files, chain, checks) {
  const stated = new Map((chain.report?.figures ?? []).map((one) => [one.name, one]));
  const there = new Map();
  for (const [file, raw] of files) {
    const name = figureOfFile(file);
    if (name === null) continue;
    if (!there.has(name)) there.set(name, new Map());
    there.get(name).set(file, raw);
  }
  const names = [...new Set([...stated.keys(), ...there.keys()])].sort();
  return names.map((name) =>
    new Figure(name, there.get(name) ?? new Map(), chain, checks).check(stated.get(name) ?? null));
}

// A figure note's text; what would not be written so is Invalid.
export function readFigure(text) {
  const { origin: identity, size, root, extensions } = parseCheckpoint(text);
  const definition = DEFINITION.exec(extensions[0] ?? "");
  const ledger = LEDGER.exec(extensions[1] ?? "");
  if (![2, 3].includes(extensions.length) || !definition || !ledger) {
    throw new Invalid("figure: must have five lines: identity, value, root, definition, ledger");
  }
  const summed = extensions.length === 3 ? readSum(extensions[2]) : null;
  fromBase64(definition[1], "figure: the definition");
  return {
    text, identity, size, value: summed?.value ?? size, sum: summed?.line ?? null, root: base64(root), definition: definition[1],
    ledgerSize: BigInt(ledger[1]), ledgerRoot: ledger[2],
  };
}

const rowFile = (figure, row) => `figures/${figure}/${row.join(",").replaceAll("/", "_")}.note`;

const SUM = /^sum (0|[1-9][0-9]{0,15}) (none|[a-z-]{1,40}(?:,[a-z-]{1,40}){0,19})$/;

function readSum(line) {
  const found = SUM.exec(line), qualifiers = found?.[2].split(",") ?? [];
  if (!found || !qualifiers.every((one, place) => place === 0 || qualifiers[place - 1] < one)) {
    throw new Invalid("figure: the sixth line must be 'sum <number> <qualifiers, ascending>'");
  }
  return { line, value: BigInt(found[1]) };
}

// The line of a sum, from its members.
function sumOf(members) {
  const sum = members.reduce((whole, one) => whole + BigInt(one.addend), 0n);
  const qualifiers = [...new Set(members.map((one) => one.qualifier))].sort();
  return `sum ${sum} ${qualifiers.join(",") || "none"}`;
}

class Figure {
  constructor(name, files, chain, checks) {
    Object.assign(this, { name, files, chain, checks });
    this.noteFile = `figures/${name}.note`;
    this.definitionFile = `definitions/${name}.json`;
    this.membersFile = `members/${name}.jsonl`;
    this.seen = new Set([this.noteFile, this.definitionFile, this.membersFile]);
  }

  holds(what, detail, file, more = {}) {
    this.checks.holds(what, detail, { file, figure: this.name, ...more });
  }

  fails(what, error, file) {
    if (error instanceof Error && !(error instanceof Invalid || error instanceof Unverified)) {
      throw error;
    }
    this.checks.fails(what, error.message ?? error, { file, figure: this.name });
  }

  check(stated) {
    const note = this.note(this.noteFile, null);
    const definition = this.definition();
    const members = this.members(definition);
    if (note && members) {
      this.agrees(note, members, definition ? sums(definition) : note.sum !== null);
    }
    const rows = definition && members ? this.rows(definition, members) : null;
    this.states(stated, note, rows);
    const words = (language) => definition ? sentence(definition, this.chain.rules, language) : "";
    return {
      name: this.name,
      value: note ? Number(note.value) : stated ? stated.value : -1,
      sentence: { en: words("en"), ar: words("ar") },
      holds: false,
    };
  }

  note(file, row) {
    const what = row === null ? "the figure's note" : `the note of row ${row.join(",")}`;
    const { origin, name, publisher, report } = this.chain;
    this.seen.add(file);
    let figure;
    try {
      if (!this.files.has(file)) throw new Invalid("the file is missing");
      const note = parseNote(this.files.get(file));
      if (publisher) verified(note, [publisher]);
      figure = readFigure(note.text);
      const identity = `${origin}/figures/${name}/${this.name}${row ? `/${row.join(",")}` : ""}`;
      const frozen = report?.ledger;
      if (frozen && (figure.identity !== identity || figure.ledgerRoot !== frozen.root ||
          figure.ledgerSize !== BigInt(frozen.size))) {
        throw new Invalid(`it is the note of ${figure.identity} at ${figure.ledgerSize} entries`);
      }
    } catch (error) {
      this.fails(what, error, file);
      return null;
    }
    if (!publisher) {
      const place = { file, figure: this.name };
      this.checks.skips(what, "nobody knows whose signature counts", place);
    } else if (row === null) {
      this.holds(what, `value ${figure.value}`, file, { key: publisher.shown });
    }
    return figure;
  }

  definition() {
    const what = "the definition", file = this.definitionFile, { rules } = this.chain;
    if (this.files.has(file) && !rules) {
      this.checks.skips(what, "the rules are not known", { file, figure: this.name });
      return null;
    }
    try {
      if (!this.files.has(file)) throw new Invalid("the file is missing");
      const definition = readDefinition(parseLine(this.files.get(file)), rules);
      this.holds(what, sentence(definition, rules, "en"), file);
      return definition;
    } catch (error) {
      this.fails(what, error, file);
      return null;
    }
  }

  members(definition) {
    const what = "the member lines", file = this.membersFile;
    try {
      if (!this.files.has(file)) throw new Invalid("the file is missing");
      const members = readLines(this.files.get(file));
      if (definition) {
        const allowed = prepared(definition), shown = members.filter((one) => !one.hidden);
        for (const member of shown) checkMember(member, definition, allowed, this.chain);
        if (shown.length < members.length && definition.by.length === 0) {
          throw new Invalid("a line is hidden, and the figure has no rows");
        }
      }
      this.holds(what, `${members.length} lines, each counted once and within the filters`, file);
      return members;
    } catch (error) {
      this.fails(what, error, file);
      return null;
    }
  }

  agrees(note, members, summed) {
    const definition = this.files.get(this.definitionFile) ?? new Uint8Array();
    const wrong = difference(note, members, definition, summed);
    if (wrong === null) {
      const said = note.sum === null ? "" : ` and add up to ${note.value}`;
      this.holds("value and root", `${note.size} lines hash to the root${said}`, this.noteFile);
    } else {
      this.fails("value and root", wrong, this.noteFile);
    }
  }

  // Check the rows against the members; the base64 root over the texts of their notes, or null.
  rows(definition, members) {
    const what = "the rows are a partition of the total", texts = [], shown = [];
    let sound = true;
    const lines = members.filter((one) => !one.hidden);
    const rows = definition.by.length > 0 ? grouped(definition.by, lines) : [];
    for (const { row, of } of rows) {
      const file = rowFile(this.name, row), note = this.note(file, row);
      shown.push(of.length);
      if (!note) {
        sound = false;
        continue;
      }
      texts.push({ row, text: note.text });
      const wrong = difference(note, of, encode(rowDefinition(definition, row)), sums(definition));
      if (wrong !== null) {
        sound = false;
        this.fails(`row ${row.join(",")}`, wrong, file);
      }
    }
    const hidden = this.hiddenRows(definition);
    for (const file of this.files.keys()) {
      if (this.seen.has(file)) continue;
      sound = false;
      this.fails(what, "no member of the figure is in this row", file);
    }
    if (definition.by.length === 0) return null;
    const wrong = misfit(hidden, shown, members.length - lines.length);
    if (wrong !== null) {
      sound = false;
      this.fails(what, wrong, this.membersFile);
    }
    texts.push(...hidden);
    const said = hidden.length > 0 ? `, of them ${hidden.length} hidden` : "";
    if (sound) {
      this.holds(what, `${texts.length} rows${said}, ${members.length} members`, this.membersFile);
    }
    return base64(treeRoot(texts.sort(byRow).map((one) => encode(one.text))));
  }

  // The notes of hidden rows: what no line of the figure tells.
  hiddenRows(definition) {
    const { origin, name, publisher, report } = this.chain, found = [];
    for (const [file, raw] of this.files) {
      if (this.seen.has(file)) continue;
      try {
        const note = parseNote(raw);
        if (!HIDDEN.test(note.text)) continue;
        this.seen.add(file);
        if (publisher) verified(note, [publisher]);
        const hidden = readHidden(note.text);
        const beginning = `${origin}/figures/${name}/${this.name}/`;
        const row = (hidden.identity.startsWith(beginning)
          ? hidden.identity.slice(beginning.length) : hidden.identity).split(",");
        const at = report?.ledger;
        if (hidden.identity !== beginning + row.join(",") ||
            (at && (hidden.size !== BigInt(at.size) || hidden.root !== at.root))) {
          throw new Invalid(`it is the note of ${hidden.identity} at ${hidden.size} entries`);
        }
        if (row.length !== definition.by.length || file !== rowFile(this.name, row)) {
          throw new Invalid(`it is of another row, ${row.join(",")}`);
        }
        if (base64(sha256(encode(rowDefinition(definition, row)))) !== hidden.definition) {
          throw new Invalid("it names another definition than the row's");
        }
        found.push({ row, ...hidden });
      } catch (error) {
        this.fails("the note of a hidden row", error, file);
      }
    }
    return found;
  }

  states(stated, note, rows) {
    const what = "the report's entry states this figure", file = this.chain.reportFile;
    if (!stated) {
      if (this.chain.report) this.fails(what, "it does not name it", file);
    } else if (note) {
      const agrees = note.value === BigInt(stated.value) && note.root === stated.root &&
        note.definition === stated.definition && rows === stated.rows;
      if (agrees) this.holds(what, `value ${stated.value}`, file);
      else this.fails(what, `it states ${stated.value}, the bundle makes ${note.value}`, "");
    }
  }
}

// How a note differs from what its members and definition make, or null.
function difference(note, members, definition, summed) {
  if (note.size !== BigInt(members.length)) {
    return `the note says ${note.size}, its lines are ${members.length}`;
  }
  const sum = summed ? sumOf(members.filter((one) => (one.addend ?? null) !== null)) : null;
  if (note.sum !== sum) return `the note says ${note.sum}, its addends make ${sum}`;
  if (note.root !== base64(treeRoot(members.map((one) => one.line)))) {
    return "the lines do not hash to the note's root";
  }
  return note.definition === base64(sha256(definition)) ? null : "the note names another definition";
}

// The lines that say who is counted; those of hidden rows say nothing.
export const readMembers = (raw) => readLines(raw).filter((one) => !one.hidden);

function readLines(raw) {
  if (raw.length > 0 && raw.at(-1) !== 10) throw new Invalid("the last line has no newline");
  const members = [];
  let last = "";
  for (let at = 0; at < raw.length;) {
    const end = raw.indexOf(10, at);
    const where = `line ${members.length + 1}`;
    const line = raw.subarray(at, end), hidden = isHiddenLine(line);
    const member = hidden ? { line, hidden, id: ascii(line) } : readMember(line, where);
    if (members.at(-1)?.hidden && !hidden) throw new Invalid(`${where}: stands after hidden lines`);
    if (members.at(-1)?.hidden !== hidden && hidden) last = "";
    if (compareText(member.id, last) <= 0) throw new Invalid(`${where}: does not ascend`);
    last = member.id;
    members.push(member);
    at = end + 1;
  }
  return members;
}

function readMember(line, where) {
  const wrong = (what) => new Invalid(`${where}: ${what}`);
  const value = parseLine(line), names = Object.keys(value);
  const all = NEEDED.every((name) => names.includes(name));
  if (!all || !names.every((name) => ALLOWED.includes(name))) {
    throw wrong("must have facets, id and index, and at most began, claims, date and ended");
  }
  const { facets, id, index, began = null, claims = [], date = null, ended = null } = value;
  if (typeof id !== "string" || !Number.isInteger(index) || index < 0) throw wrong("no id or index");
  if (!isObject(facets) || !Object.values(facets).every((one) => typeof one === "string")) {
    throw wrong("facets are words");
  }
  if (!DATES.every((name) => !names.includes(name) || typeof value[name] === "string")) {
    throw wrong("began, date and ended are EDTF texts");
  }
  const sound = Array.isArray(claims) && names.includes("claims") === claims.length > 0 &&
    claims.every((one, place) => typeof one === "string" && CLAIM.test(one) &&
      (place === 0 || claims[place - 1] < one));
  if (!sound) throw wrong("claims are claim/<uuid>, ascending, each once");
  const { addend = null, qualifier = null } = value;
  const stated = Number.isInteger(addend) && addend >= 0 && typeof qualifier === "string" &&
    QUALIFIER.test(qualifier);
  if ((names.includes("addend") || names.includes("qualifier")) && !stated) {
    throw wrong("addend is a number from 0, and has a qualifier");
  }
  return { line, id, index, facets, began, claims, date, ended, addend, qualifier };
}

// What every member is held against, worked out once.
function prepared(definition) {
  const filters = Object.entries(definition.where).map(([facet, values]) => [facet, new Set(values)]);
  const period = definition.period === null ? null : parsePeriod(definition.period);
  return { facets: facetsOf(definition).join(), filters, period };
}

function checkMember(member, definition, { facets, filters, period }, { report, rules }) {
  const wrong = (what) => new Invalid(`${member.id}: ${what}`), { measure, on, straddling } = definition;
  const named = sumsEstimates(definition) ? ESTIMATE : countsIncidents(definition) ? INCIDENT : CLAIM;
  if (!named.test(member.id)) {
    throw wrong(`is not what a figure of ${measure} counts`);
  }
  if (report && member.index >= report.ledger.size) throw wrong("was shaped after the frozen state");
  if (sums(definition) !== (member.addend !== null)) throw wrong("an addend is said in a sum only");
  if (Object.keys(member.facets).sort().join() !== facets) throw wrong(`must say ${facets}`);
  for (const [facet, values] of filters) {
    if (facet in member.facets && !passes(definition, facet, member.facets[facet], values)) {
      throw wrong(`${facet} is ${member.facets[facet]}, outside the filter`);
    }
  }
  const { review = REVIEWS.at(-1) } = member.facets;
  if (!REVIEWS.slice(REVIEWS.indexOf(definition.review)).includes(review)) {
    throw wrong(`review is ${review}, below ${definition.review}`);
  }
  if (measure === "massacres") {
    if (DATES.some((name) => member[name] !== null)) throw wrong("a massacre has no date of its own");
    if (member.claims.length < rules.threshold) throw wrong("too few deaths for a massacre");
    return;
  }
  if (member.claims.length > 0) throw wrong("only a massacre names claims");
  if (on !== null) {
    if (member.date !== null || member.began === null) throw wrong("must say when it began");
    if (!held(member.began, member.ended, on, straddling)) throw wrong(`did not stand on ${on}`);
    return;
  }
  if (member.began !== null || member.ended !== null) throw wrong("only a stock began and ended");
  if ((period === null) !== (member.date === null)) throw wrong("a date is said with a period only");
  if (period === null) return;
  if (!liesIn(parseDates(member.date), period, straddling)) {
    throw wrong(`${member.date} is not in the period`);
  }
  const month = monthOf(member.date, straddling);
  if ((member.facets.month ?? month) !== month) throw wrong(`is not in ${member.facets.month}`);
}

// The members by their values of the grouping facets, ascending by values.
function grouped(by, members) {
  const rows = new Map();
  for (const member of members) {
    const row = by.map((facet) => member.facets[facet]), name = JSON.stringify(row);
    if (!rows.has(name)) rows.set(name, { row, of: [] });
    rows.get(name).of.push(member);
  }
  return [...rows.values()].sort(byRow);
}

// By the values of the grouping facets, one after another.
function byRow(one, other) {
  for (const place of one.row.keys()) {
    const order = compareText(one.row[place], other.row[place]);
    if (order !== 0) return order;
  }
  return 0;
}
