/**
 * What the simulator writes, byte by byte, on real sockets. The clock is the real one unless a test says otherwise, and
 * nothing waits for time to pass.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Scenario } from "../../src/testing/Scenario.ts"
import { Simulator } from "../../src/testing/Simulator.ts"
import { answerOf, dialects, exchange, framesOf, open, parsed, send } from "./wire.ts"

const real = { excludeTestServices: true }
const both = Object.entries(dialects)

/** Asks the simulator of this test for a stream, and waits for its end. */
const stream = (dialect: (typeof both)[number][1], model: string, more: object = {}) =>
  Effect.flatMap(Simulator, ({ url }) =>
    Effect.map(exchange(url, dialect.path, dialect.request(model, undefined, { stream: true, ...more })), (answer) => ({
      ...answer,
      frames: framesOf(answer.body)
    }))
  )

/** Asks for an answer in one piece. */
const whole = (dialect: (typeof both)[number][1], model: string, more: object = {}) =>
  Effect.flatMap(Simulator, ({ url }) => exchange(url, dialect.path, dialect.request(model, undefined, more)))

for (const [name, dialect] of both) {
  layer(Simulator.layer(), real)(`${name}`, (it) => {
    it.effect(
      "a healthy stream has one frame per token, spells the whole response, and ends as the protocol requires",
      () =>
        Effect.gen(function* () {
          const streamed = yield* stream(dialect, "sim-healthy")
          const unary = yield* whole(dialect, "sim-healthy")
          assert.strictEqual(streamed.status, 200)
          assert.strictEqual(streamed.headers["content-type"], "text/event-stream; charset=utf-8")
          assert.isTrue(streamed.whole)
          assert.strictEqual(streamed.ended, "end")
          assert.strictEqual(unary.headers["content-type"], "application/json")
          const tokens = dialect.tokens(streamed.frames)
          assert.strictEqual(tokens.join(""), dialect.text(unary.body))
          assert.include(dialect.text(unary.body), "Why is the sky blue?")
          assert.strictEqual(tokens.length, dialect.outputTokens(unary.body))
          assert.isAbove(tokens.length, 20)
          assert.strictEqual(streamed.frames.filter(dialect.isFinish).length, 1)
          assert.isTrue(dialect.isLast(streamed.frames.at(-1)!))
        })
    )

    it.effect("the same request gets the same bytes", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const ask = () =>
          Effect.gen(function* () {
            yield* simulator.reset
            const { body } = yield* stream(dialect, "sim-reasoning")
            return body.replaceAll(/"created":\d+/g, "")
          })
        assert.strictEqual(yield* ask(), yield* ask())
      })
    )

    it.effect("sim-cut ends properly after 8 tokens, without finish reason or last frame", () =>
      Effect.gen(function* () {
        const { ended, frames, whole } = yield* stream(dialect, "sim-cut")
        assert.strictEqual(dialect.tokens(frames).length, 8)
        assert.isFalse(frames.some(dialect.isFinish))
        assert.isFalse(frames.some(dialect.isLast))
        assert.isTrue(whole)
        assert.strictEqual(ended, "end")
      })
    )

    it.effect("sim-cut-reset resets the connection after 8 tokens", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { ended, frames, whole } = yield* stream(dialect, "sim-cut-reset")
        assert.strictEqual(dialect.tokens(frames).length, 8)
        assert.isFalse(whole)
        assert.strictEqual(ended, "ECONNRESET")
        const seen = yield* simulator.awaitClosed((request) => request.model === "sim-cut-reset")
        assert.strictEqual(seen.outcome, "reset")
        assert.strictEqual(seen.frames, frames.length)
      })
    )

    it.effect("sim-malformed has one frame that is not JSON among all others", () =>
      Effect.gen(function* () {
        const { frames } = yield* stream(dialect, "sim-malformed")
        const healthy = yield* stream(dialect, "sim-healthy")
        const broken = frames.filter((frame) => parsed(frame.data) === undefined && frame.data !== "[DONE]")
        assert.strictEqual(broken.length, 1)
        assert.strictEqual(frames.length, healthy.frames.length + 1)
        assert.strictEqual(dialect.tokens(frames).join(""), dialect.tokens(healthy.frames).join(""))
        assert.strictEqual(dialect.tokens(frames.slice(0, frames.indexOf(broken[0]!))).length, 8)
        assert.isTrue(dialect.isLast(frames.at(-1)!))
      })
    )

    it.effect("sim-no-done lacks the last frame and nothing else", () =>
      Effect.gen(function* () {
        const { frames, whole } = yield* stream(dialect, "sim-no-done")
        const healthy = yield* stream(dialect, "sim-healthy")
        assert.strictEqual(frames.length, healthy.frames.length - 1)
        assert.isTrue(frames.some(dialect.isFinish))
        assert.isFalse(frames.some(dialect.isLast))
        assert.isTrue(whole)
      })
    )

    it.effect("sim-error-mid-stream sends 8 tokens and then the error, as the last frame", () =>
      Effect.gen(function* () {
        const { frames, status } = yield* stream(dialect, "sim-error-mid-stream")
        assert.strictEqual(status, 200)
        assert.strictEqual(dialect.tokens(frames).length, 8)
        assert.include(frames.at(-1)!.data, '"message":"Overloaded"')
        assert.strictEqual(frames.at(-1)!.event, name === "anthropic" ? "error" : undefined)
        assert.isFalse(frames.some(dialect.isFinish))
      })
    )

    it.effect("sim-stall goes silent after 8 tokens until the client leaves, which is recorded", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.reset
        const connection = yield* send(
          simulator.url,
          dialect.path,
          dialect.request("sim-stall", undefined, { stream: true })
        )
        const tokens = () => dialect.tokens(framesOf(answerOf(connection.received()).body))
        yield* connection.until(() => tokens().length === 8)
        const pending = (yield* simulator.requests)[0]!
        assert.strictEqual(pending.outcome, "pending")
        yield* connection.leave
        const seen = yield* simulator.awaitClosed()
        assert.strictEqual(seen.outcome, "client-closed")
        assert.strictEqual(seen.frames, framesOf(answerOf(connection.received()).body).length)
        assert.strictEqual(seen.bytes, Buffer.byteLength(answerOf(connection.received()).body))
        assert.strictEqual(tokens().length, 8)
      }).pipe(Effect.scoped)
    )

    it.effect("sim-silent sends headers and not one byte of a body", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.reset
        const connection = yield* send(
          simulator.url,
          dialect.path,
          dialect.request("sim-silent", undefined, { stream: true })
        )
        yield* connection.until((received) => received.includes("\r\n\r\n"))
        yield* connection.leave
        const seen = yield* simulator.awaitClosed()
        assert.deepStrictEqual([seen.status, seen.bytes, seen.frames, seen.outcome], [200, 0, 0, "client-closed"])
        assert.strictEqual(answerOf(connection.received()).body, "")
      }).pipe(Effect.scoped)
    )

    it.effect("sim-hang reads the request and sends nothing", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.reset
        const connection = yield* send(simulator.url, dialect.path, dialect.request("sim-hang"))
        assert.strictEqual((yield* simulator.awaitRequest()).model, "sim-hang")
        yield* connection.leave
        const seen = yield* simulator.awaitClosed()
        assert.strictEqual(seen.outcome, "client-closed")
        assert.isUndefined(seen.status)
        assert.strictEqual(connection.received(), "")
      }).pipe(Effect.scoped)
    )

    it.effect("sim-reset resets the connection before any byte", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.reset
        const { bytes, ended } = yield* stream(dialect, "sim-reset")
        assert.deepStrictEqual([bytes, ended], [0, "ECONNRESET"])
        assert.strictEqual((yield* simulator.awaitClosed()).outcome, "reset")
      })
    )

    it.effect("faults of a whole response break its JSON in the middle", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.reset
        const cut = yield* whole(dialect, "sim-cut")
        assert.deepStrictEqual([cut.whole, cut.ended, parsed(cut.body)], [true, "end", undefined])
        assert.isAbove(cut.body.length, 100)
        const reset = yield* whole(dialect, "sim-cut-reset")
        assert.deepStrictEqual([reset.whole, reset.ended], [false, "ECONNRESET"])
        const malformed = yield* whole(dialect, "sim-malformed")
        assert.deepStrictEqual([malformed.whole, parsed(malformed.body)], [true, undefined])
        const failed = yield* whole(dialect, "sim-error-mid-stream")
        assert.strictEqual(failed.status, name === "anthropic" ? 529 : 503)
        const connection = yield* send(simulator.url, dialect.path, dialect.request("sim-stall"))
        yield* simulator.awaitRequest((request) => request.model === "sim-stall" && request.bytes > 0)
        yield* connection.until((received) => answerOf(received).body.length > 100)
        assert.isUndefined(parsed(answerOf(connection.received()).body))
      }).pipe(Effect.scoped)
    )

    it.effect("bytes of a raw response are those of the scenario, and nothing else", () =>
      Effect.gen(function* () {
        const { script } = yield* Simulator
        const frames = ['data: {"a"', ":1}\r\n", "\r\n: ping\n\n", Buffer.from([0xef, 0xbb, 0xbf])]
        const headers = { "content-type": "text/event-stream", "x-odd": "1" }
        yield* script("raw", Scenario.withHeaders(Scenario.raw(frames, { status: 203, headers }), { "x-more": "2" }))
        for (const ask of [stream, whole]) {
          const answer = yield* ask(dialect, "raw")
          assert.strictEqual(answer.status, 203)
          assert.deepInclude(answer.headers, { ...headers, "x-more": "2" })
          assert.strictEqual(answer.body, 'data: {"a":1}\r\n\r\n: ping\n\n\ufeff')
          assert.strictEqual(answer.ended, "end")
        }
        yield* script("raw", Scenario.raw("<html>", { reset: true }))
        assert.strictEqual((yield* whole(dialect, "raw")).ended, "ECONNRESET")
        yield* script("raw", Scenario.raw(""))
        const empty = yield* whole(dialect, "raw")
        assert.deepStrictEqual([empty.body, empty.status, empty.headers["content-type"]], ["", 200, "application/json"])
      })
    )

    it.effect("errors have the status and the message of the scenario, and a request id", () =>
      Effect.gen(function* () {
        for (const status of [400, 401, 402, 403, 404, 408, 413, 429, 500, 502, 503, 504, 529]) {
          const simulator = yield* Simulator
          yield* simulator.script("failing", Scenario.status(status, { detail: `this is ${status}` }))
          const answer = yield* stream(dialect, "failing")
          assert.strictEqual(answer.status, status)
          const error = JSON.parse(answer.body) as { error: { message: string; type: string } }
          assert.strictEqual(error.error.message, `this is ${status}`)
          assert.match(answer.headers[name === "anthropic" ? "request-id" : "x-request-id"] ?? "", /^req_sim_\d+$/)
          assert.strictEqual(answer.headers["content-type"], "application/json")
        }
      })
    )
  })
}

