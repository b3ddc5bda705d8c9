// Whom a reader wants to have watched the log: witnesses, and how many of them.

import { Invalid, Unverified } from "./bytes.js";
import { cosignedAt, parseNote } from "./note.js";
import { ENOUGH_WITNESSES } from "./verdict.js";

export function checkPolicy(checkpoint, { witnesses, quorum }, checks) {
  if (quorum === 0) return;
  let times;
  try {
    times = cosignedAt(parseNote(checkpoint), witnesses);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Unverified)) throw error;
    checks.fails("the cosignatures are of this checkpoint", error.message);
    return;
  }
  if (times.size < quorum) {
    const detail = `${times.size} of those you trust did, ${quorum} are required`;
    checks.fails(ENOUGH_WITNESSES, detail);
    return;
  }
  const first = [...times.values()].reduce((one, other) => (one < other ? one : other));
  const since = new Date(Number(first) * 1000).toISOString().replace(".000Z", "Z");
  const names = [...times.keys()].map((vkey) => vkey.split("+")[0]).join(", ");
  checks.holds(ENOUGH_WITNESSES, names, { as_of: `from ${since} on` });
}
