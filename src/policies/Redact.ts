/**
 * Keeps secrets and personal data from providers: placeholders go out in their place, and the response has the originals again.
 *
 * ```ts
 * import { OpenAi } from "effect-llm"
 * import * as Detector from "effect-llm/policies/Detector"
 * import * as Redact from "effect-llm/policies/Redact"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(
 *   Redact.make({ detectors: [...Detector.standard, Detector.make("TICKET", /\bACME-\d{1,9}\b/)] })
 * )
 * ```
 *
 * It sees text: not what images, audio and files show, nor `user`, `metadata` and the descriptions of tools, and not what a
 * detector does not know.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { attemptsOf, partialOf } from "../domain/ProviderError.ts"
import { streamOf } from "../model/Model.ts"
import { gated, type Gates, type TextGate } from "./content/GatedEvents.ts"
import { mapTexts, textsOf } from "./content/Texts.ts"
import { streamWithoutMemory, withoutMemory } from "./content/WithoutMemory.ts"
import { edited } from "./content/Windows.ts"
import { type Detector, find, standard } from "./Detector.ts"
import { make as makePolicy, type Policy } from "./Policy.ts"

/**
 * - `detectors`: what is replaced (`Detector.standard`).
 * - `restore`: whether the response has the originals in place of the placeholders (the default), or shows the placeholders.
 * - `placeholder`: the placeholder of the n-th value of a detector, counted from 1: `[EMAIL_1]`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RedactOptions {
  readonly detectors?: ReadonlyArray<Detector> | undefined
  readonly restore?: boolean | undefined
  readonly placeholder?: ((detector: string, n: number) => string) | undefined
}

/**
 * Replaces what the detectors find in the texts of a request: of messages, instructions, tool calls and their results, and of
 * the inputs of every other capability. The same value has the same placeholder, numbered in the order of the conversation, so
 * that it keeps it while the conversation grows.
 *
 * In the response, texts and the inputs of tool calls have the originals again, also where a placeholder arrives in pieces.
 * Reasoning keeps its placeholders, and reasoning that a provider signed goes back as it came: its signature holds for
 * that text alone.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: RedactOptions = {}): Policy =>
  makePolicy({
    generate: ({ model, request, run }) =>
      Effect.suspend(() => {
        const vault = new Vault(options)
        const redacted = vault.redact(request)
        if (redacted === request) return run
        const response = model.generate(redacted)
        if (options.restore === false) return response
        return Effect.mapError(
          Effect.map(withoutMemory(response), (response) => vault.restoreIn(response)),
          vault.restoreError
        )
      }),
    stream: ({ model, request, run }) =>
      Stream.suspend(() => {
        const vault = new Vault(options)
        const redacted = vault.redact(request)
        const stream = redacted === request ? undefined : streamOf(model)?.(redacted)
        if (stream === undefined) return run
        if (options.restore === false) return stream
        return Stream.mapError(gated(streamWithoutMemory(stream), gatesOf(vault)), vault.restoreError)
      })
  })

const defaultPlaceholder = (detector: string, n: number): string => `[${detector}_${n}]`

/** The originals of one call, by their placeholders. */
class Vault {
  readonly #options: RedactOptions
  readonly #placeholders = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  /** The originals by their placeholders, by the length of these, the longest first. */
  #originals: ReadonlyArray<readonly [length: number, byPlaceholder: ReadonlyMap<string, string>]> = []
  #firstLetters: ReadonlySet<string | undefined> = new Set()

  constructor(options: RedactOptions) {
    this.#options = options
  }

  redact<Request extends object>(request: Request): Request {
    const { detectors = standard, restore = true } = this.#options
    let foreign: Written | undefined
    // Where the caller wrote a placeholder of their own, the response could not be told from one of ours.
    const isTaken = (placeholder: string): boolean =>
      restore && (foreign ??= new Written(textsOf(withoutAssistant(request)))).has(placeholder)
    const redacted = mapTexts(
      request,
      (text) => {
        const edits = find(detectors, text).map(({ detector, end, start, text }) => ({
          start,
          end,
          text: this.#placeholderOf(detector, text, isTaken)
        }))
        return edits.length === 0 ? text : edited(text, edits)
      },
      { reasoning: "keep-signed" }
    )
    this.#index()
    return redacted
  }

