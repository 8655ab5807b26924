import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporary } from "../../cli/cli.ts"
import { served } from "./process.ts"

describe("a process that serves", () => {
  it.live("logs warnings about its settings at the start, and which changes need a restart", () =>
    Effect.gen(function* () {
      const cwd = yield* temporary
      const file = join(cwd, "settings.yaml")
      const text = (more: string) =>
        `providers: { openai: { key: sk-upstream-0123456789 } }\nmodels: { one: openai/gpt-5.4-mini }\nserver: { port: 0, ${more} }`
      writeFileSync(file, text("drain: 10s, keepAlive: 10s, metrics: admin"))
      const { output, until } = yield* served([], { cwd })
      assert.match(output(), /settings\.yaml:1:\d+: warning: providers\.openai\.key: a secret is written in the file/)
      assert.notInclude(output(), "sk-upstream-0123456789")
      writeFileSync(file, text("drain: 9s, keepAlive: 20s, metrics: open"))
      yield* until(/server\.metrics/)
      assert.include(output(), "server.drain: 10s -> 9s (after a restart)")
      assert.include(output(), "server.keepAlive: 10s -> 20s (after a restart)")
      assert.match(output(), /server\.metrics: \S+ -> \S*open(?! \(after)/)
    })
  )
})
