/** Requests that are spoilt in any way, in every dialect: a response or a 4xx in the dialect's shape, and nothing is left over. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Schedule } from "effect"
import { request } from "node:http"
import { gateway } from "../gateway.ts"
import { clients, read } from "./clients.ts"
import { randomOf, spoilt, valid } from "./requests.ts"

const models = `
models:
  openai: openai/sim-healthy
  anthropic: anthropic/sim-healthy
  responses: responses/sim-healthy
  google: google/sim-healthy
  ollama: ollama/sim-healthy
  vectors: { kind: embedding, deployments: [openai/sim-healthy] }
`

/** As many of each request. */
const times = Number(process.env["FUZZ_TIMES"] ?? 30)
const seed = Number(process.env["FUZZ_SEED"] ?? 1)

const send = (url: string, body: string | Buffer) =>
  Effect.callback<{ readonly status: number; readonly text: string }>((resume) => {
    let text = ""
    const outgoing = request(url, { method: "POST", headers: { "content-type": "application/json" } }, (incoming) => {
      incoming.setEncoding("utf8").on("data", (piece: string) => (text += piece))
      incoming.on("end", () => resume(Effect.succeed({ status: incoming.statusCode ?? 0, text })))
      incoming.on("error", () => resume(Effect.succeed({ status: 0, text: `${text} (cut)` })))
    })
    outgoing.on("error", (error) => resume(Effect.succeed({ status: 0, text: String(error) })))
    outgoing.end(body)
    return Effect.sync(() => outgoing.destroy())
  })

describe("corrupted requests", () => {
  for (const [name, requests] of Object.entries(valid))
    it.live(`of ${name} are rejected in its dialect or served: no bug, no hang, no leak`, () => {
      const defects: Array<unknown> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error" || logLevel === "Fatal") defects.push(message)
      })
      return Effect.gen(function* () {
        const { simulator, url } = yield* gateway(models)
        const client = clients[name]
        assert(client !== undefined)
        for (const { body, path } of requests)
          assert.deepInclude(yield* send(url + path, JSON.stringify(body)), { status: 200 }, path)
        const random = randomOf(seed)
        const bad = requests.flatMap((request) => Array.from({ length: times }, () => spoilt(request, random)))
        const answers = yield* Effect.forEach(
          bad,
          ({ body, path }) =>
            Effect.timeoutOrElse(send(url + path, body), {
              duration: "20 seconds",
              orElse: () => Effect.succeed({ status: 0, text: "(hangs)" })
            }),
          { concurrency: 16 }
        )
        const problems = answers.flatMap(({ status, text }, index) => {
          const sent = bad[index]
          const isFine =
            status === 200 || (status >= 400 && status < 500 && read(client, status, text, false).error !== undefined)
          return isFine ? [] : [`${sent?.path} ${status} ${text.slice(0, 400)} <- ${String(sent?.body).slice(0, 1500)}`]
        })
        assert.deepStrictEqual(problems, [])
        assert.deepStrictEqual(defects, [])
        // The gateway works on nothing any more, and nor does a provider.
        const metrics = Effect.promise(async () => (await fetch(`${url}/metrics`)).text())
        yield* Effect.repeat(metrics, {
          until: (text) => /http_server_active_requests\S* 1$/m.test(text),
          schedule: Schedule.spaced("10 millis")
        }).pipe(Effect.timeout("5 seconds"))
        const open = (yield* simulator.requests).filter(({ closedAt }) => closedAt === undefined)
        assert.deepStrictEqual(open, [])
      }).pipe(Effect.provide(Logger.layer([logger])))
    })
})
