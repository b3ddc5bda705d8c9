// The receipt of a figure: what a bundle has about it, as one text file (docs/formats/receipt.md).

import {
  Invalid, Unverified, ascii, base64, beginsWith, encode, fromBase64, joined, sha256,
} from "./bytes.js";
import { readAlone, rulesOf } from "./alone.js";
import { written } from "./canonical.js";
import { rowDefinition, sentence } from "./definition.js";
import { readFigure } from "./figures.js";
import { checkChain } from "./keychain.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { parseNote, verified } from "./note.js";
import { checkPolicy } from "./policy.js";
import { Checks, SOUND, unusable, verdict } from "./verdict.js";

const RECEIPT = "sijill/receipt/v1";
const MAX_RECEIPT = 256 << 10, MAX_FILES = 400, MAX_HASHES = 63;
const CHECKPOINT = "checkpoint", CONSISTENCY = "consistency";
const ORDER = [CHECKPOINT, CONSISTENCY, "authority", "report", "definitions", "figures"];
const HEAD = /^([A-Za-z0-9._,+/-]{1,240}) (0|[1-9][0-9]{0,6})$/;
const FILE = new RegExp([
  "^(?:checkpoint|consistency|(?:authority|report)/[0-9]{10}\\.(?:entry|tlog-proof)",
  "definitions/[^/]+(?:/[^/]+)?\\.json|figures/[^/]+(?:/[^/]+)?\\.note|figures/[^/]+/[^/]+\\.proof)$",
].join("|"));

export const isReceipt = (raw) => beginsWith(raw, encode(`${RECEIPT}\n`));

function text(raw) {
  if (raw.some((byte) => byte > 0x7f)) throw new Invalid("receipt: a line is not ASCII");
  return ascii(raw);
}

const isBefore = (one, other) => {
  const [left, right] = [one, other].map((name) => ORDER.indexOf(name.split("/")[0]));
  return left < right || (left === right && one < other);
};

function parseReceipt(raw) {
  if (raw.length > MAX_RECEIPT) throw new Invalid(`receipt: ${raw.length} bytes are too many`);
  const first = raw.indexOf(10), second = raw.indexOf(10, first + 1);
  const end = second < 0 ? raw.length : second;
  const identity = text(raw.subarray(first + 1, end)), files = new Map();
  let last = null;
  for (let at = end + 1; at < raw.length;) {
    const line = raw.subarray(at, at + 300).indexOf(10);
    const head = line < 0 ? null : HEAD.exec(ascii(raw.subarray(at, at + line)));
    if (!head) throw new Invalid(`receipt: no line '<file> <bytes>' at byte ${at}`);
    const [, name, length] = head, start = at + line + 1;
    at = start + Number(length) + 1;
    if (files.size === MAX_FILES || !FILE.test(name) || (last !== null && !isBefore(last, name))) {
      throw new Invalid(`receipt: ${name} is no file of a receipt, there twice or out of order`);
    }
    if (raw[at - 1] !== 10) throw new Invalid(`receipt: ${name} is cut short, or too long`);
    files.set(name, raw.subarray(start, at - 1));
    last = name;
  }
  const checkpoint = files.get(CHECKPOINT) ?? new Uint8Array();
  for (const [name, content] of files) {
    if (name === CONSISTENCY || name.endsWith(".tlog-proof")) {
      files.set(name, joined(content, checkpoint));
    }
  }
  return { identity, files };
}

export function verifyReceipt(raw, trust, policy) {
  const checks = new Checks();
  let receipt;
  try {
    receipt = parseReceipt(raw);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return unusable(error.message, "the file is a receipt");
  }
  const { files } = receipt;
  checks.holds("the receipt has its one form", `${files.size} parts, ${raw.length} bytes`);
  const name = (receipt.identity.split("/figures/").slice(1).join("/figures/")).split("/")[0];
  const chain = checkChain(files, trust, checks, Checks, name, true);
  checkPolicy(files.get(CHECKPOINT) ?? new Uint8Array(), policy, checks);
  const shown = new Cut(receipt, chain, checks).check();
  const holds = checks.made.every((one) => SOUND.includes(one.outcome));
  return verdict(checks, {
    kind: "receipt",
    report: chain.report ? `${chain.origin}/reports/${chain.name}` : "",
    title: chain.report?.title ?? { en: "", ar: "" },
    figures: [{ ...shown, holds }],
    status: chain.status,
  });
}

class Cut {
  constructor({ identity, files }, chain, checks) {
    Object.assign(this, { identity, files, chain, checks, seen: new Set() });
    this.words = { en: "", ar: "" };
    const rest = after(after(identity, "/figures/"), "/"), slash = rest.indexOf("/");
    this.name = slash < 0 ? rest : rest.slice(0, slash);
    this.row = slash < 0 ? "" : rest.slice(slash + 1);
    this.rowFile = this.row.replaceAll("/", "_");
  }

