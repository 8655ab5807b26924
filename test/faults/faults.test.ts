/**
 * Every kind of fault on real sockets, unary and streamed, through timeout, retry and fallback. The caller gets the whole
 * response of one attempt, or one typed error, in bounded time, after a bounded number of requests to the sick provider.
 *
 * With WRITE_FAULTS=1 the table of docs/faults.md is written.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { readFileSync, writeFileSync } from "node:fs"
import { BigDecimal, Effect, Layer } from "effect"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import type { ChatProtocol } from "effect-llm/protocols/ChatProtocol"
import { CohereChat } from "effect-llm/protocols/CohereChat"
import { GoogleGenerateContent } from "effect-llm/protocols/GoogleGenerateContent"
import { MistralChat } from "effect-llm/protocols/MistralChat"
import { OllamaChat } from "effect-llm/protocols/OllamaChat"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"
import { Scenario } from "effect-llm/testing/Scenario"
import { Simulator } from "effect-llm/testing/Simulator"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { rawFaults } from "./rawFaults.ts"
import { sickText } from "./wire.ts"
import {
  apiKey,
  callStream,
  callUnary,
  chain,
  healthyAt,
  healthyText,
  pricesOf,
  type Seen,
  serveRaw,
  sickOf
} from "./wall.ts"

/** At most two retries. */
const maxRequests = 3

/** Far more than the time limits allow for all attempts together: what takes longer hangs. */
const maxMillis = 25_000

const protocols: Readonly<Partial<Record<keyof Simulator["Service"]["baseUrls"], ChatProtocol>>> = {
  "openai-chat": OpenAiChat,
  "openai-responses": OpenAiResponses,
  "anthropic-messages": AnthropicMessages,
  "google-generate-content": GoogleGenerateContent,
  "mistral-chat": MistralChat,
  "cohere-chat": CohereChat,
  "ollama-chat": OllamaChat
}

const whole = Scenario.reply(sickText)

/** The faults of the simulator. */
const scenarios: Readonly<Record<string, Scenario>> = {
  "no fault": whole,
  ...Object.fromEntries(
    [400, 401, 402, 403, 404, 408, 409, 413, 422, 425, 429, 500, 501, 502, 503, 504, 520, 529].map((status) => [
      `responds ${status}`,
      Scenario.status(status)
    ])
  ),
  "responds 429 with Retry-After: 50 ms, once": Scenario.sequence([
    Scenario.status(429, { retryAfter: "50 millis" }),
    whole
  ]),
  "responds 503 once": Scenario.sequence([Scenario.status(503), whole]),
  "is down, then back": Scenario.sequence([Scenario.reset, Scenario.status(502), whole]),
  "rejects the prompt by policy": Scenario.promptBlocked,
  "finds the prompt too long": Scenario.contextTooLong(8192, 9000),
  "resets before the head": Scenario.reset,
  "never sends a head": Scenario.hang,
  "sends a head, then nothing": Scenario.silent,
  "ends before the first token": Scenario.cutAfter(0, { of: whole }),
  "ends after 2 tokens": Scenario.cutAfter(2, { of: whole }),
  "ends before the last frame": Scenario.cutAfter(99, { of: whole }),
  "resets after 2 tokens": Scenario.cutAfter(2, { of: whole, reset: true }),
  "goes silent after 2 tokens": Scenario.stallAfter(2, whole),
  "goes silent before the last frame": Scenario.stallAfter(99, whole),
  "sends half a frame at the start": Scenario.malformedAfter(0, whole),
  "sends half a frame after 2 tokens": Scenario.malformedAfter(2, whole),
  "sends an error at the start": Scenario.errorAfter(0, { of: whole }),
  "sends an error after 2 tokens": Scenario.errorAfter(2, { of: whole }),
  "leaves out the end of the stream": { ...whole, fault: { type: "no-end" } }
}

/** Silence is below the dialects: two of them stand for all. */
const isSilent = (fault: string) => fault.startsWith("never sends") || /nothing|silent/.test(fault)
const faultsOf = (dialect: string) =>
  Object.keys(scenarios).filter((fault) => !isSilent(fault) || /openai-chat|anthropic/.test(dialect))

/** What no other model is asked to do better. */
const final = new Set(["ContentPolicyError", "ContextWindowExceededError"])

