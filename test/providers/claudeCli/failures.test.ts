import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Result, Stream } from "effect"
import { inspect } from "node:util"
import * as ChatModel from "../../../src/policies/ChatModel.ts"
import { isFallbackable, isRetryable, type ProviderError } from "../../../src/domain/ProviderError.ts"
import { ClaudeCli, type ClaudeCliOptions } from "../../../src/providers/ClaudeCli.ts"
import { gone, hurried, isAlive, run, standIn } from "./run.ts"

const fail = (name: string, options?: ClaudeCliOptions) =>
  run(
    Effect.gen(function* () {
      const claude = yield* standIn(options)
      return yield* Effect.flip(Effect.provide(ClaudeCli.model(name).generate("Hi"), claude.layer))
    })
  )

/** Those of which several tests say something. */
const once = new Map(
  ["limited", "half-way", "half-way-overloaded", "limited-without-time"].map((name) => [
    name,
    Effect.runSync(Effect.cached(fail(name)))
  ])
)

// First, since it is here that there is waiting: for groups of processes that are gone as soon as the system says so.
describe.concurrent("an end from outside", () => {
  for (const name of ["family", "stubborn"]) {
    it.live(
      `leaves no process alive of a ${name} run that is interrupted`,
      Effect.fnUntraced(function* () {
        yield* run(
          Effect.gen(function* () {
            const claude = yield* standIn({ forceKillAfter: "100 millis" })
            const events = Stream.runForEach(ClaudeCli.model(name).stream("Hi"), (event) =>
              event.type === "text-delta" ? Effect.sync(() => (shown = true)) : Effect.void
            )
            let shown = false
            const fiber = yield* Effect.forkChild(Effect.provide(events, claude.layer))
            yield* Effect.repeat(
              Effect.delay(
                Effect.sync(() => shown),
                "10 millis"
              ),
              { until: (shown) => shown }
            )
            const pids = [claude.seen().pid, claude.grandchild()]
            assert.deepStrictEqual(pids.map(isAlive), [true, true])
            yield* Fiber.interrupt(fiber)
            assert.deepStrictEqual(pids.map(isAlive), [false, false])
          })
        )
      })
    )
  }

  it.effect(
    "kills the processes that a finished run left behind, and does not wait for them",
    Effect.fnUntraced(function* () {
      yield* hurried(
        run(
          Effect.gen(function* () {
            const claude = yield* standIn({ forceKillAfter: "100 millis" })
            const error = yield* Effect.flip(Effect.provide(ClaudeCli.model("orphaning").generate("Hi"), claude.layer))
            if (error._tag !== "StreamInterruptedError") return assert.fail(error._tag)
            assert.strictEqual(error.partial.text, "Hel")
            yield* gone(claude.grandchild())
          })
        )
      )
    })
  )

  it.live(
    "ends the run when its reader has enough, or its time is up",
    Effect.fnUntraced(function* () {
      yield* run(
        Effect.gen(function* () {
          const claude = yield* standIn()
          const model = ClaudeCli.model("hang")
          const some = model.stream("Hi").pipe(
            Stream.filter(({ type }) => type === "text-delta"),
            Stream.take(1)
          )
          yield* Effect.provide(Stream.runDrain(some), claude.layer)
          yield* gone(claude.seen().pid)
          const hurried = ChatModel.timeout(model, { idle: "50 millis" })
          const error = yield* Effect.flip(Effect.provide(hurried.generate("Hi"), claude.layer))
          assert.deepInclude(error, { _tag: "TimeoutError", phase: "idle" })
          yield* gone(claude.seen().pid)
        })
      )
    })
  )

  it.live(
    "ends a run without output",
    Effect.fnUntraced(function* () {
      yield* run(
        Effect.gen(function* () {
          const claude = yield* standIn()
          const model = ChatModel.timeout(ClaudeCli.model("silent"), { firstToken: "400 millis" })
          const error = yield* Effect.flip(Effect.provide(model.generate("Hi"), claude.layer))
          assert.deepInclude(error, { _tag: "TimeoutError", phase: "first-token" })
          if (claude.hasRun()) yield* gone(claude.seen().pid)
        })
      )
    })
  )
})

