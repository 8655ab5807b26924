import type { Disagreement } from "./merge.ts"
import { pinned } from "./pinned.ts"

const lines = (disagreements: ReadonlyArray<Disagreement>): ReadonlyArray<string> =>
  disagreements.flatMap(({ chosen, model, rows, why }) =>
    rows.map(([what, ours, theirs]) => `| ${model} | ${chosen} | ${what} | ${ours} | ${theirs} | ${why} |`)
  )

/** The report for whoever looks after the data. */
export const report = (
  prices: ReadonlyArray<Disagreement>,
  limits: ReadonlyArray<Disagreement>,
  counts: ReadonlyArray<readonly [string, number]>
): string =>
  [
    "# Where the price sources disagree",
    `Written by \`npm run data:build\`. ${pinned.genai.package} (${pinned.genai.date}) and ${pinned.pi.package} (${pinned.pi.date}).`,
    "An exact id in genai-prices has its price; where only a rule of genai-prices matches, pi-ai's exact id has its own.",
    "Neither is proof: look at the vendor's page, and write what it says into `data/service-tiers.json` or `facts.ts`.",
    "",
    "| model | in the data | meter | it says | the other says | why |",
    "|---|---|---|---|---|---|",
    ...lines(prices),
    "",
    "# Where LiteLLM has other limits, or several days of withdrawal",
    `${pinned.litellm.package} (${pinned.litellm.date}) gives days, parallel tool calls and limits that the others leave out, and no price.`,
    "",
    "| model | source | what | in the data | LiteLLM says | why |",
    "|---|---|---|---|---|---|",
    ...lines(limits),
    "",
    "# Models by provider",
    ...counts.map(([provider, count]) => `- ${provider}: ${count}`),
    ""
  ].join("\n")
