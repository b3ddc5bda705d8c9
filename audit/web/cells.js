// What stands for a small cell (docs/formats/figure.md): a note that says "fewer than", and lines
// that say nothing.

import { ascii, fromBase64 } from "./bytes.js";

const BASE64 = "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=";
export const HIDDEN = new RegExp(
  `^([!-~]+)\n(?:fewer than ([1-9][0-9]{0,3})|withheld)\n(${BASE64})\n` +
  `definition (${BASE64})\nledger ([1-9][0-9]{0,15}) (${BASE64})\n$`,
);
const LINE = new RegExp(`^\\{"hidden":"${BASE64}"\\}$`);

export const isHiddenLine = (line) => line.length === 57 && LINE.test(ascii(line));

export function readHidden(text) {
  const [, identity, fewerThan, commitment, definition, size, root] = HIDDEN.exec(text);
  fromBase64(commitment, "the commitment");
  const limit = fewerThan === undefined ? null : Number(fewerThan);
  return { text, identity, limit, definition, size: BigInt(size), root };
}

// How hidden rows, values of shown ones and the number of hidden lines do not fit, or null.
export function misfit(rows, shown, lines) {
  if (rows.length === 0) return lines === 0 ? null : `${lines} lines are hidden, and no row is`;
  const limits = new Set(rows.map((one) => one.limit).filter((one) => one !== null));
  if (limits.size !== 1) return "its hidden rows do not say one number that some are fewer than";
  const [limit] = limits, small = rows.filter((one) => one.limit !== null).length;
  if (shown.some((value) => value < limit)) return `a row of fewer than ${limit} is shown`;
  const beside = rows.length - small;
  const fits = lines >= small + beside * limit && (beside > 0 || lines <= small * (limit - 1));
  return fits ? null : `${lines} hidden lines cannot be those of its ${rows.length} hidden rows`;
}
