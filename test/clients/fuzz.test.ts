/** Schemathesis sends the gateway what OpenAPI documents allow, and what they do not. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as OpenAiDocument from "../gateway/openai/openApi.ts"
import { isInstalled } from "./Program.ts"
import { Scenario } from "effect-llm/testing/Scenario"
import { gatewayOver } from "./Upstreams.ts"

const adminKey = "fuzz-6d1f0b8e2c9a47538e1d"

const gateway = gatewayOver(
  Scenario.healthy,
  `unlisted: provider
models: { default: openai-chat/reply-default }
server: { adminKey: "${adminKey}" }
`
)

const schemathesis = `${import.meta.dirname}/python/.venv/bin/st`

/** Runs schemathesis over a document; it has to find nothing. */
const fuzz = (document: string, options: ReadonlyArray<string>) =>
  Effect.promise(
    () =>
      new Promise<{ readonly code: unknown; readonly output: string }>((resolve) => {
        const always = [
          "--phases=fuzzing",
          "--generation-deterministic",
          "--request-timeout=10",
          "--no-color",
          "-H",
          `Authorization: Bearer ${adminKey}`
        ]
        execFile(
          schemathesis,
          ["run", document, ...always, ...options],
          { cwd: tmpdir(), maxBuffer: 64 * 1024 * 1024 },
          (error, output) => resolve({ code: error?.code ?? 0, output })
        )
      })
  ).pipe(
    Effect.map(({ code, output }) => {
      assert.strictEqual(code, 0, output.slice(-9000))
      assert.match(output, /Test cases:\n +[\d,]{3,} generated/)
    })
  )

const checks = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance"
]

describe.skipIf(!isInstalled("python"))("every operation of /openapi.json", () => {
  it.live(
    "responds as documented to whatever schemathesis sends, and never with a server error",
    () =>
      Effect.gen(function* () {
        const { url } = yield* gateway
        yield* fuzz(`${url}/openapi.json`, ["-n", "5", `--checks=${checks.join(",")}`])
      }),
    300_000
  )
})

describe.skipIf(!isInstalled("python") || !OpenAiDocument.isAvailable)(
  "what OpenAI's document has of the gateway",
  () => {
    it.live(
      "handles whatever that document allows without a server error, in every dialect",
      () =>
        Effect.gen(function* () {
          const { url } = yield* gateway
          const served = (yield* Effect.promise(async () =>
            (await fetch(`${url}/openapi.json`, { headers: { authorization: `Bearer ${adminKey}` } })).json()
          )) as {
            readonly paths: object
          }
          const folder = yield* Effect.acquireRelease(
            Effect.promise(() => mkdtemp(join(tmpdir(), "openai-"))),
            (path) => Effect.promise(() => rm(path, { recursive: true }))
          )
          const models = ["openai-chat", "openai-responses", "anthropic-messages"]
          const document = OpenAiDocument.servedOf(
            Object.keys(served.paths),
            models.map((account) => `${account}/reply-fuzzed`)
          )
          const file = join(folder, "openai.json")
          yield* Effect.promise(() => writeFile(file, JSON.stringify(document)))
          yield* fuzz(file, ["-n", "20", `--url=${url}/v1`, "--checks=not_a_server_error"])
        }),
      300_000
    )
  }
)