const judge = (seen: Seen, requests: number, isStream: boolean, restarts: boolean) => {
  const said = `${seen.error ?? "success"} of ${seen.provider}, shown: ${JSON.stringify(seen.shown)}`
  assert.isFalse(seen.error?.startsWith("unexpected") ?? false, said)
  assert.isAtMost(requests, maxRequests, said)
  assert.isBelow(seen.millis, maxMillis, said)
  if (seen.error === undefined) {
    const { provider = "" } = seen
    assert.strictEqual(seen.shown, provider === "sick" ? sickText : healthyText, said)
    if (isStream) assert.strictEqual(seen.finishes, 1)
    if (seen.before !== undefined) assert.isTrue(restarts && sickText.startsWith(seen.before))
    // What is not known is not 0.
    if (seen.usage?.outputTokens.total === undefined) assert.strictEqual(seen.cost?._tag, "Unpriced")
    else assert.isTrue(seen.cost?._tag === "Priced" && BigDecimal.isPositive(seen.cost.total))
    const last = seen.attempts.at(-1)
    assert.isUndefined(last?.error)
    assert.strictEqual(last?.model.split("/", 1)[0], provider)
  } else {
    assert.strictEqual(seen.finishes, 0, "a failed stream has no finish")
    assert.isTrue(sickText.startsWith(seen.shown), said)
    // Before anything is shown, and where restarts are allowed, the next provider takes over.
    if (!final.has(seen.error)) assert.isTrue(!restarts && seen.shown.length > 0, said)
  }
  for (const { error } of seen.attempts.slice(0, -1)) assert.isDefined(error)
}

interface Row {
  readonly fault: string
  readonly dialect: string
  readonly call: (typeof calls)[number]["call"]
  readonly seen: Seen
  readonly requests: number
}

const calls = [
  { call: "unary", run: callUnary, onInterrupted: "fail" },
  { call: "stream", run: callStream, onInterrupted: "fail" },
  { call: "stream, restarting", run: callStream, onInterrupted: "restart" }
] as const

/** Where nothing is shown, there is nothing to restart. */
const callsOf = (scenario: Scenario) => (scenario.type === "fail" ? calls.slice(0, 2) : calls)

/** Every fault has a model of the simulator for each way of calling it, whose script no other call moves on. */
const simulated = Object.entries(scenarios).flatMap(([fault, scenario], index) =>
  callsOf(scenario).map((call, way) => Object.assign({ fault, scenario, model: `fault-${index}-${way}` }, call))
)

const ofDialect = (dialect: string, protocol: ChatProtocol) =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    const Sick = sickOf(protocol)
    const baseUrl = simulator.baseUrls[dialect as keyof typeof simulator.baseUrls]
    const rows = yield* Effect.forEach(
      simulated.filter(({ fault }) => faultsOf(dialect).includes(fault)),
      ({ call, fault, model, onInterrupted, run }) =>
        Effect.map(run(chain(Sick.model(model), onInterrupted)), (seen) => ({ fault, model, dialect, call, seen })),
      { concurrency: 24 }
    ).pipe(Effect.provide(Sick.layer({ apiKey, baseUrl })))
    const requests = yield* simulator.requests
    return rows.map(({ call, dialect, fault, model, seen }): Row => {
      const count = requests.filter((request) => request.model === model).length
      return { fault, dialect, call, seen, requests: count }
    })
  }).pipe(
    Effect.provide(
      Simulator.layer({ models: Object.fromEntries(simulated.map(({ model, scenario }) => [model, scenario])) })
    )
  )

const raw = Effect.forEach(
  rawFaults.flatMap((fault) => calls.map((call) => ({ fault, ...call }))),
  ({ call, fault, onInterrupted, run }) =>
    Effect.gen(function* () {
      const server = yield* serveRaw(fault)
      const Sick = sickOf(OpenAiChat)
      const sick = Sick.layer({ apiKey, baseUrl: server.url })
      const seen = yield* Effect.provide(run(chain(Sick.model("model"), onInterrupted)), sick)
      const row: Row = { fault: fault.name, dialect: "openai-chat", call, seen, requests: server.requests() }
      return row
    }).pipe(Effect.scoped),
  // Some of them send as much as they can.
  { concurrency: 8 }
)

/** A sick provider that has recovered is called like any other. */
const healthyAfterwards = Effect.gen(function* () {
  const server = yield* serveRaw({ name: "none", run: ({ socket }) => socket.end() })
  const Sick = sickOf(OpenAiChat)
  const seen = yield* Effect.provide(
    callStream(chain(Sick.model("model"), "fail")),
    Sick.layer({ apiKey, baseUrl: server.url })
  )
  return { seen, openSockets: server.openSockets() }
}).pipe(Effect.scoped)

