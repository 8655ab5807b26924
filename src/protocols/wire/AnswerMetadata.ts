import type { ProviderOptions } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { isBlank, isObject, type WireObject } from "./WireObject.ts"

/**
 * Gathers what a provider says of a response besides what the domain has fields for, whole or in the pieces of a stream: of
 * a field that comes again the last one counts, and an object goes on.
 */
export class AnswerMetadata {
  #found: Record<string, Json> | undefined
  readonly #protocol: string

  constructor(protocol: string) {
    this.#protocol = protocol
  }

  /** The fields of an object of the wire that are not known. */
  read(wire: WireObject, known: ReadonlySet<string>): void {
    for (const key in wire) if (!known.has(key)) this.#note(key, wire[key])
  }

  /** By the id of the protocol; none where nothing was said. */
  get value(): ProviderOptions | undefined {
    return this.#found === undefined ? undefined : { [this.#protocol]: this.#found }
  }

  #note(key: string, value: unknown): void {
    const before = this.#found?.[key]
    if (value === before || isBlank(value)) return
    this.#found ??= {}
    this.#found[key] =
      isObject(before) && isObject(value) ? { ...before, ...(value as typeof before) } : (value as Json)
  }
}

/** What is known, as a field that is there only where something was said. */
export const withMetadata = ({ value }: AnswerMetadata): { readonly providerMetadata?: ProviderOptions } =>
  value === undefined ? {} : { providerMetadata: value }
