// What happens to reports: frozen, published by a second person, corrected by another report, attested
// by auditors. Each event is read strictly and judged against what its stream, and those it names, were before it.

import { Invalid } from "./bytes.js";
import { parseDates } from "./dates.js";
import { SLUG } from "./event.js";
import { hash, list, matching, nullable, object, oneOf, text, whole } from "./fields.js";

const MOST_BREAKS = 200;
const slug = matching(new RegExp(`^${SLUG}$`), "lower-case letters, digits and inner hyphens");
const paragraphs = list(text(4000), 1, 40);
const changes = list(
  object({ figure: slug, from: nullable(whole(0)), to: nullable(whole(0)) }), 0, 400,
);

const correction = (name) => object({
  [name]: slug,
  changes,
  events: list(whole(0), 0, 1000),
  reason_code: oneOf("late-documentation", "revision", "retraction", "error-in-report"),
  reason: text(2000),
});

const ledger = object({ size: whole(1), root: hash });
const figures = list(
  object({ name: slug, value: whole(0), root: hash, definition: hash, rows: nullable(hash) }), 1, 200,
);

const required = {
  title: object({ en: text(300), ar: text(300) }),
  period: nullable((value, where) => {
    if (typeof value !== "string") throw new Invalid(`${where}: must be a date`);
    parseDates(value);
  }),
  ledger,
  rules: whole(1),
  figures,
};
const optional = {
  narrative: object({ en: paragraphs, ar: paragraphs }),
  massacres: slug,
  crossfoot: list(object({
    rule: slug,
    compared: whole(0),
    breaks: list(
      object({ sentence: text(1000), left: whole(0), right: whole(0) }), 0, MOST_BREAKS,
    ),
    waiver: nullable(text(2000)),
  }), 0, 100),
  corrects: correction("report"),
  stated: list(text(300), 1, 100),
};

// The members that a body has of the optional ones are read, and no others are known.
function readFrozen(body, where, rules) {
  const there = Object.keys(optional).filter((name) => Object.keys(body).includes(name));
  const readers = Object.fromEntries(there.map((name) => [name, optional[name]]));
  return object({ ...required, ...readers })(body, where, rules);
}

const BODIES = {
  ReportFrozen: readFrozen,
  ReportPublished: object({ figures: whole(1) }),
  ReportCorrected: correction("by"),
  AuditAttested: object({
    ledger,
    frozen: ledger,
    entries: whole(1),
    signatures: whole(1),
    figures,
    outcome: oneOf("sound"),
  }),
};

export const isReportEvent = (type) => Object.keys(BODIES).includes(type);
export const roleFor = (type) => (type === "AuditAttested" ? "auditor" : "publisher");

// The report after one more event, or Invalid. `said`: the event's signer and index, how many entries
// were before it, a report's state by its name, and whose key a signer is.
export function advanceReport(report, event, said) {
  const body = BODIES[event.type](event.body, "body", null);
  return FOLDS[event.type](report, body, { ...said, name: event.stream.split("/")[1] });
}

function freeze(_, body, said) {
  const names = body.figures.map((one) => one.name);
  if (new Set(names).size !== names.length) throw new Invalid("a report names each figure once");
  if (body.massacres !== undefined && !names.includes(body.massacres)) {
    throw new Invalid("the list of massacres is that of a figure");
  }
  checkFooted(body.crossfoot ?? []);
  if (body.corrects !== undefined) checkCorrection(body, body.corrects, said);
  return {
    frozen: body,
    standing: "frozen",
    index: said.size,
    publisher: said.signer,
    published: [],
    corrected: [],
    attested: [],
    newer: null,
  };
}

function checkFooted(crossfoot) {
  for (const [place, { rule, compared, breaks, waiver }] of crossfoot.entries()) {
    if (place > 0 && crossfoot[place - 1].rule >= rule) throw new Invalid("rules ascend, each once");
    if (breaks.length > compared) throw new Invalid(`${rule}: more breaks than comparisons`);
    if (breaks.length > 0 && waiver === null) throw new Invalid(`${rule} does not hold`);
    if (breaks.length === 0 && waiver !== null) throw new Invalid(`${rule} holds: nothing to waive`);
  }
}

// [{ figure, from, to }]: figures whose value, members or definition differ, ascending by name.
function changedFigures(was, now) {
  const before = new Map(was.figures.map((one) => [one.name, one]));
  const after = new Map(now.figures.map((one) => [one.name, one]));
  const content = (one) => one && [one.value, one.root, one.definition].join();
  return [...new Set([...before.keys(), ...after.keys()])].sort()
    .filter((name) => content(before.get(name)) !== content(after.get(name)))
    .map((name) => ({
      figure: name, from: before.get(name)?.value ?? null, to: after.get(name)?.value ?? null,
    }));
}

