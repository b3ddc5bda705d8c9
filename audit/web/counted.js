// Where a claim is counted in a bundle: its line in each figure that holds, under its signed root.

import { Invalid, base64 } from "./bytes.js";
import { readFigure, readMembers } from "./figures.js";
import { treeRoot } from "./merkle.js";
import { parseNote } from "./note.js";

// `claim` is claim/<uuid>, the uuid, or 8 or more of its first characters; Invalid for another form,
// and for a beginning that several claims have.
export function findClaim(files, claim, figures) {
  const name = claim.replace(/^claim\//, "");
  if (!/^[0-9a-f-]{8,36}$/.test(name)) throw new Invalid("a claim is named by its uuid");
  const wanted = `claim/${name}`, found = new Map();
  const sound = figures.filter((one) => one.holds);
  for (const { name: figure } of sound) {
    const members = readMembers(files.get(`members/${figure}.jsonl`));
    for (const [line, member] of members.entries()) {
      for (const one of [member.id, ...member.claims].filter((id) => id.startsWith(wanted))) {
        if (!found.has(one)) found.set(one, []);
        found.get(one).push(counted(files, figure, members, line));
      }
    }
  }
  if (found.size > 1) throw new Invalid(`${found.size} claims begin with ${claim}`);
  const [[id, places] = [wanted, []]] = found;
  const inside = places.map((one) => one.figure);
  return {
    id,
    counted_in: places,
    not_counted_in: sound.map((one) => one.name).filter((one) => !inside.includes(one)),
  };
}

function counted(files, figure, members, line) {
  const note = readFigure(parseNote(files.get(`figures/${figure}.note`)).text);
  if (note.root !== base64(treeRoot(members.map((one) => one.line)))) {
    throw new Invalid(`${figure}: its lines do not hash to its root`);
  }
  return { figure, line: line + 1, value: Number(note.size), facets: members[line].facets };
}
