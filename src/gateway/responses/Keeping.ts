import * as Duration from "effect/Duration"
import type { Settings } from "../../settings/Settings.ts"
import type { Caller } from "../access/Caller.ts"
import { redacted } from "../ledger/Redaction.ts"
import type { StoredResponse, WireObject } from "./ResponseStore.ts"

/** How responses of a caller are kept. */
export interface Keeping {
  readonly retention: Duration.Duration
  readonly redact: boolean
}

/** As long as OpenAI keeps responses. */
const defaultRetention = Duration.days(30)

/** How the responses of a caller are kept, if at all: its key's setting goes before the gateway's. */
export const keepingOf = ({ id, name, storesResponses }: Caller, { storeResponses }: Settings): Keeping | undefined => {
  const isNamed = storeResponses?.keys.some((key) => key === "*" || key === id || key === name) === true
  return (storesResponses ?? isNamed)
    ? { retention: storeResponses?.retention ?? defaultRetention, redact: storeResponses?.redact !== false }
    : undefined
}

/** Says how to have responses kept. */
export const advice =
  "responses are not kept by default: set storeResponses in the settings of the gateway or of the key, or send all items as input"

/** A response as it is stored. */
export const kept = (response: StoredResponse, { redact }: Keeping): StoredResponse =>
  redact
    ? { ...response, input: withoutSecrets(response.input), document: withoutSecrets(response.document) }
    : response

/** Fields that hold no text: ids, names, and what only the provider can read. */
const ofProtocol: ReadonlySet<string> = new Set([
  "id",
  "call_id",
  "item_id",
  "previous_response_id",
  "encrypted_content",
  "type",
  "role",
  "status",
  "model",
  "name"
])

const withoutSecrets = <A>(value: A): A => {
  if (typeof value === "string") return redacted(value) as A
  if (Array.isArray(value)) return value.map(withoutSecrets) as A
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value as WireObject).map(([name, field]) => [
      name,
      ofProtocol.has(name) ? field : withoutSecrets(field)
    ])
  ) as A
}
