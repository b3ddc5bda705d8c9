// What a figure can count (docs/formats/figure.md): what its members are, and its words.

import { labelOf } from "./rules.js";

// name: what its members are, the bases it is counted on, and of each language what is counted and
// the verb before a period, documented or happened
const TABLE = {
  "deaths": {
    of: "claims", bases: ["documented", "happened"], stock: false,
    en: ["Persons killed", "documented", "who died"],
    ar: ["القتلى", "الذين وُثِّق مقتلهم", "الذين قُتلوا"],
  },
  "detentions": {
    of: "claims", bases: ["documented", "happened"], stock: false,
    en: ["Cases of detention or enforced disappearance", "documented", "that began"],
    ar: ["حالات الاحتجاز أو الاختفاء القسري", "التي وُثِّقت", "التي بدأت"],
  },
  "still-detained": {
    of: "claims", bases: ["happened"], stock: true,
    en: ["Persons still detained or forcibly disappeared", "documented", "that began"],
    ar: ["المحتجزون أو المختفون قسراً", "الذين وُثِّقت حالاتهم", "الذين احتُجزوا"],
  },
  "injuries": {
    of: "claims", bases: ["documented", "happened"], stock: false,
    en: ["Persons injured", "documented", "who were injured"],
    ar: ["المصابون", "الذين وُثِّقت إصابتهم", "الذين أُصيبوا"],
  },
  "torture": {
    of: "claims", bases: ["documented", "happened"], stock: false,
    en: ["Persons tortured or ill-treated", "documented", "who suffered it"],
    ar: ["ضحايا التعذيب أو سوء المعاملة", "الذين وُثِّقت حالاتهم", "الذين عُذِّبوا"],
  },
  "sexual-violence": {
    of: "claims", bases: ["documented", "happened"], stock: false,
    en: ["Victims of sexual violence", "documented", "who suffered it"],
    ar: ["ضحايا العنف الجنسي", "الذين وُثِّقت حالاتهم", "الذين تعرضوا له"],
  },
  "looting": {
    of: "claims", bases: ["documented", "happened"], stock: false,
    en: ["Cases of looting", "documented", "that happened"],
    ar: ["حالات النهب", "التي وُثِّقت", "التي وقعت"],
  },
  "violations": {
    of: "claims", bases: ["documented", "happened"], stock: false,
    en: ["Violations of every kind", "documented", "that happened"],
    ar: ["الانتهاكات بكل أنواعها", "التي وُثِّقت", "التي وقعت"],
  },
  "incidents": {
    of: "incidents", bases: ["happened"], stock: false,
    en: ["Incidents", "documented", "that happened"],
    ar: ["الحوادث", "التي وُثِّقت", "التي وقعت"],
  },
  "massacres": {
    of: "massacres", bases: ["documented", "happened"], stock: false,
    en: ["Massacres", "documented", "that happened"],
    ar: ["المجازر", "التي وُثِّقت", "التي وقعت"],
  },
  "munitions": {
    of: "incidents", bases: ["happened"], stock: false,
    en: ["Munitions used, summed over incidents", "documented", "that happened"],
    ar: ["الذخائر المستخدمة، مجموعةً من الحوادث", "التي وُثِّقت", "التي وقعت"],
  },
  "injured": {
    of: "incidents", bases: ["happened"], stock: false,
    en: ["Persons injured, summed over incidents", "documented", "that happened"],
    ar: ["المصابون، مجموعين من الحوادث", "التي وُثِّقت", "التي وقعت"],
  },
  "facilities": {
    of: "incidents", bases: ["happened"], stock: false,
    en: ["Hits on facilities, summed over incidents", "documented", "that happened"],
    ar: ["الإصابات في المرافق، مجموعةً من الحوادث", "التي وُثِّقت", "التي وقعت"],
  },
  "stated": {
    of: "estimates", bases: ["happened"], stock: false,
    en: ["Stated figures, summed", "documented", "whose stated period lies"],
    ar: ["أرقام مذكورة، مجموعةً", "التي وُثِّقت", "التي تقع فترتها المذكورة"],
  },
};
// Measures that sum what incidents or estimates state, and count nothing.
export const SUMS_OF_INCIDENTS = ["munitions", "injured", "facilities"];
export const SUMS = [...SUMS_OF_INCIDENTS, "stated"];
const CASES = ["التي وُثِّقت", "التي وقعت"];

// A measure under the rules, or null; one that an organisation added is in its vocabulary's words.
export function measureOf(rules, name) {
  const known = Object.hasOwn(TABLE, name) ? TABLE[name] : null;
  const kinds = rules.measures.get(name) ?? null;
  if (kinds === null) return known && (known.of !== "claims" || name === "violations") ? known : null;
  if (known) return { ...known, kinds };
  return {
    of: "claims", bases: ["documented", "happened"], stock: false, kinds,
    en: [labelOf(rules, "measure", name, "en"), "documented", "that happened"],
    ar: [labelOf(rules, "measure", name, "ar"), ...CASES],
  };
}
