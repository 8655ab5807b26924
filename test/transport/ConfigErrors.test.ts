import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as ConfigErrors from "../../src/transport/ConfigErrors.ts"

const messageOf = (cause: unknown) =>
  Effect.map(
    Effect.flip(ConfigErrors.loadPeer("OpenAi", "the-peer", () => Promise.reject(cause))),
    ({ message }) => message
  )

describe("a package that an application may leave out", () => {
  it.effect("is named if it is missing, as is a package that it needs itself", () =>
    Effect.gen(function* () {
      const missing = (name: string) => `OpenAi needs the package ${name}, which is not installed: npm install ${name}`
      assert.strictEqual(
        yield* messageOf(new Error("Cannot find package 'its-peer' imported from the-peer")),
        missing("its-peer")
      )
      assert.strictEqual(yield* messageOf("cannot resolve the-peer"), missing("the-peer"))
    })
  )

  it.effect("has the reason why it cannot be loaded", () =>
    Effect.gen(function* () {
      const why = "OpenAi needs the package the-peer, which cannot be loaded: "
      assert.strictEqual(yield* messageOf(new Error("syntax error")), `${why}syntax error`)
      assert.strictEqual(yield* messageOf(1), `${why}1`)
    })
  )

  it.effect("is loaded if it is installed", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ConfigErrors.loadPeer("OpenAi", "a", async () => 1), 1)
    })
  )
})
