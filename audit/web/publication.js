// Who froze a report, who published it, what it corrects and what superseded it, from its entries.
// What only suspect keys signed counts for nothing.

import { enrolmentAt, isSuspect } from "./authority.js";
import { parseVkey } from "./note.js";
import { isAbout } from "./reports.js";

const FOOTING = "the cross-footing rules";
const NO_CHAIN = {
  report: null, name: "", origin: "", publisher: null, signers: [], rules: null, reportFile: "",
  status: "",
};

const when = ({ index, entry }) => `entry ${index}, received ${entry.received}`;
const nameOf = ({ entry }) => entry.event.stream.split("/")[1];
const signerOf = ({ entry }) => entry.note.signatures[0].shown;

export function describeChange({ figure, from, to }) {
  const [was, now] = [from, to].map((one) => (one === null ? "none" : String(one)));
  return `${figure} ${was} → ${now}${was === now ? " (revised within)" : ""}`;
}

const describe = (report, { changes, events, reason }) =>
  `${report}: ${changes.map(describeChange).join(", ")}; by entries ${events.join(", ")}; ${reason}`;

// The report of that name among the entries; without a name, the only one that is frozen.
export function publication({ authority, rules, reports }, name, checks, cut) {
  const what = "the report's entry is signed by a publisher";
  const frozen = reports.filter(({ entry }) => entry.event.type === "ReportFrozen")
    .filter((one) => name === "" || nameOf(one) === name);
  if (frozen.length !== 1 || authority === null) {
    checks.fails(what, `${frozen.length} sound entries that freeze it; there must be one`);
    return NO_CHAIN;
  }
  const [first] = frozen, { index, file, entry } = first, signer = signerOf(first);
  const key = authority.keys.get(signer), enrolled = enrolmentAt(key, index);
  checks.holds(what, `enrolled for ${enrolled.label} at entry ${enrolled.since}`, {
    file, key: signer, as_of: when(first),
  });
  if (isSuspect(key, index)) {
    const later = "revoked later: what it signed here is suspect";
    checks.fails("the publisher's key is not suspect", later, { file, key: signer });
  } else if (enrolled.revocation !== null) {
    const later = `revoked later, at entry ${enrolled.until} (${enrolled.revocation})`;
    checks.holds("the publisher's key was not yet revoked", later, { key: signer });
  }
  const own = reports.filter((one) => nameOf(one) === nameOf(first));
  const published = checkSeconds(own, authority, checks);
  const report = entry.event.body;
  checkAttested(own, report, authority, checks);
  checkFooting(report.crossfoot ?? [], file, checks);
  if (report.corrects) {
    checks.holds("what it corrects", describe(report.corrects.report, report.corrects), { file });
  }
  const superseded = isSuperseded(own, authority, checks);
  let countedBy = rules.filter((one) => one.index < report.ledger.size).at(-1)?.rules ?? null;
  if (!cut && countedBy?.version !== report.rules) {
    const message = `the report names version ${report.rules}; the bundle does not show it in force`;
    checks.fails("the rules that counted were in force", message, { file });
    countedBy = null;
  }
  return {
    report,
    name: nameOf(first),
    origin: authority.origin,
    publisher: parseVkey(key.vkey),
    signers: [signer, ...published].map((one) => parseVkey(authority.keys.get(one).vkey)),
    rules: countedBy,
    reportFile: file,
    status: superseded ? "superseded" : published.length > 0 ? "published" : "frozen",
  };
}

function checkSeconds(own, authority, checks) {
  const what = "a second person published it", found = [];
  for (const one of own.filter(({ entry }) => entry.event.type === "ReportPublished")) {
    const signer = signerOf(one), key = authority.keys.get(signer), { file } = one;
    if (isSuspect(key, one.index)) {
      const later = "revoked later, and suspect: that it was published does not count";
      checks.notes(what, later, { file, key: signer });
      continue;
    }
    found.push(signer);
    const enrolled = enrolmentAt(key, one.index);
    checks.holds(what, `enrolled for ${enrolled.label} at entry ${enrolled.since}`, {
      file, key: signer, as_of: when(one),
    });
  }
  if (found.length === 0) {
    checks.notes(what, "NOT PUBLISHED: frozen by one person, and by this checkpoint no more");
  }
  return found;
}

// By which auditors, without suspect ones; that they are auditors was judged at each index.
function checkAttested(own, report, authority, checks) {
  const what = "an auditor attested to it";
  for (const one of own.filter(({ entry }) => entry.event.type === "AuditAttested")) {
    const signer = signerOf(one), key = authority.keys.get(signer), { body } = one.entry.event;
    const place = { file: one.file, key: signer };
    if (isSuspect(key, one.index)) {
      checks.notes(what, "revoked later, and suspect: this attestation does not count", place);
    } else if (!isAbout(body, report)) {
      checks.fails(what, "it is about other figures than the report's", place);
    } else {
      const enrolled = enrolmentAt(key, one.index);
      const told = `enrolled for ${enrolled.label} at entry ${enrolled.since}: ${body.entries} ` +
        `entries and ${body.signatures} signatures checked, ${body.figures.length} figures ` +
        "recounted, sound; that rules were followed on this data, not that the data are true";
      checks.holds(what, told, { ...place, as_of: `${body.ledger.size} entries; ${when(one)}` });
    }
  }
}

// What the publisher's entry says of the rules that she ran: a verifier does not run them.
function checkFooting(ran, file, checks) {
  const held = ran.filter((one) => one.breaks.length === 0);
  if (held.length > 0) {
    const compared = held.reduce((sum, one) => sum + one.compared, 0);
    const told = `the publisher ran ${ran.length}: ${held.length} hold, over ${compared} comparisons`;
    checks.holds(FOOTING, told, { file });
  }
  for (const { rule, breaks, waiver } of ran.filter((one) => one.breaks.length > 0)) {
    const told = breaks.map((one) => one.sentence).join("; ");
    checks.notes(FOOTING, `${rule} is BROKEN and waived (${waiver}): ${told}`, { file });
  }
}

function isSuperseded(own, authority, checks) {
  const corrected = own.find((one) => one.entry.event.type === "ReportCorrected" &&
    !isSuspect(authority.keys.get(signerOf(one)), one.index));
  if (!corrected) return false;
  const { body } = corrected.entry.event;
  checks.notes("it is the newest version", `SUPERSEDED: ${describe(body.by, body)}`, {
    file: corrected.file, key: signerOf(corrected), as_of: when(corrected),
  });
  return true;
}
