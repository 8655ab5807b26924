import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"
import { add, type Keeping, listOf, refuse, reply } from "./Files.ts"
import { jsonOf } from "./Exchange.ts"
import type { SimulatedBatch, SimulatedFile } from "./Storage.ts"

/** Responds to one request of a batch, by its path. */
export type RespondToLine = (url: string, body: Json) => { readonly status: number; readonly body: unknown } | undefined

/** OpenAI's batches, which run when they are first retrieved. */
export const batches = (
  keeping: Keeping,
  below: ReadonlyArray<string>,
  respond: RespondToLine
): Effect.Effect<void> => {
  const { account, exchange } = keeping
  const [id, action] = below
  if (id === undefined)
    return exchange.method === "POST" ? create(keeping) : listOf([...account.batches.values()], exchange)
  const batch = account.batches.get(id)
  if (batch === undefined) return refuse(exchange, 404, `No batch found with id '${id}'.`)
  const next = action === "cancel" ? cancel(batch, keeping) : advance(batch, keeping, respond)
  account.batches.set(id, next)
  return reply(exchange, next.document)
}

const create = ({ account, body, exchange, now, storage }: Keeping): Effect.Effect<void> => {
  const request = jsonOf(body.toString("utf8"))
  const { completion_window, endpoint, input_file_id, metadata } =
    typeof request === "object" && request !== null ? (request as { readonly [field: string]: Json }) : {}
  const input = account.files.get(String(input_file_id))
  if (input === undefined) return refuse(exchange, 400, `Invalid 'input_file_id': ${String(input_file_id)}`)
  if (typeof endpoint !== "string" || completion_window !== "24h")
    return refuse(exchange, 400, "'endpoint' and 'completion_window' are required properties")
  const id = storage.nextId("batch_")
  const document: SimulatedBatch["document"] = {
    id,
    object: "batch",
    endpoint,
    input_file_id: String(input_file_id),
    completion_window: "24h",
    status: "validating",
    created_at: now,
    expires_at: now + 86_400,
    request_counts: { total: 0, completed: 0, failed: 0 },
    metadata: metadata ?? null
  }
  account.batches.set(id, { document })
  return reply(exchange, document)
}

const cancel = ({ document }: SimulatedBatch, { now }: Keeping): SimulatedBatch =>
  document.status === "validating"
    ? { document: { ...document, status: "cancelling", cancelling_at: now } }
    : { document }

const advance = ({ document }: SimulatedBatch, keeping: Keeping, respond: RespondToLine): SimulatedBatch => {
  const { now } = keeping
  if (document.status === "cancelling") return { document: { ...document, status: "cancelled", cancelled_at: now } }
  if (document.status !== "validating") return { document }
  const { account, storage } = keeping
  const input = account.files.get(String(document.input_file_id))
  const lines = input === undefined ? [] : linesOf(input)
  if (lines.length === 0 || lines.some((line) => line.body === undefined)) {
    const error = {
      code: "invalid_json_line",
      message: "This line is not parseable as valid JSON.",
      param: null,
      line: 1
    }
    return { document: { ...document, status: "failed", failed_at: now, errors: { object: "list", data: [error] } } }
  }
  const output: Array<string> = []
  const failed: Array<string> = []
  for (const { body, custom_id, url } of lines) {
    const { body: answer, status } = respond(String(url), body ?? null) ?? {
      status: 404,
      body: { error: { message: `Invalid URL ${String(url)}`, type: "invalid_request_error", param: null, code: null } }
    }
    const id = storage.nextId("batch_req_")
    const response = { status_code: status, request_id: `req_${id}`, body: answer }
    const line = JSON.stringify({ id, custom_id, response, error: null })
    if (status < 300) output.push(line)
    else failed.push(line)
  }
  const fileOf = (name: "output" | "error", lines: ReadonlyArray<string>): { readonly [field: string]: string } => {
    if (lines.length === 0) return {}
    const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`)
    const id = storage.nextId("file-")
    const named = { filename: `${document.id}_${name}.jsonl`, purpose: "batch_output", status: "processed" }
    add(account, bytes, { id, object: "file", bytes: bytes.length, created_at: now, ...named })
    return { [`${name}_file_id`]: id }
  }
  return {
    document: {
      ...document,
      status: "completed",
      in_progress_at: now,
      completed_at: now,
      ...fileOf("output", output),
      ...fileOf("error", failed),
      request_counts: { total: lines.length, completed: output.length, failed: failed.length }
    }
  }
}

interface Line {
  readonly custom_id?: Json
  readonly url?: Json
  readonly body?: Json
}

const linesOf = ({ bytes }: SimulatedFile): ReadonlyArray<Line> =>
  new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) =>
      Result.getOrElse(
        Result.try(() => JSON.parse(line) as Line),
        (): Line => ({})
      )
    )