layer(Simulator.layer(), real)("rate limits and outages", (it) => {
  it.effect("sim-429 sends Retry-After once, and then succeeds", () =>
    Effect.gen(function* () {
      const first = yield* whole(dialects.openai, "sim-429")
      assert.deepStrictEqual([first.status, first.headers["retry-after"]], [429, "1"])
      assert.isUndefined(first.headers["retry-after-ms"])
      assert.strictEqual((yield* whole(dialects.openai, "sim-429")).status, 200)
      assert.strictEqual((yield* whole(dialects.openai, "sim-429")).status, 200)
    })
  )

  it.effect("sim-429-bare fails twice without Retry-After", () =>
    Effect.gen(function* () {
      const answers = [
        yield* whole(dialects.anthropic, "sim-429-bare"),
        yield* whole(dialects.anthropic, "sim-429-bare"),
        yield* whole(dialects.anthropic, "sim-429-bare")
      ]
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [429, 429, 200]
      )
      assert.isUndefined(answers[0]!.headers["retry-after"])
    })
  )

  it.effect("a wait of less than a second is also sent in milliseconds", () =>
    Effect.gen(function* () {
      yield* (yield* Simulator).script("soon", Scenario.status(429, { retryAfter: "20 millis" }))
      const { headers } = yield* whole(dialects.openai, "soon")
      assert.deepStrictEqual([headers["retry-after"], headers["retry-after-ms"]], ["1", "20"])
    })
  )

  it.effect("sim-500 fails once, sim-503 for ever", () =>
    Effect.gen(function* () {
      const statuses = []
      for (const model of ["sim-500", "sim-500", "sim-503", "sim-503", "sim-503"]) {
        statuses.push((yield* stream(dialects.openai, model)).status)
      }
      assert.deepStrictEqual(statuses, [500, 200, 503, 503, 503])
    })
  )

  it.effect("each model has its own position in its sequence, and reset rewinds all", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.reset
      yield* simulator.script("mine", Scenario.status(500))
      const ask = (model: string) => Effect.map(whole(dialects.openai, model), ({ status }) => status)
      assert.strictEqual(yield* ask("sim-500"), 500)
      assert.strictEqual(yield* ask("sim-429"), 429)
      assert.strictEqual(yield* ask("mine"), 500)
      yield* simulator.reset
      assert.strictEqual(yield* ask("sim-500"), 500)
      assert.strictEqual(yield* ask("mine"), 200)
      assert.strictEqual((yield* simulator.requests).length, 2)
    })
  )
})