const everything = Effect.gen(function* () {
  const dialects = yield* Effect.forEach(Object.entries(protocols), ([dialect, protocol]) =>
    ofDialect(dialect, protocol)
  )
  const rows = [...dialects.flat(), ...(yield* raw)]
  return [rows, yield* healthyAfterwards] as const
})

describe("faults", () => {
  let rows: ReadonlyArray<Row> = []
  let afterwards: Effect.Success<typeof healthyAfterwards> | undefined
  beforeAll(async () => {
    const healthy = Layer.unwrap(Effect.map(Simulator, ({ openAiUrl }) => healthyAt(openAiUrl))).pipe(
      Layer.provide(Simulator.layer({ otherwise: Scenario.reply(healthyText) }))
    )
    const prices = pricesOf(["healthy/model", "sick/model", ...simulated.map(({ model }) => `sick/${model}`)])
    const program = everything.pipe(Effect.provide(Layer.merge(healthy, prices)), Effect.provide(UndiciClient.layer))
    ;[rows, afterwards] = await Effect.runPromise(program)
    if (process.env["WRITE_FAULTS"] !== undefined) writePage(rows)
  }, 120_000)

  const cases = [
    ...Object.keys(protocols).flatMap((dialect) =>
      simulated
        .filter(({ fault }) => faultsOf(dialect).includes(fault))
        .map(({ call, fault }) => ({ dialect, fault, call }))
    ),
    ...rawFaults.flatMap(({ name }) => calls.map(({ call }) => ({ dialect: "openai-chat", fault: name, call })))
  ]

  it.each(cases)("$dialect, $call: $fault", ({ call, dialect, fault }) => {
    const row = rows.find((row) => row.dialect === dialect && row.fault === fault && row.call === call)
    assert.isDefined(row)
    if (row !== undefined) judge(row.seen, row.requests, call !== "unary", call === "stream, restarting")
  })

  it("leave a process that goes on, and no connection open", () => {
    assert.strictEqual(afterwards?.seen.error, undefined)
    assert.strictEqual(afterwards?.seen.shown, healthyText)
    assert.strictEqual(afterwards?.openSockets, 0)
  })

  it("are each described in docs/faults.md", () => {
    const page = readFileSync(`${import.meta.dirname}/../../docs/faults.md`, "utf8")
    const described = new Set(
      Array.from(page.matchAll(/^\| .+ \| (.+?) \|$/gm), ([, faults = ""]) => faults.split("; ")).flat()
    )
    assert.deepStrictEqual(
      [...new Set(cases.map(({ fault }) => fault))].filter((fault) => !described.has(fault)),
      []
    )
  })
})

/** What callers got, over all dialects: for docs/faults.md. */
const outcomesOf = (rows: ReadonlyArray<Row>, call: Row["call"]): string =>
  [
    ...new Set(
      rows
        .filter((row) => row.call === call)
        .map(({ seen }) => {
          if (seen.error !== undefined) return seen.shown === "" ? seen.error : `a part, then ${seen.error}`
          return seen.provider === "sick" ? "its own" : "the other's"
        })
    )
  ]
    .toSorted()
    .join(" or ")

/** A row for each outcome, with the faults that have it. */
const tableOf = (rows: ReadonlyArray<Row>): string => {
  const faultsOf = new Map<string, Array<string>>()
  for (const fault of new Set(rows.map(({ fault }) => fault))) {
    const some = rows.filter((row) => row.fault === fault)
    const requests = [...new Set(some.map(({ requests }) => requests))].toSorted()
    // Faults that come before any content are not run with restarts, which they do not reach.
    const cells = calls.map(({ call }) => outcomesOf(some, call) || outcomesOf(some, "stream"))
    const outcome = [...cells, requests.join(", ")].join(" | ")
    faultsOf.set(outcome, [...(faultsOf.get(outcome) ?? []), fault])
  }
  const lines = Array.from(faultsOf, ([outcome, faults]) => `| ${outcome} | ${faults.join("; ")} |`)
  const head = '| unary | stream | stream, `onInterrupted: "restart"` | requests to it | the sick provider |'
  return [head, "|---|---|---|---|---|", ...lines].join("\n")
}

const writePage = (rows: ReadonlyArray<Row>) => {
  const file = `${import.meta.dirname}/../../docs/faults.md`
  const page = readFileSync(file, "utf8")
  const start = page.indexOf("| unary | stream |")
  writeFileSync(file, `${start < 0 ? page : page.slice(0, start)}${tableOf(rows)}\n`)
}
