/** Schemathesis sends the gateway what its OpenAPI document allows, and what it does not. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { tmpdir } from "node:os"
import { isInstalled } from "./Program.ts"
import { gateway } from "./Upstreams.ts"

const schemathesis = `${import.meta.dirname}/python/.venv/bin/st`

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
        const options = [
          "--phases=fuzzing",
          "-n",
          "5",
          "--generation-deterministic",
          "--request-timeout=10",
          "--no-color"
        ]
        const { code, output } = yield* Effect.promise(
          () =>
            new Promise<{ readonly code: unknown; readonly output: string }>((resolve) => {
              execFile(
                schemathesis,
                ["run", `${url}/openapi.json`, ...options, `--checks=${checks.join(",")}`],
                { cwd: tmpdir(), maxBuffer: 64 * 1024 * 1024 },
                (error, output) => resolve({ code: error?.code ?? 0, output })
              )
            })
        )
        assert.strictEqual(code, 0, output.slice(-4000))
        assert.match(output, /Test cases:\n +\d{3,} generated/)
      }),
    300_000
  )
})