describe("time", () => {
  it.effect("sim-down fails until its time is over, by the Clock", () =>
    Effect.gen(function* () {
      const ask = Effect.map(whole(dialects.openai, "sim-down"), ({ status }) => status)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* ask, 503)
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual(yield* ask, 503)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* ask, 200)
    }).pipe(Effect.provide(Simulator.layer()))
  )

  it.effect("sim-slow waits for its first token, and then for each", () =>
    Effect.gen(function* () {
      const { url } = yield* Simulator
      const { path, request, tokens } = dialects.openai
      const connection = yield* send(url, path, request("sim-slow", undefined, { stream: true }))
      const count = () => tokens(framesOf(answerOf(connection.received()).body)).length
      yield* connection.until((received) => received.includes("\r\n\r\n"))
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual(count(), 0)
      yield* TestClock.adjust("1 millis")
      yield* connection.until(() => count() === 1)
      yield* TestClock.adjust("50 millis")
      yield* connection.until(() => count() === 2)
      yield* TestClock.adjust("49 millis")
      assert.strictEqual(count(), 2)
    }).pipe(Effect.scoped, Effect.provide(Simulator.layer()))
  )

  it.effect("a whole response arrives after the time for all its tokens", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const scenario = Scenario.paced(Scenario.reply("one two three"), { tokensPerSecond: 10 })
      yield* simulator.script("steady", scenario)
      const asking = yield* Effect.forkChild(whole(dialects.openai, "steady"))
      yield* simulator.awaitRequest()
      yield* TestClock.adjust("100 millis")
      yield* TestClock.adjust("100 millis")
      yield* TestClock.adjust("300 millis")
      assert.strictEqual(dialects.openai.text((yield* Fiber.join(asking)).body), "one two three")
      const seen = yield* simulator.awaitClosed()
      assert.strictEqual(seen.closedAt! - seen.startedAt, 500)
    }).pipe(Effect.provide(Simulator.layer({ pace: { latency: "100 millis", firstToken: "200 millis" } })))
  )
})

