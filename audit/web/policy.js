// Whom a reader wants to have watched the log: witnesses, and how many of them.

import { Invalid, Unverified } from "./bytes.js";
import { cosignedAt, parseNote } from "./note.js";
import { ENOUGH_WITNESSES, YOUNG_ENOUGH } from "./verdict.js";

const AHEAD = 300; // seconds by which a witness's clock may be before the reader's

const written = (seconds) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

// `maxAge`: how many seconds the newest cosignature may be older than `now`, or null.
export function checkPolicy(checkpoint, { witnesses, quorum, maxAge = null, now = 0 }, checks) {
  if (quorum === 0 && maxAge === null) return;
  let times;
  try {
    times = cosignedAt(parseNote(checkpoint), witnesses);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Unverified)) throw error;
    checks.fails("the cosignatures are of this checkpoint", error.message);
    return;
  }
  const seen = [...times.values()].map(Number);
  if (times.size < quorum) {
    const detail = `${times.size} of those you trust did, ${quorum} are required`;
    checks.fails(ENOUGH_WITNESSES, detail);
  } else if (quorum > 0) {
    const names = [...times.keys()].map((vkey) => vkey.split("+")[0]).join(", ");
    checks.holds(ENOUGH_WITNESSES, names, { as_of: `from ${written(Math.min(...seen))} on` });
  }
  if (maxAge !== null) checkAge(seen, maxAge, now, checks);
}

function checkAge(seen, maxAge, now, checks) {
  if (seen.length === 0) {
    checks.fails(YOUNG_ENOUGH, "no witness whom you trust says when it was seen");
    return;
  }
  const newest = Math.max(...seen), place = { as_of: written(newest) };
  if (newest > now + AHEAD) {
    checks.fails(YOUNG_ENOUGH, `${written(newest)} lies ahead of this clock`, place);
  } else if (now - newest > maxAge) {
    checks.fails(YOUNG_ENOUGH, `${now - newest} seconds old, ${maxAge} are allowed`, place);
  } else {
    checks.holds(YOUNG_ENOUGH, `${Math.max(0, now - newest)} seconds old`, place);
  }
}
