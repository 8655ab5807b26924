import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { ChatFold } from "../../domain/ChatFold.ts"
import { ChatResponse } from "../../domain/ChatResponse.ts"
import { ServerError } from "../../domain/errors/ServerError.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { ClaudeCliOptions } from "../ClaudeCli.ts"
import type { Provider } from "../Provider.ts"
import * as ClaudeCliCall from "./ClaudeCliCall.ts"
import * as ClaudeCliRun from "./ClaudeCliRun.ts"
import * as CliFailure from "./CliFailure.ts"

/**
 * Makes the service. Nothing is run before a model is asked.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: ClaudeCliOptions): Effect.Effect<Provider, never, ChildProcessSpawner> =>
  Effect.map(ChildProcessSpawner, (spawner) => {
    const stream: Provider["stream"] = (model, request) =>
      Stream.unwrap(
        Effect.suspend(() => {
          const call = ClaudeCliCall.make(model, request, options)
          return Result.isSuccess(call) ? ClaudeCliRun.open(spawner, options, call.success) : Effect.fail(call.failure)
        })
      )
    return {
      id: ClaudeCliCall.provider,
      baseUrl: options.command ?? "claude",
      check: check(spawner, options),
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

/** `claude auth status` exits with 0 when somebody is logged in, with 1 when nobody is. */
const check = (
  spawner: ChildProcessSpawner["Service"],
  options: ClaudeCliOptions
): Effect.Effect<void, ProviderError> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const secrets = ClaudeCliCall.secretsOf(options)
    const context: CliFailure.Context = { model: undefined, secrets, now, hasKey: options.apiKey !== undefined }
    const handle = yield* Effect.mapError(
      ClaudeCliRun.spawn(spawner, options, ["auth", "status"], ""),
      ClaudeCliRun.unstarted(context, options)
    )
    yield* Effect.forkScoped(Effect.ignore(Stream.runDrain(handle.all)))
    const code = yield* Effect.mapError(
      handle.exitCode,
      ({ message }) => new ServerError({ provider: ClaudeCliCall.provider, detail: message })
    )
    if (code !== 0) return yield* Effect.fail(CliFailure.notLoggedIn(context, undefined))
  }).pipe(Effect.scoped)