  check() {
    const { name, row } = this;
    let note = this.note("the figure's note", `figures/${name}.note`, null);
    const definition = this.definition("the definition", `definitions/${name}.json`, note);
    const stated = note && this.stated(note);
    if (row) {
      this.words = { en: "", ar: "" };
      note = this.rowOf(definition, stated);
    }
    for (const file of this.files.keys()) {
      if (/^(?:definitions|figures)\//.test(file) && !this.seen.has(file)) {
        this.fails("the receipt is of one figure", "is not of it", file);
      }
    }
    return {
      name: row ? `${name}/${row}` : name,
      value: note ? Number(note.value) : -1,
      sentence: this.words,
    };
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

  content(file) {
    this.seen.add(file);
    if (!this.files.has(file)) throw new Invalid("it is missing");
    return this.files.get(file);
  }

  note(what, file, row) {
    const { origin, name, publisher, report } = this.chain;
    try {
      const raw = this.content(file);
      if (!publisher || !report) {
        const place = { file, figure: this.name };
        this.checks.skips(what, "nobody knows whose signature counts", place);
        return null;
      }
      const signed = parseNote(raw);
      verified(signed, [publisher]);
      const note = readFigure(signed.text), frozen = report.ledger;
      const identity = `${origin}/figures/${name}/${this.name}${row ? `/${row.join(",")}` : ""}`;
      if (note.identity !== identity || note.ledgerRoot !== frozen.root ||
          note.ledgerSize !== BigInt(frozen.size)) {
        throw new Invalid(`it is the note of ${note.identity} at ${note.ledgerSize} entries`);
      }
      if ((row !== null || !this.row) && note.identity !== this.identity) {
        throw new Invalid(`the receipt is of ${this.identity}`);
      }
      this.holds(what, `${note.identity}: ${note.value}`, file, {
        key: publisher.shown, as_of: `${note.ledgerSize} entries`,
      });
      return note;
    } catch (error) {
      this.fails(what, error, file);
      return null;
    }
  }

  definition(what, file, note) {
    try {
      const raw = this.content(file);
      if (note && base64(sha256(raw)) !== note.definition) {
        throw new Unverified("the note names another definition");
      }
      const definition = readAlone(raw), rules = rulesOf(definition);
      this.words = {
        en: sentence(definition, rules, "en"), ar: sentence(definition, rules, "ar"),
      };
      this.holds(what, this.words.en, file);
      return definition;
    } catch (error) {
      this.fails(what, error, file);
      return null;
    }
  }

  stated(note) {
    const what = "the report's entry states this figure", file = this.chain.reportFile;
    const stated = this.chain.report?.figures.find((one) => one.name === this.name) ?? null;
    if (stated === null) {
      this.fails(what, "it does not name it", file);
    } else if (note.value === BigInt(stated.value) && note.root === stated.root &&
        note.definition === stated.definition) {
      this.holds(what, `value ${stated.value}`, file);
    } else {
      this.fails(what, `it states ${stated.value}, the note ${note.value}`, "");
    }
    return stated;
  }

  rowOf(whole, stated) {
    const what = "the row is one of the figure's", place = `${this.name}/${this.rowFile}`;
    const definitionFile = `definitions/${place}.json`, proofFile = `figures/${place}.proof`;
    let row;
    try {
      row = valuesOf(whole, readAlone(this.content(definitionFile)));
    } catch (error) {
      this.fails(what, error, definitionFile);
      return null;
    }
    const note = this.note("the row's note", `figures/${place}.note`, row);
    this.definition("the row's definition", definitionFile, note);
    try {
      const { index, size, hashes } = parseRowProof(this.content(proofFile));
      if ((stated?.rows ?? null) === null) {
        throw new Unverified("the report's entry states no rows for this figure");
      }
      if (!note) throw new Unverified("its note does not hold");
      const root = fromBase64(stated.rows, "the rows");
      verifyInclusion(index, size, leafHash(encode(note.text)), hashes, root);
      this.holds(what, `row ${index + 1n} of ${size}`, proofFile);
    } catch (error) {
      this.fails(what, error, proofFile);
    }
    return note;
  }
}

// What follows the first `border`; empty when there is none.
function after(whole, border) {
  const at = whole.indexOf(border);
  return at < 0 ? "" : whole.slice(at + border.length);
}

// The values of a row, by the figure's grouping.
function valuesOf(whole, narrowed) {
  if (!whole || whole.by.length === 0) throw new Unverified("the figure has no rows");
  const row = whole.by.map((facet) => narrowed.where[facet]?.[0]);
  if (row.includes(undefined) || rowDefinition(whole, row) !== written(narrowed)) {
    throw new Unverified("it is not the figure's definition narrowed to a row");
  }
  return row;
}

function parseRowProof(raw) {
  const [head, ...lines] = text(raw).split("\n");
  const found = /^row (0|[1-9][0-9]{0,15}) of ([1-9][0-9]{0,15})$/.exec(head);
  if (!found || lines.pop() !== "" || lines.length > MAX_HASHES) {
    throw new Invalid("row proof: must be 'row <index> of <rows>' and its hashes");
  }
  const hashes = lines.map((line) => {
    const hash = fromBase64(line, "row proof: a hash");
    if (hash.length !== 32) throw new Invalid("row proof: a hash has not 32 bytes");
    return hash;
  });
  return { index: BigInt(found[1]), size: BigInt(found[2]), hashes };
}
