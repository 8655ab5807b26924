import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { ChatFold } from "../../domain/ChatFold.ts"
import { ChatResponse } from "../../domain/ChatResponse.ts"
import { ServerError } from "../../domain/errors/ServerError.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { ClaudeCliOptions } from "../ClaudeCli.ts"
import * as Credentials from "../../client/Credentials.ts"
import type { Provider } from "../Provider.ts"
import * as ClaudeCliCall from "./ClaudeCliCall.ts"
import * as ClaudeCliRun from "./ClaudeCliRun.ts"
import * as CliFailure from "./CliFailure.ts"

/** Makes the service. Nothing is run before a model is asked. */
export const make = (options: ClaudeCliOptions): Effect.Effect<Provider, never, ChildProcessSpawner> =>
  Effect.map(ChildProcessSpawner, (spawner) => {
    const slots = Semaphore.makeUnsafe(options.maxConcurrent ?? 4)
    /** The options, with the key that the fiber was given. */
    const current = Effect.map(Credentials.current(ClaudeCliCall.provider), (given) =>
      given?.credentials.apiKey === undefined ? options : { ...options, apiKey: given.credentials.apiKey }
    )
    const stream: Provider["stream"] = (model, request) =>
      Stream.unwrap(
        Effect.flatMap(current, (options) => {
          const call = ClaudeCliCall.make(model, request, options)
          return Result.isSuccess(call)
            ? ClaudeCliRun.open(spawner, slots, options, call.success)
            : Effect.fail(call.failure)
        })
      )
    return {
      id: ClaudeCliCall.provider,
      baseUrl: options.command ?? "claude",
      check: Effect.flatMap(current, (options) => check(spawner, options)),
      generate: (model, request) =>
        Effect.suspend(() => {
          const fold = new ChatFold()
          const read = Stream.runForEachArray(stream(model, request), (events) =>
            Effect.sync(() => {
              for (const event of events) fold.add(event)
            })
          )
          return Effect.map(read, () => ChatResponse.of(fold.fields()))
        }),
      stream
    }
  })

/** The first version with `claude auth`; older ones take its name for a prompt, and run an agent on it. */
const oldest = [2, 1, 41] as const

/**
 * The version comes first: only where it knows the command, `claude auth status` exits with 0 when somebody is logged
 * in, with 1 when nobody is.
 */
const check = (
  spawner: ChildProcessSpawner["Service"],
  options: ClaudeCliOptions
): Effect.Effect<void, ProviderError> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const secrets = ClaudeCliCall.secretsOf(options)
    const context: CliFailure.Context = { model: undefined, secrets, now, hasKey: options.apiKey !== undefined }
    const { output } = yield* runToEnd(spawner, options, context, ["--version"])
    const version = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})\b/.exec(output.trim())?.slice(1).map(Number)
    const command = options.command ?? "claude"
    if (version === undefined) {
      return yield* CliFailure.notInstalled(context, command, "--version does not print a version of Claude Code")
    }
    if (Order.Array(Order.Number)(version, oldest) < 0) {
      return yield* CliFailure.tooOld(context, `it is ${version.join(".")}; ${oldest.join(".")} or later is needed`)
    }
    const { code } = yield* runToEnd(spawner, options, context, ["auth", "status"])
    if (code !== 0) return yield* CliFailure.notLoggedIn(context, undefined)
  })

/** What a command prints, up to 64 kB of it, and its exit code. */
const runToEnd = (
  spawner: ChildProcessSpawner["Service"],
  options: ClaudeCliOptions,
  context: CliFailure.Context,
  args: ReadonlyArray<string>
): Effect.Effect<{ readonly code: number; readonly output: string }, ProviderError> =>
  Effect.gen(function* () {
    const handle = yield* Effect.mapError(
      ClaudeCliRun.spawn(spawner, options, { arguments: args, input: "", variables: {} }),
      ClaudeCliRun.toStartError(context, options)
    )
    const text = new TextDecoder()
    let output = ""
    yield* Effect.forkScoped(Effect.ignore(Stream.runDrain(handle.stderr)))
    const read = Stream.runForEach(handle.stdout, (chunk) =>
      Effect.sync(() => {
        if (output.length < 65_536) output += text.decode(chunk, { stream: true })
      })
    )
    return yield* Effect.map(Effect.andThen(read, handle.exitCode), (code) => ({ code, output })).pipe(
      Effect.mapError(
        (error) => new ServerError({ provider: ClaudeCliCall.provider, detail: ClaudeCliRun.describe(error) })
      )
    )
  }).pipe(Effect.scoped)
