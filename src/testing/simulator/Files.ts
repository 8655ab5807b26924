import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"
import type { Form } from "../../protocols/Protocol.ts"
import * as Multipart from "../../protocols/Multipart.ts"
import type { Exchange } from "./Exchange.ts"
import type { Account, SimulatedFile, Storage } from "./Storage.ts"

/** A request about the objects of an account. */
export interface Keeping {
  readonly exchange: Exchange
  readonly storage: Storage
  readonly account: Account
  readonly body: Buffer
  /** In seconds since 1970. */
  readonly now: number
}

/** OpenAI's files: uploaded, listed, read and deleted. */
export const files = (keeping: Keeping, below: ReadonlyArray<string>): Effect.Effect<void> => {
  const { account, exchange } = keeping
  const { method } = exchange
  const [id, action] = below
  if (id === undefined) return method === "POST" ? upload(keeping) : listOf([...account.files.values()], exchange)
  const file = account.files.get(id)
  if (file === undefined) return refuse(exchange, 404, `No such File object: ${id}`)
  if (action === "content") return exchange.reply(200, file.bytes, { "content-type": "application/octet-stream" })
  if (method !== "DELETE") return reply(exchange, file.document)
  account.files.delete(id)
  return reply(exchange, { id, object: "file", deleted: true })
}

const upload = ({ account, body, exchange, now, storage }: Keeping): Effect.Effect<void> => {
  const contentType = exchange.header("content-type")
  const form = Multipart.isForm(contentType) ? Multipart.decode(body, contentType) : undefined
  if (form === undefined || Result.isFailure(form)) return refuse(exchange, 400, "expected a form with a file")
  const file = form.success.parts.find((part) => "bytes" in part && part.name === "file")
  const purpose = fieldOf(form.success, "purpose")
  if (file === undefined || !("bytes" in file)) return refuse(exchange, 400, "'file' is a required property")
  if (purpose === undefined) return refuse(exchange, 400, "'purpose' is a required property")
  const seconds = Number(fieldOf(form.success, "expires_after[seconds]"))
  const { document } = add(account, file.bytes, {
    id: storage.nextId("file-"),
    object: "file",
    bytes: file.bytes.length,
    created_at: now,
    filename: file.fileName,
    purpose,
    status: "processed",
    ...(seconds > 0 && { expires_at: now + seconds })
  })
  return reply(exchange, document)
}

export const add = (account: Account, bytes: Uint8Array, document: SimulatedFile["document"]): SimulatedFile => {
  const file = { bytes, document }
  account.files.set(document.id, file)
  return file
}

const fieldOf = ({ parts }: Form, name: string): string | undefined => {
  const part = parts.find((part) => part.name === name)
  return part !== undefined && "value" in part ? part.value : undefined
}

/** A page with everything, the newest first. */
export const listOf = (
  items: ReadonlyArray<{ readonly document: { readonly id: string } }>,
  exchange: Exchange
): Effect.Effect<void> => {
  const data = items.map(({ document }) => document).toReversed()
  return reply(exchange, { object: "list", data, has_more: false, first_id: data[0]?.id, last_id: data.at(-1)?.id })
}

export const reply = (exchange: Exchange, body: object): Effect.Effect<void> =>
  exchange.reply(200, JSON.stringify(body))

export const refuse = (exchange: Exchange, status: number, message: string): Effect.Effect<void> => {
  const error: Json = { message, type: "invalid_request_error", param: null, code: null }
  return exchange.reply(status, JSON.stringify({ error }))
}