layer(Simulator.layer({ models: { "my-own": Scenario.reply("As you wish.") }, apiKey: "sk-test" }), real)(
  "requests",
  (it) => {
    const key = { authorization: "Bearer sk-test" }
    const { path, request } = dialects.openai

    it.effect("are recorded, with credentials redacted", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.reset
        const { body } = yield* exchange(simulator.url, `${path}?beta=true`, request("my-own", "Hi", { seed: 7 }), {
          ...key,
          "x-trace": "abc"
        })
        assert.strictEqual(dialects.openai.text(body), "As you wish.")
        const seen = yield* simulator.awaitClosed()
        const { closedAt, headers, startedAt, ...rest } = seen
        assert.deepStrictEqual(rest, {
          index: 0,
          method: "POST",
          path,
          body: request("my-own", "Hi", { seed: 7 }),
          protocol: "openai-chat",
          model: "my-own",
          stream: false,
          request: { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }], seed: 7 },
          status: 200,
          bytes: Buffer.byteLength(body),
          frames: 0,
          outcome: "completed"
        })
        assert.strictEqual(headers.authorization, "<redacted>")
        assert.strictEqual(headers["x-trace"], "abc")
        assert.isAtLeast(closedAt!, startedAt)
        assert.notInclude(JSON.stringify(yield* simulator.requests), "sk-test")
      })
    )

    it.effect("need the right key where one is set, in the header of their protocol", () =>
      Effect.gen(function* () {
        const { url } = yield* Simulator
        const { anthropic, openai } = dialects
        const status = (...args: Parameters<typeof exchange>) => Effect.map(exchange(...args), ({ status }) => status)
        assert.strictEqual(yield* status(url, path, openai.request("x")), 401)
        assert.strictEqual(yield* status(url, path, openai.request("x"), { authorization: "Bearer sk-other" }), 401)
        assert.strictEqual(yield* status(url, path, openai.request("x"), key), 200)
        assert.strictEqual(yield* status(url, anthropic.path, anthropic.request("x")), 401)
        assert.strictEqual(yield* status(url, anthropic.path, anthropic.request("x"), { "x-api-key": "sk-test" }), 200)
      })
    )

    it.effect("that are invalid are 400, with the place of the mistake", () =>
      Effect.gen(function* () {
        const { url } = yield* Simulator
        for (const [dialect, messages] of [
          [dialects.openai, [{ role: "nobody", content: "Hi" }]],
          [dialects.anthropic, [{ role: "user", content: 7 }]]
        ] as const) {
          const wrong = yield* exchange(url, dialect.path, { ...dialect.request("x"), messages }, key)
          assert.strictEqual(wrong.status, 400)
          assert.include(wrong.body, "messages[0]")
          const broken = yield* exchange(url, dialect.path, "{", key)
          assert.strictEqual(broken.status, 400)
        }
      })
    )

    it.effect("for an unknown sim- model are 404 with those that exist; other names are healthy", () =>
      Effect.gen(function* () {
        const { url } = yield* Simulator
        const missing = yield* exchange(url, path, request("sim-typo"), key)
        assert.strictEqual(missing.status, 404)
        assert.include(missing.body, "sim-healthy")
        assert.include(missing.body, "my-own")
        assert.strictEqual((yield* exchange(url, path, request("gpt-5-mini"), key)).status, 200)
      })
    )

    it.effect("for no route are 404, and the models are listed", () =>
      Effect.gen(function* () {
        const { openAiUrl, url } = yield* Simulator
        const missing = yield* exchange(url, "/v1/nothing", {}, key)
        assert.strictEqual(missing.status, 404)
        assert.include(missing.body, "POST /v1/messages")
        const models = yield* Effect.promise(async () => (await fetch(`${openAiUrl}/models`)).json())
        assert.includeMembers(
          (models as { data: ReadonlyArray<{ id: string }> }).data.map(({ id }) => id),
          ["sim-healthy", "sim-hang", "my-own"]
        )
      })
    )

    it.effect("in parallel each get their own response", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.reset
        const numbers = Array.from({ length: 50 }, (_, index) => index)
        const texts = yield* Effect.forEach(
          numbers,
          (n) =>
            Effect.promise(async () => {
              const response = await fetch(`${simulator.openAiUrl}/chat/completions`, {
                method: "POST",
                headers: key,
                body: JSON.stringify(request("any", `This is number ${n}.`, { stream: true }))
              })
              return dialects.openai.tokens(framesOf(await response.text())).join("")
            }),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          texts.map((text) => /number (\d+)\./.exec(text)?.[1]),
          numbers.map(String)
        )
        const seen = yield* simulator.requests
        assert.strictEqual(seen.length, 50)
        assert.strictEqual(new Set(seen.map(({ index }) => index)).size, 50)
      })
    )

    it.effect("of a client that leaves in the middle of sending are recorded too", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.reset
        const connection = yield* open(simulator.url)
        yield* connection.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"model":`)
        yield* Effect.repeat(Effect.yieldNow, {
          until: () => Effect.map(simulator.requests, ({ length }) => length === 1)
        })
        yield* connection.leave
        const seen = yield* simulator.awaitClosed()
        assert.deepStrictEqual([seen.outcome, seen.body], ["client-closed", undefined])
      }).pipe(Effect.scoped)
    )
  }
)