  #index(): void {
    const byLength = new Map<number, Map<string, string>>()
    for (const [original, placeholder] of this.#placeholders) {
      const same = byLength.get(placeholder.length) ?? new Map<string, string>()
      if (!same.has(placeholder)) same.set(placeholder, original)
      byLength.set(placeholder.length, same)
    }
    byLength.delete(0)
    this.#originals = [...byLength].sort(([a], [b]) => b - a)
    this.#firstLetters = new Set(this.#originals.flatMap(([, same]) => [...same.keys()].map(([first]) => first)))
  }

  #placeholderOf(detector: string, original: string, isTaken: (placeholder: string) => boolean): string {
    const known = this.#placeholders.get(original)
    if (known !== undefined) return known
    const { placeholder: make = defaultPlaceholder } = this.#options
    const used = this.#counts.get(detector) ?? 0
    let n = used + 1
    let placeholder = make(detector, n)
    // A function of its own may give the same one for every number.
    while (isTaken(placeholder) && n < used + 1000) placeholder = make(detector, ++n)
    this.#counts.set(detector, n)
    this.#placeholders.set(original, placeholder)
    return placeholder
  }

  /**
   * The text with the originals, up to where a placeholder may have begun that is not whole yet (`isLast`: there is none), and
   * what is left of it.
   */
  restore(text: string, isLast: boolean): readonly [restored: string, rest: string] {
    let restored = ""
    let from = 0
    for (let index = 0; index < text.length; index++) {
      if (!this.#firstLetters.has(text[index])) continue
      if (!isLast && this.#isBeginning(text, index)) return [restored + text.slice(from, index), text.slice(index)]
      for (const [length, same] of this.#originals) {
        const original = same.get(text.slice(index, index + length))
        if (original === undefined) continue
        restored += text.slice(from, index) + original
        from = index + length
        index = from - 1
        break
      }
    }
    return [restored + text.slice(from), ""]
  }

  /** Whether the rest of a text is the beginning of a placeholder that is longer. */
  #isBeginning(text: string, index: number): boolean {
    const rest = text.slice(index)
    return this.#originals.some(([length, same]) => {
      if (length <= rest.length) return false
      for (const placeholder of same.keys()) if (placeholder.startsWith(rest)) return true
      return false
    })
  }

  restoreIn<A extends object>(value: A): A {
    return mapTexts(value, (text) => this.restore(text, true)[0], { reasoning: "keep" })
  }

  /** Restores what errors hold of a response. */
  readonly restoreError = <E>(error: E): E => {
    for (const one of [error, ...attemptsOf(error).map(({ error }) => error)]) {
      const partial = partialOf(one)
      if (partial !== undefined) Object.assign(one as object, { partial: this.restoreIn(partial) })
    }
    return error
  }
}

/** Texts, in which placeholders are looked for by what they begin with and how long they are: there may be very many. */
class Written {
  readonly #texts: ReadonlyArray<string>
  readonly #found = new Map<string, ReadonlySet<string>>()

  constructor(texts: ReadonlyArray<string>) {
    this.#texts = texts
  }

  has(placeholder: string): boolean {
    const [beginning = ""] = /^\D+/.exec(placeholder) ?? []
    if (beginning === "") return this.#texts.some((text) => text.includes(placeholder))
    const key = `${placeholder.length} ${beginning}`
    let found = this.#found.get(key)
    if (found === undefined) this.#found.set(key, (found = this.#find(beginning, placeholder.length)))
    return found.has(placeholder)
  }

  #find(beginning: string, length: number): ReadonlySet<string> {
    const found = new Set<string>()
    for (const text of this.#texts)
      for (let at = text.indexOf(beginning); at >= 0; at = text.indexOf(beginning, at + 1))
        found.add(text.slice(at, at + length))
    return found
  }
}

/** What others than the model wrote. */
const withoutAssistant = (request: object): object =>
  "messages" in request && Array.isArray(request.messages)
    ? { ...request, messages: request.messages.filter(({ role }) => role !== "assistant") }
    : request

const gatesOf = (vault: Vault): Gates<never, never> => ({
  open: (type) => (type === "reasoning" ? new OpenGate() : new Restoring(vault)),
  whole: (value) => vault.restoreIn(value)
})

/** Restores a text that arrives in pieces. */
class Restoring implements TextGate<never, never> {
  readonly #vault: Vault
  #pending = ""
  isChanged = false

  constructor(vault: Vault) {
    this.#vault = vault
  }

  push(piece: string): void {
    this.#pending += piece
  }

  next(isLast: boolean): string | undefined {
    const before = this.#pending
    const [restored, rest] = this.#vault.restore(before, isLast)
    this.#pending = rest
    if (restored.length + rest.length !== before.length || restored + rest !== before) this.isChanged = true
    return restored === "" ? undefined : restored
  }
}

/** Lets everything pass. */
class OpenGate implements TextGate<never, never> {
  #pending = ""
  readonly isChanged = false

  push(piece: string): void {
    this.#pending += piece
  }

  next(): string | undefined {
    const piece = this.#pending
    this.#pending = ""
    return piece === "" ? undefined : piece
  }
}
