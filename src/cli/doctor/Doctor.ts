import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { arch, platform } from "node:os"
import { versions } from "node:process"
import { Catalog } from "effect-llm/catalog/Catalog"
import { Pricing } from "effect-llm/catalog/Pricing"
import { knownProviders } from "effect-llm/providers/KnownProviders"
import { failed } from "../CliFailure.ts"
import { ageOf } from "../prices/Prices.ts"
import * as Services from "../Services.ts"
import { printDetails, printJson } from "../terminal/Print.ts"

import * as Quantity from "../terminal/Quantity.ts"
import { type Style, style } from "../terminal/Style.ts"
import * as Table from "../terminal/Table.ts"
import { version, versionOf } from "../Version.ts"
import * as ProviderCheck from "./ProviderCheck.ts"

const labels: { readonly [state in ProviderCheck.ProviderCheck["state"]]: string } = {
  working: "working",
  notSet: "not set",
  unchecked: "not checked",
  invalidSetting: "invalid setting",
  keyRejected: "key rejected",
  failing: "not working"
}

const colour = (text: string, check: ProviderCheck.ProviderCheck, { dim, green, red }: Style): string =>
  ProviderCheck.isProblem(check) ? red(text) : check.state === "working" ? green(text) : dim(text)

const columns: ReadonlyArray<Table.Column<ProviderCheck.ProviderCheck>> = [
  { title: "provider", value: ({ id }) => id },
  { title: "state", value: ({ state }) => labels[state], style: colour },
  { title: "base URL", value: ({ url }) => url ?? "", drop: 1 },
  { title: "", value: ({ detail }) => detail, wrap: true }
]

/** `doctor`. */
export const doctor = Effect.fnUntraced(
  function* (options: { readonly offline: boolean; readonly json: boolean }) {
    const status = yield* Effect.flatMap(Pricing, ({ status }) => status)
    const index = yield* Effect.flatMap(Catalog, ({ index }) => index)
    const installed = {
      "effect-llm": yield* version,
      effect: yield* versionOf("effect"),
      "@effect/platform-node": yield* versionOf("@effect/platform-node"),
      node: versions.node,
      system: `${platform()} ${arch()}`
    }
    const providers = yield* Effect.forEach(knownProviders, (provider) => ProviderCheck.make(provider, options), {
      concurrency: "unbounded"
    })
    const { age, asOf, prices, source, stale } = status
    const data = {
      models: index.size,
      providers: index.providers.length,
      prices: { source, asOf, age, stale, ...prices }
    }
    const problems = providers.filter(ProviderCheck.isProblem)
    if (options.json) yield* printJson({ versions: installed, data, providers, problems: problems.length })
    else {
      yield* printDetails([
        ...Object.entries(installed),
        ["models", `${Quantity.format(data.models)} of ${data.providers} providers`],
        [
          "prices",
          `${source}, ${asOf}, ${ageOf(age)} old${stale ? ": `effect-llm prices refresh` fetches newer ones" : ""}`
        ]
      ])
      yield* Console.log("")
      yield* Table.print(providers, columns)
      const { green } = yield* style
      if (problems.length === 0) yield* Console.log(`\n${green("No problems.")}`)
    }
    if (problems.length > 0) {
      return yield* failed(problems.map(({ detail, id }) => `${id}: ${detail}`).join("\neffect-llm: "))
    }
  },
  Effect.provide(Layer.merge(Services.catalog, Services.http))
)
