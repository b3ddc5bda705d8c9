// What a verification found: every check in its order, the figures, and an exit code.

export const VERIFIED = 0, NOT_VERIFIED = 1, UNUSABLE = 2, POLICY = 3;
export const HOLDS = "holds", FAILS = "fails", SKIPPED = "not checked";
// True, and the reader should know it: nothing fails by it.
export const NOTED = "take note";
export const SOUND = [HOLDS, NOTED];
export const ENOUGH_WITNESSES = "enough witnesses have cosigned the checkpoint";
export const YOUNG_ENOUGH = "the newest cosignature is young enough";

export class Checks {
  made = [];

  add(outcome, what, detail, place) {
    const empty = { file: "", figure: "", key: "", as_of: "" };
    this.made.push({ what, outcome, detail: String(detail), ...empty, ...place });
  }

  holds(what, detail = "", place = {}) {
    this.add(HOLDS, what, detail, place);
  }

  fails(what, detail, place = {}) {
    this.add(FAILS, what, detail, place);
  }

  notes(what, detail, place = {}) {
    this.add(NOTED, what, detail, place);
  }

  skips(what, detail, place = {}) {
    this.add(SKIPPED, what, detail, place);
  }
}

// 0 when everything holds, 3 when only the policy of witnesses does not, 1 otherwise. With `figure`,
// what is wrong with the other figures alone is left out.
export function exitCode(checks, figure = "") {
  const failed = checks.made.filter((one) => !SOUND.includes(one.outcome))
    .filter((one) => figure === "" || one.figure === "" || one.figure === figure);
  if (failed.length === 0) return VERIFIED;
  const onlyPolicy = failed.every((one) =>
    [ENOUGH_WITNESSES, YOUNG_ENOUGH].includes(one.what) && one.outcome === FAILS);
  return onlyPolicy ? POLICY : NOT_VERIFIED;
}

export function unusable(message, what = "the file is a bundle") {
  const checks = new Checks();
  checks.fails(what, message);
  return verdict(checks, { exit_code: UNUSABLE });
}

export function verdict(checks, more = {}) {
  return {
    kind: "bundle",
    report: "",
    title: { en: "", ar: "" },
    figures: [],
    status: "",
    disclosed: null,
    checks: checks.made,
    exit_code: exitCode(checks),
    ...more,
  };
}
