/** Files and batches, by the clients of OpenAI. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { isInstalled, outputOf } from "./Program.ts"
import { gateway } from "./Upstreams.ts"

describe("files and batches", () => {
  for (const [language, program] of [
    ["js", "openaiFiles.ts"],
    ["python", "openai_files.py"]
  ] as const)
    it.live.skipIf(!isInstalled(language))(`are those of OpenAI to its client in ${language}`, () =>
      Effect.gen(function* () {
        const { url } = yield* gateway
        const output = yield* Effect.promise(() => outputOf(language, program, ["openai-chat/reply-files"], url))
        assert.deepStrictEqual(JSON.parse(output), {
          name: "notes.txt",
          content: "my notes",
          isListed: true,
          deleted: true,
          missing: true,
          ids: ["one", "two"],
          metadata: { run: "7" },
          status: "completed",
          canceled: "cancelling",
          batches: 2
        })
      }).pipe(Effect.scoped)
    )
})
