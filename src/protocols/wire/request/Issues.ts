import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { isLabel } from "../../../domain/ChatRequest.ts"
import type { Warning } from "../../../domain/Warning.ts"
import { InvalidRequestError, UnsupportedParameterError } from "../../../domain/CallErrors.ts"
import type { EncodeOptions } from "../../ChatProtocol.ts"

/**
 * What a request asks for and cannot have. The first issue is the failure; with `onUnsupported: "drop"` what is not supported
 * becomes a warning instead; so does a label in any case.
 */
export class Issues {
  readonly warnings: Array<Warning> = []
  failure: InvalidRequestError | UnsupportedParameterError | undefined
  readonly #where: { readonly provider: string; readonly model: string }
  readonly #drop: boolean
  readonly #known = new Set<string>()

  constructor(options: Pick<EncodeOptions, "provider" | "model">, drop: boolean) {
    this.#where = { provider: options.provider, model: options.model }
    this.#drop = drop
  }

  /** A parameter of the request, by its name there, that the protocol or the model does not support. */
  unsupported(parameter: string, detail: string): void {
    if (this.#drop || isLabel(parameter)) this.warn("unsupported-parameter", parameter, detail)
    else this.refuse(parameter, detail)
  }

  /** An unsupported parameter that is never dropped: without it the request would mean something else. */
  refuse(parameter: string, detail: string): void {
    this.failure ??= new UnsupportedParameterError({ ...this.#where, parameter, detail })
  }

  /** An unsupported part, at a place such as `messages[2].content[0]`. */
  content(at: string, detail: string): void {
    if (this.#drop) this.warn("unsupported-content", "messages", `${at}: ${detail}`)
    else this.refuse("messages", `${at}: ${detail}`)
  }

  invalid(at: string, detail: string): void {
    this.failure ??= new InvalidRequestError({ ...this.#where, at, detail })
  }

  /** Adds a warning, unless it is already there. */
  warn(type: Warning["type"], parameter: string, message: string): void {
    const known = `${parameter} ${message}`
    if (this.#known.has(known)) return
    this.#known.add(known)
    this.warnings.push({ type, parameter, message })
  }
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Decodes what a caller sent; the failure names the place, below `at`, and what was expected there. */
export const checked = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  value: unknown,
  at: string
): Result.Result<S["Type"], InvalidRequestError> =>
  Result.mapError(Schema.decodeUnknownResult(schema)(value), ({ issue }) => {
    const first = issuesOf(issue).issues[0]
    const path = (first?.path ?? []).map((step) => (typeof step === "object" ? step.key : step))
    return new InvalidRequestError({ at: place(at, path), detail: first?.message })
  })

const place = (at: string, path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (place, step) =>
      typeof step === "number" ? `${place}[${step}]` : `${place}${place === "" ? "" : "."}${String(step)}`,
    at
  )
