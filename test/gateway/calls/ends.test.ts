import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Scenario } from "../../../src/testing/Scenario.ts"
import { gateway } from "../gateway.ts"
import { stopwatch } from "../stopwatch.ts"
import { spokenDialects } from "./dialects.ts"

const faults = ["sim-cut", "sim-cut-reset", "sim-malformed", "sim-error-mid-stream"]
const upstreams = ["openai", "anthropic", "google", "responses"]

const models = `models: { ${upstreams
  .flatMap((upstream) => [...faults, "sim-healthy"].map((model) => `${upstream}-${model}: ${upstream}/${model}`))
  .join(", ")} }`

describe("cut or failed stream looks like success", () => {
  for (const [name, { body, end, error, path }] of Object.entries(spokenDialects))
    it.live(`never in ${name}, with any provider: it ends with an error, without the end marker`, () =>
      Effect.gen(function* () {
        const { send } = yield* gateway(models)
        for (const upstream of upstreams) {
          for (const fault of faults) {
            const model = `${upstream}-${fault}`
            const { status, text } = yield* send(path(model, true), body(model, true))
            assert.strictEqual(status, 200, model)
            assert.match(text, error, model)
            assert.notMatch(text, end, model)
          }
          const whole = yield* send(path(`${upstream}-sim-healthy`, true), body(`${upstream}-sim-healthy`, true))
          assert.match(whole.text, end, upstream)
          assert.notMatch(whole.text, error, upstream)
        }
      })
    )
})

const simulated = { simulator: { models: { hanging: Scenario.hang, stalling: Scenario.stallAfter(3) } } }

describe("a caller who leaves", () => {
  const windows: { readonly [window: string]: { readonly model: string; readonly stream: boolean } } = {
    "before the first content": { model: "hanging", stream: true },
    "in a stream": { model: "stalling", stream: true },
    "of a whole response": { model: "hanging", stream: false }
  }
  for (const [name, { body, path }] of Object.entries(spokenDialects))
    it.live(`closes upstream at once, in ${name}`, () =>
      Effect.gen(function* () {
        const { simulator, url } = yield* gateway(
          "models: { hanging: openai/hanging, stalling: anthropic/stalling }",
          simulated
        )
        let count = 0
        for (const [window, { model, stream }] of Object.entries(windows)) {
          const index = count++
          const leaving = new AbortController()
          const sent = fetch(url + path(model, stream), {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body(model, stream)),
            signal: leaving.signal
          }).then((response) => response.body?.getReader().read())
          const isThis = (request: { readonly index: number }) => request.index === index
          yield* simulator.awaitRequest(isThis)
          if (model === "stalling") yield* Effect.promise(() => sent)
          leaving.abort()
          yield* Effect.promise(() => sent.catch(() => undefined))
          const elapsed = stopwatch()
          const { outcome } = yield* Effect.timeout(simulator.awaitClosed(isThis), "30 seconds")
          assert.strictEqual(outcome, "client-closed", window)
          assert.isBelow(elapsed(), 100, window)
        }
      })
    )
})
