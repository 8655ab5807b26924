import type { Disagreement } from "./merge.ts"
import { pinned } from "./pinned.ts"

/** The report for whoever looks after the data. */
export const report = (disagreements: ReadonlyArray<Disagreement>, counts: ReadonlyArray<readonly [string, number]>): string =>
  [
    "# Where the price sources disagree",
    `Written by \`npm run data:build\`. ${pinned.genai.package} (${pinned.genai.date}) and ${pinned.pi.package} (${pinned.pi.date}).`,
    "An exact id in genai-prices has its price; where only a rule of genai-prices matches, pi-ai's exact id has its own.",
    "Neither is proof: look at the vendor's page, and write what it says into `data/service-tiers.json` or `facts.ts`.",
    "",
    "| model | in the data | meter | it says | the other says | why |",
    "|---|---|---|---|---|---|",
    ...disagreements.flatMap(({ chosen, model, rows, why }) =>
      rows.map(([meter, ours, theirs]) => `| ${model} | ${chosen} | ${meter} | ${ours} | ${theirs} | ${why} |`)
    ),
    "",
    "# Models by provider",
    ...counts.map(([provider, count]) => `- ${provider}: ${count}`),
    ""
  ].join("\n")
