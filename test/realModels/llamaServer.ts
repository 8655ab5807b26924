/**
 * llama.cpp's server with SmolLM2, a real model of 93 MB. `REAL_MODELS` names the folder into which `.ci/real-models` has
 * put both; where it is not set, the tests that need them are skipped.
 */
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { Effect, Layer, Schedule } from "effect"
import { LlamaCpp } from "effect-llm"
import { spawn } from "node:child_process"
import { createServer, type AddressInfo } from "node:net"
import { join } from "node:path"

export const folder = process.env.REAL_MODELS

const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** Starts a server, waits until its model is loaded, and stops it with the scope. */
export const start = Effect.fnUntraced(function* (kind: "chat" | "embedding") {
  const port = yield* freePort
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const env = { ...process.env, PYTHONPATH: folder }
      const script = join(import.meta.dirname, "serve.py")
      return spawn("python3", [script, String(port), kind], { env, stdio: ["pipe", "ignore", "ignore"] })
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const url = `http://127.0.0.1:${port}`
  const healthy = Effect.tryPromise(() => fetch(`${url}/health`)).pipe(
    Effect.flatMap((response) => (response.ok ? Effect.void : Effect.fail(new Error(`it answers ${response.status}`)))),
    Effect.retry({
      schedule: Schedule.spaced("100 millis"),
      times: 600,
      while: () => child.exitCode === null
    })
  )
  yield* healthy
  return { url, layer: LlamaCpp.layer({ baseUrl: `${url}/v1` }).pipe(Layer.provide(UndiciClient.layer)) }
})

/** What the server itself says, for comparison. */
export const post = (url: string, body: object): Effect.Effect<unknown, unknown> =>
  Effect.tryPromise(async () => {
    const response = await fetch(url, { method: "POST", body: JSON.stringify(body) })
    return (await response.json()) as unknown
  })

interface Slot {
  readonly is_processing: boolean
  /** Tokens of the prompt and of what has been said. */
  readonly n_prompt_tokens?: number
}

/** Waits until so many of the server's slots are at work; gives the tokens that the longest one holds. */
export const busy = (url: string, count: number): Effect.Effect<number, unknown> =>
  Effect.tryPromise(async () => (await (await fetch(`${url}/slots`)).json()) as ReadonlyArray<Slot>).pipe(
    Effect.repeat({
      until: (slots) => slots.filter(({ is_processing }) => is_processing).length === count,
      schedule: Schedule.spaced("20 millis")
    }),
    Effect.map((slots) => Math.max(...slots.map(({ n_prompt_tokens = 0 }) => n_prompt_tokens)))
  )