describe.concurrent("a run that fails", () => {
  const failures: ReadonlyArray<readonly [string, ProviderError["_tag"], RegExp, ClaudeCliOptions?]> = [
    ["logged-out", "AuthenticationError", /type \/login/],
    ["logged-out-success", "AuthenticationError", /type \/login/],
    ["logged-out-text", "AuthenticationError", /type \/login/],
    ["old", "AuthenticationError", /Update Claude Code/],
    ["limited", "RateLimitError", /session limit/],
    ["overloaded", "OverloadedError", /Overloaded/],
    ["older", "AuthenticationError", /Update Claude Code/],
    ["bad-request", "InvalidRequestError", /out of range/],
    ["forbidden", "PermissionDeniedError", /not for this key/],
    ["busy", "OverloadedError", /Overloaded/],
    ["limited-without-time", "RateLimitError", /slow down/],
    ["full", "ContextWindowExceededError", /210000/],
    ["abandoned", "StreamInterruptedError", /broke off/],
    ["again", "StreamInterruptedError", /broke off/],
    ["half-way-overloaded", "StreamInterruptedError", /Overloaded/],
    ["own", "ResponseParseError", /Unknown skill: cost/],
    ["too-long", "ContextWindowExceededError", /210000/],
    ["execution-error", "ServerError", /EAGAIN/],
    ["crash", "ServerError", /code 139: Segmentation fault/],
    ["garbage", "ResponseParseError", /no result/],
    ["half-way", "StreamInterruptedError", /code 134: out of memory/],
    ["killed", "StreamInterruptedError", /killed/],
    ["flood-line", "ResponseParseError", /longer than 100000 characters/, { maxLineSize: 100_000 }],
    ["flood-lines", "ResponseParseError", /longer than 500000 bytes/, { maxOutputSize: 500_000 }]
  ]
  for (const [name, tag, words, options] of failures) {
    it.live(
      `fails with ${tag} when it is ${name}`,
      Effect.fnUntraced(function* () {
        const error = yield* once.get(name) ?? fail(name, options)
        assert.strictEqual(error._tag, tag, error.message)
        assert.match(error.message, words)
        assert.deepInclude(error, { provider: "claude-cli", model: name })
        if (tag !== "InvalidRequestError") assert.isTrue(isFallbackable(error))
        if (tag === "AuthenticationError") assert.isFalse(isRetryable(error))
      })
    )
  }

  it.live(
    "has the time when a limit resets",
    Effect.fnUntraced(function* () {
      const error = yield* once.get("limited") ?? fail("limited")
      if (error._tag !== "RateLimitError") return assert.fail(error._tag)
      const minutes = error.retryAfter === undefined ? 0 : Duration.toMinutes(error.retryAfter)
      assert.isTrue(minutes > 59 && minutes <= 60, String(minutes))
      const unknown = yield* once.get("limited-without-time") ?? fail("limited-without-time")
      if (unknown._tag !== "RateLimitError") return assert.fail(unknown._tag)
      assert.isUndefined(unknown.retryAfter)
    })
  )

  it.live(
    "keeps what had arrived when it dies half-way",
    Effect.fnUntraced(function* () {
      const error = yield* once.get("half-way") ?? fail("half-way")
      if (error._tag !== "StreamInterruptedError") return assert.fail(error._tag)
      assert.strictEqual(error.partial.text, "Hel")
      const overloaded = yield* once.get("half-way-overloaded") ?? fail("half-way-overloaded")
      if (overloaded._tag !== "StreamInterruptedError") return assert.fail(overloaded._tag)
      assert.strictEqual(overloaded.partial.text, "Hel")
      assert.deepInclude(overloaded.cause, { _tag: "OverloadedError" })
    })
  )

  it.live(
    "repeats no instructions in the error of a process that cannot be started",
    Effect.fnUntraced(function* () {
      for (const command of ["claude-that-is-not-there", "/"]) {
        const request = {
          messages: [
            { role: "system", content: "my own instructions" },
            { role: "user", content: "Hi" }
          ]
        } as const
        const layer = ClaudeCli.layer({ command })
        const error = yield* run(Effect.flip(Effect.provide(ClaudeCli.model("x").generate(request), layer)))
        assert.notInclude(`${error.message} ${inspect(error, { depth: 10 })}`, "my own instructions")
      }
    })
  )

  it.live(
    "runs no more than `maxConcurrent` at once, and takes up the next when one has ended",
    Effect.fnUntraced(function* () {
      yield* run(
        Effect.gen(function* () {
          const claude = yield* standIn({ maxConcurrent: 1 })
          const program = Effect.gen(function* () {
            const started = yield* Deferred.make<void>()
            const first = yield* ClaudeCli.model("hang")
              .stream("Hi")
              .pipe(
                Stream.runForEach(() => Deferred.succeed(started, undefined)),
                Effect.forkChild
              )
            yield* Deferred.await(started)
            const pid = claude.seen().pid
            const second = yield* Effect.forkChild(ClaudeCli.model("healthy").generate("Hi"))
            const waiter = yield* Effect.forkChild(ClaudeCli.model("healthy").generate("Hi"))
            yield* Fiber.interrupt(waiter)
            assert.strictEqual(claude.seen().pid, pid)
            yield* Fiber.interrupt(first)
            assert.strictEqual((yield* Fiber.join(second)).text, "Hello there")
          })
          yield* Effect.provide(program, claude.layer)
        })
      )
    })
  )

  it.live(
    "advises what to do if the command or folder does not exist",
    Effect.fnUntraced(function* () {
      const ask = (options: ClaudeCliOptions) =>
        run(Effect.flip(Effect.provide(ClaudeCli.model("x").generate("Hi"), ClaudeCli.layer(options))))
      const missing = yield* ask({ command: "claude-that-is-not-there" })
      assert.deepInclude(missing, { _tag: "AuthenticationError", code: "not_installed" })
      assert.match(
        missing.message,
        /^claude-cli\/x: access is not set up\. Install Claude Code .*claude-that-is-not-there/
      )
      const folder = yield* ask({ command: process.execPath, cwd: "/nowhere/at/all" })
      assert.strictEqual(folder._tag, "InvalidRequestError")
    })
  )

  it.live(
    "is detected by a check that calls no model",
    Effect.fnUntraced(function* () {
      const check = (env: { readonly [name: string]: string }) =>
        run(
          Effect.gen(function* () {
            const claude = yield* standIn({ env })
            const provider = yield* Effect.provide(ClaudeCli, claude.layer)
            yield* Effect.result(provider.check ?? Effect.die("no check")).pipe(
              Effect.tap((result) => Effect.sync(() => void results.push(result)))
            )
          })
        )
      const results: Array<Result.Result<void, ProviderError>> = []
      const codeOf = (error: ProviderError) => ("code" in error ? error.code : error._tag)
      yield* check({})
      yield* check({ STANDIN_LOGGED_OUT: "1" })
      // Where the command is too old to know `auth`, that would be a prompt: it is not said.
      yield* check({ STANDIN_VERSION: "2.1.40", STANDIN_LOGGED_OUT: "1" })
      assert.deepStrictEqual(
        results.map((result) => (Result.isFailure(result) ? codeOf(result.failure) : "up")),
        ["up", "not_logged_in", "too_old"]
      )
    })
  )
})
