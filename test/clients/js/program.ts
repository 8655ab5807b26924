/**
 * The frame of every client's program: reads what to run from standard input, a line of JSON each, runs it with the client, and
 * writes what the client made of it.
 */
import { createInterface } from "node:readline"

/** One use of a client. */
export interface Cell {
  readonly id: string
  readonly use: Use
  readonly model: string
  readonly prompt: string
  /** A PNG in base64 to send with the prompt. */
  readonly image?: string
  /** Whether to ask for reasoning. */
  readonly reasoning?: boolean
  /** The result of the tool that the model calls. */
  readonly toolResult: string
  /** Leaves the call: when the harness says so, or at the first piece of the stream. */
  readonly leave?: "when-told" | "at-first-piece"
}

export type Use = "whole" | "stream" | "helper" | "tools" | "streamedTools" | "structured"

/** What a client made of it. */
export interface Observation {
  readonly text?: string | null | undefined
  readonly reasoning?: string | undefined
  readonly usage?: { readonly input: number | undefined; readonly output: number | undefined } | undefined
  readonly calls?: ReadonlyArray<{ readonly name: string; readonly input: unknown }> | undefined
  readonly value?: unknown
}

export interface Context {
  readonly signal: AbortSignal
  /** To be called for each piece of a stream. */
  readonly piece: () => void
}

export type Client = { readonly [U in Use]?: (cell: Cell, context: Context) => Promise<Observation> }

export const gateway = process.env.GATEWAY_URL ?? ""
export const key = process.env.GATEWAY_KEY ?? ""

/** The tool that models call. */
export const tool = {
  name: "get_weather",
  description: "The weather of a city.",
  parameters: {
    type: "object" as const,
    properties: { city: { type: "string" }, days: { type: "integer" } },
    required: ["city", "days"],
    additionalProperties: false
  }
}

const describe = (error: unknown) => {
  const e = error as { [key: string]: unknown; cause?: unknown; lastError?: unknown }
  const inner = (e?.lastError ?? e) as { [key: string]: unknown }
  const headers = (inner?.headers ?? inner?.responseHeaders) as Headers | { [name: string]: string } | undefined
  return {
    class: (error as object | undefined)?.constructor?.name ?? typeof error,
    status: inner?.status ?? inner?.statusCode ?? inner?.status_code,
    retryAfter: headers instanceof Headers ? headers.get("retry-after") : headers?.["retry-after"],
    message: String(e?.message ?? error).slice(0, 500)
  }
}

/** Runs what comes in, one after the other. */
export const run = async (client: Client): Promise<void> => {
  const write = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
  let controller = new AbortController()
  let abortedAt: number | undefined
  const abort = () => {
    abortedAt ??= Date.now()
    controller.abort()
  }
  let before = Promise.resolve()
  for await (const line of createInterface({ input: process.stdin })) {
    const cell = JSON.parse(line) as Cell | "leave"
    if (cell === "leave") {
      abort()
      continue
    }
    const use = client[cell.use]
    before = before.then(async () => {
      if (use === undefined) return void write({ id: cell.id, missing: true })
      controller = new AbortController()
      abortedAt = undefined
      const context: Context = {
        signal: controller.signal,
        piece: () => cell.leave === "at-first-piece" && abort()
      }
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error("took longer than 20 s")), 20_000)
      })
      try {
        const observation = await Promise.race([use(cell, context), late])
        write({ id: cell.id, abortedAt, ...observation })
      } catch (error) {
        write({ id: cell.id, abortedAt, error: describe(error) })
      }
      clearTimeout(timer)
    })
  }
  await before
  process.exit(0)
}

// What a client does besides must not end the program.
process.on("unhandledRejection", () => {})
