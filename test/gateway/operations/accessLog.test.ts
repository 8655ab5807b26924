import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Logger, References, Schedule, Scope } from "effect"
import { gateway } from "../gateway.ts"

interface Line {
  readonly message: string
  readonly fields: { readonly [name: string]: unknown }
}

const secret = "sk-a-key-that-must-not-be-logged-1234"

/** A gateway whose log is kept, and the lines of requests in it. */
const withLog = Effect.fnUntraced(function* (settings: string) {
  const lines: Array<Line> = []
  const logger = Logger.make(({ fiber, message }) => {
    const fields = { ...fiber.getRef(References.CurrentLogAnnotations) }
    lines.push({ message: Array.isArray(message) ? message.join(" ") : String(message), fields })
  })
  const { send, simulator, url } = yield* gateway(settings).pipe(Effect.provide(Logger.layer([logger])))
  const until = (count: number) =>
    Effect.suspend(() => {
      const requests = lines.filter(({ fields }) => "request" in fields)
      return requests.length >= count ? Effect.succeed(requests) : Effect.fail("too few")
    }).pipe(Effect.retry(Schedule.spaced("5 millis")), Effect.timeout("30 seconds"))
  return { send, simulator, url, until, lines }
})

const messages = [{ role: "user", content: "a prompt of SecretProject" }]

const access = "server: { logs: { access: true } }"

const settings = `
models:
  fast: { deployments: [{ model: openai/sim-healthy, name: east }] }
  slow: openai/sim-stall
prices: { openai/sim-healthy: { input: 2, output: 4 } }
${access}
`

describe("the access log", () => {
  it.live(
    "has a line per request with its id, model, deployment, tokens, duration and cost, and no text of the call",
    () =>
      Effect.gen(function* () {
        const { send, until } = yield* withLog(settings)
        const whole = yield* send(
          "/v1/chat/completions?trace=SecretProject",
          { model: "fast", messages },
          { authorization: `Bearer not-ours-${secret}` }
        )
        const streamed = yield* send("/v1/messages", { model: "fast", max_tokens: 9, messages, stream: true })
        const [first, second] = yield* until(2)
        assert.strictEqual(first?.message, "POST /v1/chat/completions 200")
        const { fields = {} } = first ?? {}
        assert.strictEqual(fields["request"], whole.headers.get("x-request-id"))
        assert.strictEqual(fields["cost"], whole.headers.get("x-effect-llm-cost"))
        assert.deepStrictEqual(
          [fields["route"], fields["status"], fields["model"], fields["deployment"], fields["dialect"], fields["key"]],
          ["/v1/chat/completions", 200, "fast", "east", "openai", "anonymous"]
        )
        assert.isNumber(fields["millis"])
        assert.isAbove(Number(fields["inputTokens"]), 0)
        assert.isAbove(Number(fields["outputTokens"]), 0)
        assert.match(String(fields["client"]), /127\.0\.0\.1$/)
        assert.strictEqual(second?.fields["request"], streamed.headers.get("request-id"))
        assert.strictEqual(second?.fields["deployment"], "east")
        assert.match(String(second?.fields["cost"]), /^0\.\d+$/)
        assert.notMatch(JSON.stringify([first, second]), /SecretProject|sk-a-key/)
      })
  )

  it.live("marks requests without a route and those that clients left, and shows no key in a path", () =>
    Effect.gen(function* () {
      const { url, until } = yield* withLog(settings)
      yield* Effect.promise(() => fetch(`${url}/sk-proj-${"abcdefgh".repeat(6)}/v1`))
      const abort = new AbortController()
      const body = JSON.stringify({ model: "slow", messages, stream: true })
      yield* Effect.promise(async () => {
        const { body: stream } = await fetch(`${url}/v1/chat/completions`, {
          method: "POST",
          body,
          signal: abort.signal
        })
        await stream?.getReader().read()
        abort.abort()
      })
      const [missing, cut] = yield* until(2)
      assert.strictEqual(missing?.fields["status"], 404)
      assert.notProperty(missing?.fields, "route")
      assert.notInclude(JSON.stringify(missing), "abcdefgh")
      assert.deepStrictEqual([cut?.fields["cut"], cut?.fields["model"], cut?.fields["status"]], [true, "slow", 200])
    })
  )

  it.live("does not report requests that were stopped with the gateway as abandoned by their clients", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { send, simulator, until } = yield* withLog(`models: { hang: openai/sim-hang }\n${access}`).pipe(
        Scope.provide(scope)
      )
      const call = yield* Effect.forkChild(send("/v1/chat/completions", { model: "hang", messages }))
      yield* simulator.awaitRequest()
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(call)).status, 503)
      const [stopped] = yield* until(1)
      assert.deepInclude(stopped?.fields, { status: 503, cut: true, deployment: "openai/sim-hang" })
    })
  )
})

describe("the address of a client", () => {
  const ask = (url: string, forwarded: string) =>
    Effect.promise(() => fetch(`${url}/v1/models`, { headers: { "x-forwarded-for": forwarded } }))

  it.live("is the nearest one that is not a trusted proxy, whatever a client puts before it", () =>
    Effect.gen(function* () {
      const { url, until } = yield* withLog(
        `${settings.trim()}\n`.replace("access: true }", "access: true }, trustedProxies: [127.0.0.0/8, 10.0.0.0/8]")
      )
      yield* ask(url, "6.6.6.6, 203.0.113.7, 10.1.2.3")
      yield* ask(url, "2001:db8::1")
      yield* ask(url, "10.1.2.3")
      yield* ask(url, "203.0.113.7, not an address")
      yield* ask(url, "[2001:db8::2]:4711, 10.0.0.1:80")
      const lines = yield* until(5)
      assert.deepStrictEqual(
        lines.map(({ fields }) => fields["client"]),
        ["203.0.113.7", "2001:db8::1", "127.0.0.1", "127.0.0.1", "2001:db8::2"]
      )
    })
  )

  it.live("is that of the connection where no proxy is trusted", () =>
    Effect.gen(function* () {
      const { url, until } = yield* withLog(settings)
      yield* ask(url, "203.0.113.7")
      const [line] = yield* until(1)
      assert.match(String(line?.fields["client"]), /127\.0\.0\.1$/)
    })
  )
})
