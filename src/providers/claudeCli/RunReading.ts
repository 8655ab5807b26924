import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import { type ChatEvent, type ChatEventOf, isContent } from "../../domain/ChatEvent.ts"
import { ChatFold } from "../../domain/ChatFold.ts"
import { ChatResponse, ResponseParseError, ServerError, StreamInterruptedError } from "../../domain/ChatResponse.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import { NdjsonReader } from "../../transport/NdjsonReader.ts"
import { holds, redact, redactText } from "../../transport/Secrets.ts"
import type { ProviderFailure } from "../../protocols/Protocol.ts"
import type { ClaudeCliCall } from "./ClaudeCliCall.ts"
import * as CliFailure from "./CliFailure.ts"
import { OutputDecoder } from "./OutputDecoder.ts"
import { type ClaudeCliOptions, provider, secretsOf } from "./ClaudeCliOptions.ts"

/** The most that is quoted of unreadable output, in UTF-16 code units. */
const excerpt = 4096

/** How the command reports arguments that its version does not know. */
const unknownArguments = /unknown option|unknown command|^error: option '[^']*' argument '[^']*' is invalid/im

const mostOutput = 256 * 1024 * 1024

/** Reads one run: bytes in, events out. */
export class RunReading {
  /** How the response ended; `enough` if the run would continue. */
  ended: "no" | "complete" | "enough" | ProviderError = "no"
  readonly #call: ClaudeCliCall
  readonly #options: ClaudeCliOptions
  readonly #secrets: ReadonlyArray<string>
  readonly #clock: Clock.Clock
  readonly #startedAtMillis: number
  readonly #lines: NdjsonReader
  readonly #decoder: OutputDecoder
  readonly #fold = new ChatFold()
  #started = false
  #size = 0
  #firstToken: Duration.Duration | undefined
  readonly #text = new TextDecoder()
  #errors = ""

  constructor(call: ClaudeCliCall, options: ClaudeCliOptions, clock: Clock.Clock) {
    this.#call = call
    this.#options = options
    this.#secrets = secretsOf(options)
    this.#clock = clock
    this.#startedAtMillis = steadyMillis(clock)
    this.#lines = new NdjsonReader(options.maxLineSize)
    this.#decoder = new OutputDecoder(call)
  }

  read(chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<ChatEvent> {
    const events: Array<ChatEvent> = []
    for (const chunk of chunks) {
      this.#size += chunk.length
      const most = this.#options.maxOutputSize ?? mostOutput
      if (this.#size > most) this.ended = this.#unparsed(`the response is longer than ${most} bytes`)
      else this.#decode(this.#lines.read(chunk), events)
      if (this.ended !== "no") break
    }
    return this.#noted(events)
  }

  /** Keeps the end of the error output. */
  addErrorOutput(chunk: Uint8Array): void {
    this.#errors = (this.#errors + this.#text.decode(chunk, { stream: true })).slice(-excerpt)
  }

  /** Ends the output, with the exit code of a process that exited by itself. */
  close(exitCode: number | undefined): ReadonlyArray<ChatEvent> {
    const events: Array<ChatEvent> = []
    this.#decode(this.#lines.end(), events)
    if (this.ended === "no") this.ended = this.#brokenOff(exitCode)
    return this.#noted(events)
  }

  /** The error of a run that broke off, with the partial response. */
  interrupted(detail: string, cause?: ProviderError): StreamInterruptedError {
    const secrets = this.#secrets
    const partial = ChatResponse.of(this.#fold.fields())
    return new StreamInterruptedError({
      ...this.#place,
      detail: redactText(detail, secrets),
      partial: holds(partial, secrets) ? partial.with(redact({ ...partial }, secrets) as object) : partial,
      cause
    })
  }

  get context(): CliFailure.Context {
    return {
      model: this.#call.model,
      secrets: this.#secrets,
      now: this.#now(),
      hasKey: this.#options.apiKey !== undefined
    }
  }

  get #place() {
    return { provider, model: this.#call.model }
  }

  #decode(frames: ReturnType<NdjsonReader["read"]>, events: Array<ChatEvent>): void {
    if ("_tag" in frames) {
      const isTooLong = frames._tag === "ResponseTooLargeError"
      this.ended = this.#unparsed(
        isTooLong ? `a line is longer than ${frames.bytes} characters` : (frames.detail ?? frames.message)
      )
      return
    }
    for (const frame of frames) {
      const read = Result.try({
        try: () => this.#decoder.decode(frame, events),
        catch: () => this.#unparsed("the response cannot be read", frame)
      })
      if (Result.isFailure(read)) this.ended = read.failure
      else this.#conclude(read.success, events)
      if (this.ended !== "no") return
    }
  }

  #conclude(failure: ProviderFailure | undefined, events: Array<ChatEvent>): void {
    const { isBroken, done, isEnough, commandReply } = this.#decoder
    if (failure !== undefined) this.#failed(failure, events)
    else if (isBroken) this.#cut(this.#decoder.failure, events)
    else if (commandReply !== undefined) {
      const excerptOfReply = redactText(commandReply, this.#secrets).slice(0, excerpt)
      this.ended = this.#unparsed(`Claude Code responded by itself, without the model: ${excerptOfReply}`)
    } else if (isEnough) this.ended = "enough"
    else if (done) this.ended = "complete"
  }

  /** A failure before any content is an error of its own, else it interrupts the stream. */
  #failed(failure: ProviderFailure, events: Array<ChatEvent>): void {
    if (this.#firstToken !== undefined || events.some(isContent)) this.#cut(failure, events)
    else this.ended = CliFailure.toError(failure, this.context)
  }

  #cut(failure: ProviderFailure | undefined, events: Array<ChatEvent>): void {
    // Events of the same chunk have arrived, too.
    this.#noted(events)
    events.length = 0
    const cause = failure === undefined ? undefined : CliFailure.toError(failure, this.context)
    this.ended = this.interrupted(cause?.message ?? "the provider's stream broke off", cause)
  }

  /** The output ended without a result. */
  #brokenOff(exitCode: number | undefined): ProviderError {
    const { hasMessage, failure, strayLine } = this.#decoder
    const words = [this.#errors.trim(), hasMessage ? "" : (strayLine?.data.trim() ?? "")]
      .filter((part) => part !== "")
      .join("\n")
    const how = exitCode === undefined ? "it was killed" : `it exited with code ${exitCode}`
    const detail = words === "" ? how : `${how}: ${words}`
    if (failure !== undefined) return CliFailure.toError(failure, this.context)
    if (hasMessage) return this.interrupted(detail)
    if (CliFailure.saysLogin(words)) return CliFailure.notLoggedIn(this.context, words)
    const clean = redactText(detail, this.#secrets)
    if (unknownArguments.test(words)) return CliFailure.tooOld(this.context, clean)
    // The exit codes of a shell or `env` for a missing program, such as the `node` that runs the command.
    if (exitCode === 127 || exitCode === 126) {
      return CliFailure.notInstalled(this.context, this.#options.command ?? "claude", clean)
    }
    if (strayLine !== undefined || exitCode === 0) return this.#unparsed(`there is no result: ${how}`, strayLine)
    return new ServerError({ ...this.#place, detail: clean })
  }

  #unparsed(detail: string, frame?: Frame): ResponseParseError {
    const data = frame === undefined ? undefined : redactText(frame.data, this.#secrets).slice(0, excerpt)
    return new ResponseParseError({ ...this.#place, detail, frame: data === undefined ? undefined : { data } })
  }

  #noted(events: Array<ChatEvent>): ReadonlyArray<ChatEvent> {
    if (!this.#started && this.#decoder.hasMessage) {
      this.#started = true
      const start: ChatEventOf<"response-start"> = {
        ...this.#place,
        type: "response-start",
        warnings: this.#call.warnings
      }
      events.unshift(start)
    }
    if (this.#firstToken === undefined && events.some(isContent)) this.#firstToken = this.#elapsed()
    const last = events.at(-1)
    if (last?.type === "finish") events[events.length - 1] = this.#stamped(last)
    for (const event of events) this.#fold.add(event)
    return events
  }

  #stamped(finish: ChatEventOf<"finish">): ChatEvent {
    const total = this.#elapsed()
    return {
      ...finish,
      timings: { firstToken: this.#firstToken, total },
      attempts: [{ model: `${provider}/${this.#call.model}`, duration: total }]
    }
  }

  #elapsed(): Duration.Duration {
    return Duration.millis(steadyMillis(this.#clock) - this.#startedAtMillis)
  }

  #now(): number {
    return this.#clock.currentTimeMillisUnsafe()
  }
}
