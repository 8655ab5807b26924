/** Names of models: what they lead to, and what an unknown one says. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AllFailedError } from "../../src/domain/AllFailedError.ts"
import type { Chat } from "../../src/domain/Capability.ts"
import { UnknownModelError } from "../../src/domain/ModelId.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import type * as Model from "../../src/model/Model.ts"
import { Anthropic } from "../../src/providers/Anthropic.ts"
import { OpenAi } from "../../src/providers/OpenAi.ts"
import * as Group from "../../src/router/Group.ts"
import * as Router from "../../src/router/Router.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"

const model = (id: string) => ScriptedModel.make(() => id, { id })

const rest = (name: string) =>
  name.startsWith("groq/")
    ? Effect.succeed(model(name))
    : Effect.fail(new UnknownModelError({ requested: name, suggestions: ["groq/llama"] }))

const router = Effect.gen(function* () {
  const fast = yield* Group.make("fast", [{ model: model("lab/fast") }])
  return Router.make({
    models: { fast, smart: model("lab/smart") },
    aliases: { default: "quick", quick: "fast", circle: "round", round: "circle", groq: "groq/llama" },
    patterns: {
      "openai/*": (name) => model(`own/${name}`),
      "openai/o*-mini": (name) => model(`mini/${name}`),
      "max/*": "claude-cli/*",
      "claude-cli/*": (name) => model(`cli/${name}`),
      "here/*": "there/*",
      "there/*": "here/*",
      exactly: "smart"
    },
    rest
  })
})

describe("Router", () => {
  const leads: ReadonlyArray<readonly [name: string, text: string]> = [
    ["fast", "lab/fast"],
    ["smart", "lab/smart"],
    ["default", "lab/fast"],
    ["openai/gpt-5.4", "own/gpt-5.4"],
    ["openai/o4-mini", "mini/4"],
    ["openai/a/b", "own/a/b"],
    ["max/opus", "cli/opus"],
    ["exactly", "lab/smart"],
    ["groq/$&", "groq/$&"],
    ["groq", "groq/llama"]
  ]
  for (const [name, text] of leads) {
    it.effect(`${name} leads to ${text}`, () =>
      Effect.gen(function* () {
        const found = yield* (yield* router).model(name)
        assert.strictEqual((yield* found.generate("Hi")).text, text)
      })
    )
  }

  for (const [name, suggestions] of [
    ["fsat", ["fast"]],
    ["Smart", ["smart"]],
    ["exactly-not", ["exactly"]],
    ["circle", ["circle"]],
    ["here/x", ["here/*", "there/*"]]
  ] as const) {
    it.effect(`${name} leads nowhere, and the error suggests ${suggestions.join(", ")}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip((yield* router).model(name))
        assert.strictEqual(error.requested, name)
        for (const suggestion of suggestions) assert.include(error.suggestions, suggestion)
        assert.match(error.message, /Did you mean/)
      })
    )
  }

  it.effect("an unknown name also has the suggestions of the rest", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip((yield* router).model("zzzzzzzzzzzzzzzzzzzzzzzz"))
      assert.deepStrictEqual([...error.suggestions], ["groq/llama"])
    })
  )

  it.effect("names are replaced as a whole, and models found before keep working", () =>
    Effect.gen(function* () {
      const names = yield* router
      const before = yield* names.model("smart")
      yield* names.replace({ models: { other: model("lab/other") } })
      assert.deepStrictEqual(yield* names.names, ["other"])
      assert.strictEqual((yield* Effect.flip(names.model("smart"))).requested, "smart")
      assert.strictEqual((yield* before.generate("Hi")).text, "lab/smart")
    })
  )

  it("a model found has the errors and the needs of all that it may be", () => {
    const typed = (group: Group.Group<Chat, AllFailedError, OpenAi>) =>
      Router.make({ models: { group }, patterns: { "claude/*": (name) => Anthropic.model(name) } })
    type Found = Effect.Success<ReturnType<ReturnType<typeof typed>["model"]>>
    expectTypeOf<Found>().toEqualTypeOf<Model.Model<Chat, AllFailedError | ProviderError, OpenAi | Anthropic>>()
    expectTypeOf<Effect.Error<ReturnType<ReturnType<typeof typed>["model"]>>>().toEqualTypeOf<UnknownModelError>()
    assert.isFunction(OpenAi.model)
  })
})
