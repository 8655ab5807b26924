import type { Conflict } from "./vote.ts"
import { pinned } from "./pinned.ts"

/** The report for whoever looks after the data. */
export const report = (
  conflicts: ReadonlyArray<Conflict & { readonly model: string }>,
  counts: ReadonlyArray<readonly [provider: string, count: number]>
): string =>
  [
    "# Where the sources disagree",
    "Written by `npm run data:build`. The price that most sources state is in the data; of as many for each, the newest.",
    "A threshold that any of them states is in it. No source is proof: look at the vendor's page, and write what it says",
    "into `data/service-tiers.json` or `facts.ts`.",
    "",
    `g: ${pinned.genai.package} (${pinned.genai.date}), p: ${pinned.pi.package} (${pinned.pi.date}), l: ${pinned.litellm.package} (${pinned.litellm.date}).`,
    "",
    "| model | what | in the data | others |",
    "|---|---|---|---|",
    ...conflicts.map(({ model, others, ours, what }) => `| ${model} | ${what} | ${ours} | ${others} |`),
    "",
    "# Models by provider",
    ...counts.toSorted(([, a], [, b]) => b - a).map(([provider, count]) => `- ${provider}: ${count}`),
    ""
  ].join("\n")
