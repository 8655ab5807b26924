/**
 * A chat service over HTTP: three providers behind one model, a rate limit and a budget for each user, and a record of every
 * call. Its clients ask, hurry, overspend and go on asking while a provider is down.
 *
 *     npx tsx examples/95_chat_service.ts
 *
 * The service is examples/support/chatService.ts; the simulator plays the providers.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { BigDecimal, Console, Effect, Layer, Stream } from "effect"
import { HttpClient, HttpClientRequest, HttpRouter, HttpServer } from "effect/http"
import { CircuitBreaker as CircuitBreakerStores } from "effect/persistence"
import * as Pricing from "effect-llm/catalog/Pricing"
import { Budgets } from "effect-llm/policies/Budgets"
import * as Journal from "effect-llm/policies/Journal"
import * as RateLimit from "effect-llm/policies/RateLimit"
import { Scenario } from "effect-llm/testing/Scenario"
import { Simulator } from "effect-llm/testing/Simulator"
import { createServer } from "node:http"
import { budgetOf, chatService } from "./support/chatService.ts"
import { threeProviders } from "./support/threeProviders.ts"

/** The journal of this example is a list, to be printed at the end. */
const records: Array<Journal.CallRecord> = []
const list: Journal.Sink = {
  name: "list",
  make: Effect.succeed((entries) =>
    Effect.sync(() => records.push(...entries.filter((entry) => entry._tag === "Call")))
  )
}

const services = Layer.mergeAll(
  Budgets.layerMemory,
  RateLimit.layerStoreMemory,
  CircuitBreakerStores.layerStoreMemory(),
  Pricing.layer,
  Journal.layer([list], { interval: "50 millis" }),
  threeProviders
)
const server = HttpRouter.serve(chatService, { disableListenLog: true, disableLogger: true }).pipe(
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
  Layer.provideMerge(services)
)

const program = Effect.gen(function* () {
  const { address } = yield* HttpServer.HttpServer
  const url = address._tag === "InetAddressV4" ? `http://127.0.0.1:${address.port}` : ""
  const get = (path: string) => Effect.flatMap(HttpClient.get(url + path), ({ text }) => text)
  const post = (user: string, message: string, stream = false) =>
    HttpClientRequest.post(`${url}/chat`).pipe(
      HttpClientRequest.setHeader("x-user", user),
      HttpClientRequest.bodyJsonUnsafe({ message, stream }),
      HttpClient.execute
    )

  /** Asks, and prints the status with the answer or the refusal. */
  const ask = (user: string, message: string) =>
    Effect.gen(function* () {
      const { headers, json, status } = yield* post(user, message)
      const { by, error, text } = (yield* json) as { text?: string; by?: string; error?: string }
      const wait = headers["retry-after"] === undefined ? "" : ` (retry-after: ${headers["retry-after"]})`
      yield* Console.log(`  ${user}: ${status}${wait} ${error ?? `${by}: ${text?.slice(0, 60)}…`}`)
    })

  /** Reads the events of a stream: prints the beginning of the text, and how it ended. */
  const askStreaming = (user: string, message: string) =>
    Effect.gen(function* () {
      const { status, stream } = yield* post(user, message, true)
      let written = 0
      const write = (text: string) => {
        process.stdout.write(text.slice(0, Math.max(0, 180 - written)))
        written += text.length
      }
      write(`  ${user}: ${status} `)
      yield* stream.pipe(
        Stream.decodeText,
        Stream.splitLines,
        Stream.filter((line) => line.startsWith("data: ")),
        Stream.map((line) => JSON.parse(line.slice(6)) as { text?: string; done?: string; error?: string }),
        Stream.runForEach(({ done, error, text }) => {
          if (text !== undefined) return Effect.sync(() => write(text))
          return Console.log(
            `\n  … ${written} characters, ${error === undefined ? `from ${done}` : `then stopped: ${error}`}`
          )
        })
      )
    })

  /** The plan, without what would follow after which error. */
  const plan = Effect.map(get("/plan"), (text) => text.split("After an error:")[0] ?? "")

  yield* Console.log(`What would happen with a message?\n\n${yield* plan}`)

  yield* Console.log("Ada asks, and reads as it is written:\n")
  yield* askStreaming("ada", "Why is the sky blue?")

  yield* Console.log("\nBen is in a hurry. Four requests in ten seconds are his:\n")
  yield* Effect.forEach([1, 2, 3, 4, 5], (n) => ask("ben", `Quick, number ${n}!`), { concurrency: "unbounded" })

  yield* Console.log("\nOpenAI goes down. Nobody notices but the journal:\n")
  const { script } = yield* Simulator
  yield* script("gpt-6-luna", Scenario.status(503))
  for (const user of ["ada", "cleo", "dan"]) yield* ask(user, "Is anybody there?")
  yield* Console.log(`\n${yield* plan}`)

  yield* Console.log("OpenAI is back. Eve wants a novel, for which her budget is too small:\n")
  yield* script("gpt-6-luna", Scenario.reply("It was a dark and stormy night. ".repeat(400)))
  yield* Effect.sleep("2 seconds")
  yield* askStreaming("eve", "Write a novel.")
  yield* ask("eve", "And the second volume?")

  yield* Effect.flatMap(Journal.Journal, ({ flush }) => flush)
  yield* Console.log("\nThe journal:\n")
  for (const { attempts, cost, millis, user = "" } of records) {
    const usd = cost?._tag === "Priced" ? `$${BigDecimal.format(cost.usd)}` : ""
    const tried = attempts.map(({ error = "ok", model }) => `${model} ${error}`).join(", ")
    yield* Console.log(`  ${user.padEnd(5)}${`${Math.round(millis)} ms`.padStart(8)}  ${usd.padEnd(11)}${tried}`)
  }

  yield* Console.log("\nSpent:\n")
  for (const user of ["ada", "ben", "cleo", "dan", "eve"]) {
    const { limit, spent } = yield* Budgets.use((budgets) => budgets.spent(budgetOf(user)))
    yield* Console.log(`  ${user.padEnd(5)} $${BigDecimal.format(spent)} of $${BigDecimal.format(limit)}`)
  }

  yield* Console.log("\nThe deployments:\n")
  console.table(JSON.parse(yield* get("/stats")))
})

await program.pipe(Effect.provide(server), Effect.runPromise)
