import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Order from "effect/Order"
import type * as PlatformError from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as ChildProcess from "effect/process/ChildProcess"
import { type ChildProcessHandle, ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as Credentials from "../../client/Credentials.ts"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import { ChatFold } from "../../domain/ChatFold.ts"
import { ChatResponse, ServerError } from "../../domain/ChatResponse.ts"
import { InvalidRequestError } from "../../domain/CallErrors.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { Provider } from "../Provider.ts"
import * as Call from "./ClaudeCliCall.ts"
import type { ClaudeCliCall } from "./ClaudeCliCall.ts"

import { type ClaudeCliOptions, environmentOf, provider, secretsOf } from "./ClaudeCliOptions.ts"
import * as CliFailure from "./CliFailure.ts"
import { RunReading } from "./RunReading.ts"

/** How long its children may hold its output open after its end. */
const outputGracePeriod = Duration.seconds(1)

/** How long it may take to exit after its result. */
const exitGracePeriod = "250 millis"

/** Starts the command in a process group of its own, which ends with the scope. */
const spawn = (
  spawner: ChildProcessSpawner["Service"],
  options: ClaudeCliOptions,
  call: Pick<ClaudeCliCall, "arguments" | "input" | "variables">
): Effect.Effect<ChildProcessHandle, PlatformError.PlatformError, Scope.Scope> =>
  Effect.flatMap(environmentOf(options, call), (env) =>
    spawner.spawn(
      ChildProcess.make(options.command ?? "claude", call.arguments, {
        cwd: options.cwd,
        env,
        extendEnv: false,
        stdin: call.input === "" ? "ignore" : Stream.make(new TextEncoder().encode(call.input)),
        killSignal: "SIGTERM",
        forceKillAfter: options.forceKillAfter ?? "1 second"
      })
    )
  )

/** Describes a process error without its command line, which contains the instructions. */
const describe = ({ reason }: PlatformError.PlatformError): string => {
  const code = Predicate.hasProperty(reason.cause, "code") ? `, ${String(reason.cause.code)}` : ""
  return `${reason._tag} in ${reason.module}.${reason.method}${code}`
}

/** The error of a command that cannot be started. */
const toStartError =
  (context: CliFailure.Context, options: ClaudeCliOptions) =>
  (error: PlatformError.PlatformError): ProviderError => {
    const { model } = context
    const { reason } = error
    const detail = describe(error)
    if (reason._tag === "BadArgument") return new InvalidRequestError({ provider, model, detail })
    const missing = reason._tag === "NotFound" || reason._tag === "PermissionDenied"
    if (missing && reason.module === "FileSystem") {
      return new InvalidRequestError({
        provider,
        model,
        detail: `it cannot be run in ${options.cwd ?? "."}: ${detail}`
      })
    }
    return missing
      ? CliFailure.notInstalled(context, options.command ?? "claude", detail)
      : new ServerError({ provider, model, detail })
  }

/**
 * Runs the command once a slot is free, and streams its output. The process and its children are killed with the
 * scope.
 */
const open = Effect.fnUntraced(function* (
  spawner: ChildProcessSpawner["Service"],
  permits: Semaphore.Semaphore,
  options: ClaudeCliOptions,
  call: ClaudeCliCall
): Effect.fn.Return<Stream.Stream<ChatEvent, ProviderError>, ProviderError, Scope.Scope> {
  const clock = yield* Clock.Clock
  const scope = yield* Scope.Scope
  const reading = new RunReading(call, options, clock)
  yield* Semaphore.takeScoped(permits, 1)
  const handle = yield* Effect.mapError(spawn(spawner, options, call), toStartError(reading.context, options))
  const errors = Stream.runForEach(handle.stderr, (chunk) => Effect.sync(() => reading.addErrorOutput(chunk)))
  const stderrFiber = yield* Effect.forkScoped(Effect.ignore(errors))
  const bytes = yield* Channel.toPullScoped(Stream.toChannel(handle.stdout), scope)
  return Stream.fromPull(Effect.succeed(pullOf(reading, handle, bytes, Fiber.await(stderrFiber))))
})

type Bytes = Pull.Pull<ReadonlyArray<Uint8Array>, PlatformError.PlatformError>
type Events = Pull.Pull<readonly [ChatEvent, ...Array<ChatEvent>], ProviderError>

const pullOf = (
  reading: RunReading,
  handle: ChildProcessHandle,
  bytes: Bytes,
  stderrRead: Effect.Effect<unknown>
): Events => {
  const emit = (events: ReadonlyArray<ChatEvent>): Events =>
    events.length === 0 ? pull : Effect.succeed(events as readonly [ChatEvent, ...Array<ChatEvent>])
  const exited = exitOf(handle)
  // In steps, so that a busy program reads pending output between two of them.
  const gracePeriod = Effect.repeat(Effect.sleep(Duration.divideUnsafe(outputGracePeriod, 10)), { times: 9 })
  const abandoned: Bytes = Effect.andThen(exited, Effect.andThen(gracePeriod, Cause.done()))
  const next = Pull.matchEffect(Effect.raceFirst(bytes, abandoned), {
    onSuccess: (chunks) => emit(reading.read(chunks)),
    onFailure: (cause): Events => {
      const error = Cause.findError(cause)
      return Result.isSuccess(error)
        ? Effect.fail(reading.interrupted(describe(error.success)))
        : Effect.failCause(error.failure)
    },
    onDone: () =>
      Effect.timeoutOrElse(exited, { duration: outputGracePeriod, orElse: () => Effect.undefined }).pipe(
        Effect.tap(Effect.timeoutOption(stderrRead, exitGracePeriod)),
        Effect.flatMap((code) => emit(reading.close(code)))
      )
  })
  const pull: Events = Effect.suspend(() => {
    if (reading.ended === "no") return next
    // Nothing after this is needed, so it is killed with the scope.
    if (reading.ended === "enough") return Cause.done()
    if (reading.ended !== "complete") return Effect.fail(reading.ended)
    return Effect.flatMap(Effect.timeoutOption(exited, exitGracePeriod), () => Cause.done())
  })
  return pull
}

/** The exit code, or `undefined` if it was killed. A closed stdin is no failure. */
const exitOf = (handle: ChildProcessHandle): Effect.Effect<number | undefined> => {
  const wait: Effect.Effect<number | undefined> = Effect.matchEffect(handle.exitCode, {
    onSuccess: (code) => Effect.succeed(code),
    onFailure: () =>
      Effect.flatMap(
        Effect.orElseSucceed(handle.isRunning, () => false),
        (running) => (running ? Effect.andThen(Effect.sleep(exitGracePeriod), wait) : Effect.undefined)
      )
  })
  return wait
}

/** Makes the service. Nothing runs before the first call. */
export const make = (options: ClaudeCliOptions): Effect.Effect<Provider, never, ChildProcessSpawner> =>
  Effect.map(ChildProcessSpawner, (spawner) => {
    const permits = Semaphore.makeUnsafe(options.maxConcurrent ?? 4)
    /** The options with the fiber's own key, if it has one. */
    const current = Effect.map(Credentials.current(provider), (given) =>
      given?.credentials.apiKey === undefined ? options : { ...options, apiKey: given.credentials.apiKey }
    )
    const stream: Provider["stream"] = (model, request) =>
      Stream.unwrap(
        Effect.flatMap(current, (options) => {
          const call = Call.make(model, request, options)
          return Result.isSuccess(call) ? open(spawner, permits, options, call.success) : Effect.fail(call.failure)
        })
      )
    return {
      id: provider,
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

/** The first version with `claude auth`; older ones would run it as a prompt. */
const oldestVersion = [2, 1, 41] as const

/**
 * Checks the version first, since older ones would run an agent; then `claude auth status` exits with 0 if logged in,
 * else 1.
 */
const check = (
  spawner: ChildProcessSpawner["Service"],
  options: ClaudeCliOptions
): Effect.Effect<void, ProviderError> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const secrets = secretsOf(options)
    const context: CliFailure.Context = { model: undefined, secrets, now, hasKey: options.apiKey !== undefined }
    const { output } = yield* runToEnd(spawner, options, context, ["--version"])
    const version = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})\b/.exec(output.trim())?.slice(1).map(Number)
    const command = options.command ?? "claude"
    if (version === undefined) {
      return yield* CliFailure.notInstalled(context, command, "--version does not print a Claude Code version")
    }
    if (Order.Array(Order.Number)(version, oldestVersion) < 0) {
      return yield* CliFailure.tooOld(
        context,
        `it is ${version.join(".")}; ${oldestVersion.join(".")} or later is required`
      )
    }
    const { code } = yield* runToEnd(spawner, options, context, ["auth", "status"])
    if (code !== 0) return yield* CliFailure.notLoggedIn(context, undefined)
  })

/** Runs a command and returns up to 64 kB of its output, and its exit code. */
const runToEnd = (
  spawner: ChildProcessSpawner["Service"],
  options: ClaudeCliOptions,
  context: CliFailure.Context,
  args: ReadonlyArray<string>
): Effect.Effect<{ readonly code: number; readonly output: string }, ProviderError> =>
  Effect.gen(function* () {
    const handle = yield* Effect.mapError(
      spawn(spawner, options, { arguments: args, input: "", variables: {} }),
      toStartError(context, options)
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
      Effect.mapError((error) => new ServerError({ provider, detail: describe(error) }))
    )
  }).pipe(Effect.scoped)
