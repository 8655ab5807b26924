/**
 * Clients that nobody here wrote, each in a process of its own, over real sockets against a gateway, with every protocol
 * upstream. Set up by `npm run clients:install`, those in Go, Java and Rust, and more of Python, by `npm run clients:languages`; run by
 * `npm run clients`, and with `WRITE_CLIENTS=1` it writes their rows of docs/clients.md.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import type { SimulatedRequest } from "effect-llm/testing/SimulatedRequest"
import type { Simulator } from "effect-llm/testing/Simulator"
import { clients, type ClientRow } from "./Clients.ts"
import { type FeatureName, featureNames, features, type Feature } from "./Features.ts"
import type { Cell } from "./js/program.ts"
import { limitOf } from "./Limits.ts"
import { matrix, type Works } from "./Matrix.ts"
import { isInstalled, Program } from "./Program.ts"
import { gateway, type Upstream, upstreams } from "./Upstreams.ts"

class Subject extends Context.Service<Subject, { readonly url: string; readonly simulator: Simulator["Service"] }>()(
  "test/Subject"
) {
  static readonly layer = Layer.effect(Subject, gateway)
}

const only = process.env.CLIENTS?.split(";")
const languages = process.env.CLIENTS_IN?.split(",")
const isChosen = ({ language, title }: ClientRow) =>
  (only?.some((part) => title.includes(part)) ?? true) && (languages?.includes(language) ?? true)

/** What works, by the client's title. */
const results = new Map<string, Works>()

const page = `${import.meta.dirname}/../../docs/clients.md`
const mark = (edge: string) => `<!-- ${edge}: written by the test -->`

let count = 0

/** Runs a cell; what is wrong with its outcome, if anything. */
const problemOf = Effect.fnUntraced(function* (
  program: Program,
  client: ClientRow,
  upstream: Upstream,
  name: FeatureName
) {
  const { simulator } = yield* Subject
  const feature: Feature = features[name]
  const model = `${feature.scenario}-${++count}`
  const isOurs = (request: SimulatedRequest) => request.model === model
  const cell: Cell = {
    id: String(count),
    use: feature.use,
    model: `${upstream}/${model}`,
    prompt: feature.use === "structured" ? "What do you think?" : `What is ${count}?`,
    toolResult: `result ${count}`,
    ...feature.cell
  }
  const running = program.run(cell)
  if (cell.leave === "when-told") {
    yield* Effect.timeoutOption(simulator.awaitRequest(isOurs), "5 seconds")
    program.leave()
  }
  const result = yield* Effect.promise(() => running)
  if (result.missing === true) return "the program has no such use"
  // The upstream sees that its client left a little after the client itself does.
  if (cell.leave !== undefined) yield* Effect.timeoutOption(simulator.awaitClosed(isOurs), "2 seconds")
  const requests = (yield* simulator.requests).filter(isOurs)
  return feature.problem({ client, cell, result, requests })
})

describe("clients", () => {
  layer(Subject.layer, { excludeTestServices: true, timeout: 120_000 })((it) => {
    for (const client of clients.filter(isChosen)) {
      it.effect.skipIf(!isInstalled(client.language))(
        client.title,
        Effect.fnUntraced(function* () {
          const { url } = yield* Subject
          const program = yield* Effect.acquireRelease(
            Effect.sync(() => new Program(client.language, client.program, client.argument, url)),
            (program) => Effect.sync(() => program.close())
          )
          const unexpected: Array<string> = []
          const works: Works = new Map()
          results.set(client.title, works)
          for (const upstream of Object.keys(upstreams) as ReadonlyArray<Upstream>) {
            for (const feature of featureNames) {
              if (client.lacks?.includes(feature)) continue
              const problem = yield* problemOf(program, client, upstream, feature)
              if (problem === undefined) works.set(feature, (works.get(feature) ?? new Set()).add(upstream))
              const limit = limitOf(client.title, upstream, feature)
              if (problem !== undefined && limit === undefined) unexpected.push(`${upstream}, ${feature}: ${problem}`)
              if (problem === undefined && limit !== undefined)
                unexpected.push(`${upstream}, ${feature}: works, against "${limit.because}"`)
            }
          }
          if (unexpected.length > 0) assert.fail(`\n${unexpected.join("\n")}`)
        }),
        240_000
      )
    }

    it.effect("are in docs/clients.md with what works", () =>
      Effect.sync(() => {
        const [before = "", rest = ""] = readFileSync(page, "utf8").split(mark("begin"))
        const [written = "", after = ""] = rest.split(mark("end"))
        const table = matrix(results, written)
        if (process.env.WRITE_CLIENTS === "1") {
          writeFileSync(page, `${before}${mark("begin")}\n\n${table}\n\n${mark("end")}${after}`)
        } else assert.strictEqual(written.trim(), table)
      })
    )
  })
})
