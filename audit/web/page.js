// The page: a file and the keys that are trusted go in, a table and a verdict come out.

import { Invalid, fromBase64 } from "./bytes.js";
import { isProof, readTrust, verify } from "./verify.js";
import { WORDS, nameOfCheck } from "./words.js";

const LIMITS = {
  bundle: "bundle", keys: "keysOnly", proof: "proof", receipt: "receipt", member: "ofMember",
  disclosure: "disclosure",
  addend: "ofAddend",
};
const at = (id) => document.getElementById(id);
const CLASSES = { holds: "good", "take note": "note" };
const state = { language: "en", files: [], said: null };

const word = (name) => WORDS[state.language][name];
const linesOf = (id) => at(id).value.split("\n").map((line) => line.trim()).filter(Boolean);

function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

// What is written in Latin letters keeps its own direction in a page that runs from right to left.
const latin = (name, text) => element(name, text, { dir: "ltr", lang: "en" });

function speak(language) {
  state.language = language;
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  document.title = `sijill · ${word("title")}`;
  for (const one of document.querySelectorAll("[data-word]")) {
    one.textContent = word(one.dataset.word);
  }
  for (const one of document.querySelectorAll("button[lang]")) {
    one.setAttribute("aria-pressed", String(one.lang === language));
  }
  showFiles();
  show();
}

function showFiles() {
  const names = state.files.map((file) => file.name).join(", ");
  at("chosen").textContent = names === "" ? "" : `${word("chosen")} ${names}`;
}

function choose(files) {
  state.files = [...files];
  state.said = null;
  showFiles();
  show();
}

const bytesOf = async (file) => new Uint8Array(await file.arrayBuffer());

async function run() {
  const files = state.files;
  if (files.length === 0) return say({ problem: "noFile" });
  say({ problem: "busy" });
  // A frame is drawn before the work begins.
  await new Promise((done) => setTimeout(done, 30));
  const raws = await Promise.all(files.map(bytesOf));
  const first = raws.findIndex(isProof);
  if (raws.length > 2 || (raws.length === 2 && first < 0)) return say({ problem: "twoFiles" });
  const raw = raws[Math.max(first, 0)], beside = raws.length === 2 ? raws[1 - first] : null;
  const quorum = at("quorum").value === "" ? null : Number(at("quorum").value);
  let trust;
  try {
    trust = readTrust({
      trust: linesOf("trust"),
      witnesses: linesOf("witnesses"),
      quorum,
      max_age: at("age").value === "" ? null : Number(at("age").value) * 86400,
      now: Math.floor(Date.now() / 1000),
      figure: at("one").value.trim(),
      claim: at("claim").value.trim(),
    });
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return say({ problem: "badKeys", more: error.message });
  }
  return say({ verdict: verify(raw, trust, beside) });
}

function say(said) {
  state.said = said;
  show();
  if (said.problem !== "busy") at("verdict").focus();
}

function show() {
  const { said } = state, verdict = said?.verdict;
  at("verdict").className = !verdict ? "" : verdict.exit_code === 0 ? "good" : "bad";
  at("verdict").textContent = said?.problem ? `${word(said.problem)} ${said.more ?? ""}`.trim() : "";
  at("result").hidden = !verdict;
  if (!verdict) return;
  const { exit_code: code } = verdict;
  at("verdict").textContent = `${word(`code${code}`)} (${word("exit")} ${code})`;
  at("report").replaceChildren(
    element("bdi", verdict.title[state.language]), element("br"), latin("code", verdict.report),
  );
  at("status").textContent = verdict.status ? word(verdict.status) : "";
  showClaim(verdict.claim);
  at("figures").hidden = verdict.figures.length === 0;
  fill("figures", verdict.figures.map((one) => [
    latin("code", one.name),
    element("span", String(one.value)),
    element("span", one.sentence[state.language]),
    element("span", word(one.holds ? "holds" : "fails"), { class: one.holds ? "good" : "bad" }),
  ]));
  at("disclosed").hidden = verdict.disclosed === null;
  const { claim, values } = verdict.disclosed ?? { claim: "", values: {} };
  fill("disclosed", Object.entries(values).map(([field, value]) => [
    latin("code", claim), latin("code", field), element("bdi", value),
  ]));
  fill("checks", verdict.checks.map((one) => [
    latin("code", one.figure),
    element("span", nameOfCheck(one.what, state.language)),
    element("span", word(one.outcome), { class: CLASSES[one.outcome] ?? "bad" }),
    detailOf(one),
  ]));
  list("limits", word(LIMITS[verdict.kind]));
  list("here", word("here"));
}

function showClaim(claim) {
  if (!claim) {
    at("counted").replaceChildren();
    return;
  }
  const places = claim.counted_in.map((one) => `${one.figure} (${one.line}/${one.value})`);
  at("counted").replaceChildren(
    latin("code", claim.id), ` ${word(places.length > 0 ? "countedIn" : "countedNowhere")} `,
    latin("bdi", places.join(", ")),
  );
}

function detailOf(check) {
  const cell = element("span");
  if (check.detail) cell.append(latin("bdi", check.detail), element("br"));
  for (const [name, value] of [["key", check.key], ["asOf", check.as_of], ["inFile", check.file]]) {
    if (value) cell.append(`${word(name)} `, latin("code", value), element("br"));
  }
  return cell;
}

function fill(id, rows) {
  at(id).tBodies[0].replaceChildren(...rows.map((cells) => {
    const row = element("tr");
    row.append(...cells.map((content, place) => {
      const cell = element(place === 1 ? "th" : "td", "", place === 1 ? { scope: "row" } : {});
      cell.append(content);
      return cell;
    }));
    return row;
  }));
}

const list = (id, lines) => at(id).replaceChildren(...lines.map((line) => element("li", line)));

function begin() {
  at("file").addEventListener("change", (event) => choose(event.target.files));
  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  for (const one of document.querySelectorAll("button[lang]")) {
    one.addEventListener("click", () => speak(one.lang));
  }
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    at("zone").classList.add("over");
  });
  document.addEventListener("dragleave", () => at("zone").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    at("zone").classList.remove("over");
    if (event.dataTransfer.files.length > 0) choose(event.dataTransfer.files);
  });
  speak((navigator.language ?? "en").startsWith("ar") ? "ar" : "en");
}

// For whoever drives the page by a program: base64 in, the verdict out.
globalThis.sijill = {
  verify({ raw, beside, ...trust }) {
    const bytes = (text) => fromBase64(text, "the file");
    return verify(bytes(raw), readTrust(trust), beside === null ? null : bytes(beside));
  },
};

begin();
