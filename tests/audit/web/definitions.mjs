// Reads each line of standard input, { rules, definition }, and writes what it makes of it as a line.

import { createInterface } from "node:readline";
import { facetsOf, readDefinition, rowDefinition, sentence } from "../../../audit/web/definition.js";
import { readRules } from "../../../audit/web/rules.js";
import { Invalid } from "../../../audit/web/bytes.js";

for await (const line of createInterface({ input: process.stdin })) {
  const { rules: body, definition: value, row } = JSON.parse(line);
  const rules = readRules(body);
  let made = null;
  try {
    const definition = readDefinition(value, rules);
    made = {
      en: sentence(definition, rules, "en"),
      ar: sentence(definition, rules, "ar"),
      facets: facetsOf(definition),
      row: row === null ? null : rowDefinition(definition, row),
    };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
  }
  process.stdout.write(`${JSON.stringify(made)}\n`);
}
