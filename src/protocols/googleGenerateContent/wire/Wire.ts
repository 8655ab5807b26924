import type { ProviderOptions } from "../../../domain/ContentPart.ts"
import { unknownFields, type WireObject } from "../../wire/WireObject.ts"

export * from "../../wire/WireObject.ts"

/** The id of the protocol: `providerOptions` and provider parts under it belong to the wire objects below. */
export const protocolId = "google-generate-content"

/** What a wire object says beside the known keys, as options of its part. */
export const optionsBeside = (
  record: WireObject,
  known: ReadonlySet<string>
): { readonly providerOptions?: ProviderOptions } => {
  const rest = unknownFields(record, known)
  return rest === undefined ? {} : { providerOptions: { [protocolId]: rest } }
}

/**
 * A repeated field: one value may stand without the array around it, as in protobuf's JSON. tidyverse/ellmer sends
 * `systemInstruction.parts` so, and the API takes it.
 */
export const listOf = (u: unknown): ReadonlyArray<unknown> =>
  Array.isArray(u) ? u : u === undefined || u === null ? [] : [u]

/**
 * The object with its own keys in camel case: the API reads both spellings (`inline_data`, `inlineData`). What the
 * values hold stays as it is.
 * Source: https://protobuf.dev/programming-guides/json
 */
export const camel = (record: WireObject): WireObject =>
  Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key.replaceAll(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value
    ])
  )