const sameChanges = (some, others) =>
  some.length === others.length && some.every((one, place) =>
    ["figure", "from", "to"].every((name) => one[name] === others[place][name]));

function checkCorrection(body, stated, { find, size }) {
  const before = find(stated.report);
  if (!before) throw new Invalid(`${stated.report} is no report here`);
  if (before.standing !== "published") throw new Invalid(`${stated.report} is ${before.standing}`);
  const changed = changedFigures(before.frozen, body);
  if (changed.length === 0) throw new Invalid("every figure is what it was");
  if (!sameChanges(stated.changes, changed)) throw new Invalid("other figures differ");
  const { events } = stated;
  if (!events.every((index, place) => place === 0 || events[place - 1] < index)) {
    throw new Invalid("indexes ascend, each once");
  }
  if (events.some((index) => index >= size)) throw new Invalid("an entry that does not exist");
  const first = before.frozen.ledger.size, end = body.ledger.size;
  if (!events.every((index) => first <= index && index < end)) {
    throw new Invalid("an entry that is not between the two states");
  }
  const counted = new Map(before.frozen.figures.map((one) => [one.name, one.definition]));
  const moved = changed.some(({ figure }) => body.figures.some(
    (one) => one.name === figure && counted.get(figure) === one.definition,
  ));
  if (moved && events.length === 0) throw new Invalid("the entries that moved it are not named");
}

function publish(report, body, said) {
  if (report.standing === "superseded") throw new Invalid("this report was superseded");
  if (body.figures !== report.frozen.figures.length) throw new Invalid("not so many figures");
  const before = [report.publisher, ...report.published, ...report.attested.map((one) => one.signer)];
  for (const earlier of before) another(said, earlier);
  const { corrects } = report.frozen;
  if (corrects) {
    const old = said.find(corrects.report);
    const own = old?.standing === "superseded" && old.newer === said.name;
    if (old?.standing !== "published" && !own) throw new Invalid("it was corrected by another");
  }
  return { ...report, standing: "published", published: [...report.published, said.signer] };
}

// Two persons: neither the same key, nor another key of the same holder.
function another({ signer, holder }, earlier) {
  if (signer === earlier || holder(signer) === holder(earlier)) {
    throw new Invalid(`${holder(signer)} did the first part: it takes another person`);
  }
}

function correct(report, body, said) {
  const again = report.standing === "superseded" && report.newer === body.by;
  if (report.standing !== "published" && !again) throw new Invalid("it is not to be corrected");
  for (const earlier of report.corrected) another(said, earlier);
  const newer = said.find(body.by), stated = newer?.frozen.corrects;
  if (stated?.report !== said.name) throw new Invalid(`${body.by} is no correction of it`);
  if (newer.standing !== "published") throw new Invalid(`${body.by} is not published yet`);
  const same = sameChanges(stated.changes, body.changes) &&
    stated.events.join() === body.events.join() &&
    stated.reason === body.reason && stated.reason_code === body.reason_code;
  if (!same) throw new Invalid(`${body.by} states the correction otherwise`);
  another(said, newer.publisher);
  const corrected = [...report.corrected, said.signer];
  return { ...report, standing: "superseded", newer: body.by, corrected };
}

const sameState = (one, other) => one.size === other.size && one.root === other.root;

// Whether two lists of figures are of the same figures, in the same order.
const sameFigures = (some, others) =>
  some.length === others.length && some.every((one, place) =>
    ["name", "value", "root", "definition", "rows"].every((of) => one[of] === others[place][of]));

// Whether an attestation is about this report, as it was frozen.
export const isAbout = (attested, frozen) =>
  sameState(attested.frozen, frozen.ledger) && sameFigures(attested.figures, frozen.figures);

function attest(report, body, said) {
  const { size } = body.ledger;
  if (!isAbout(body, report.frozen)) throw new Invalid("it is about other figures than the report's");
  if (size <= report.index) throw new Invalid("the audited state does not hold the report");
  if (body.entries !== size || body.signatures < size) throw new Invalid("not every entry was checked");
  for (const earlier of [report.publisher, ...report.published]) another(said, earlier);
  for (const one of report.attested) if (sameState(one.ledger, body.ledger)) another(said, one.signer);
  const attested = [...report.attested, { signer: said.signer, ledger: body.ledger }];
  return { ...report, attested };
}

const FOLDS = {
  ReportFrozen: freeze,
  ReportPublished: publish,
  ReportCorrected: correct,
  AuditAttested: attest,
};
