// What a verification found: every check in its order, the figures, and an exit code.

export const VERIFIED = 0, NOT_VERIFIED = 1, UNUSABLE = 2, POLICY = 3;
export const HOLDS = "holds", FAILS = "fails", SKIPPED = "not checked";
export const ENOUGH_WITNESSES = "enough witnesses have cosigned the checkpoint";

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

  skips(what, detail, place = {}) {
    this.add(SKIPPED, what, detail, place);
  }
}

// 0 when everything holds, 3 when only the number of witnesses does not, 1 otherwise.
export function exitCode(checks) {
  const failed = checks.made.filter((one) => one.outcome !== HOLDS);
  if (failed.length === 0) return VERIFIED;
  const onlyPolicy = failed.every(
    (one) => one.what === ENOUGH_WITNESSES && one.outcome === FAILS,
  );
  return onlyPolicy ? POLICY : NOT_VERIFIED;
}

export function unusable(message) {
  const checks = new Checks();
  checks.fails("the file is a bundle", message);
  return verdict(checks, { exit_code: UNUSABLE });
}

export function verdict(checks, more = {}) {
  return {
    kind: "bundle",
    report: "",
    title: { en: "", ar: "" },
    figures: [],
    disclosed: null,
    checks: checks.made,
    exit_code: exitCode(checks),
    ...more,
  };
}
