import { assert, describe, it } from "@effect/vitest"
import { choicesOf } from "../../../src/policies/estimate/Choices.ts"

describe("the number of responses that a request asks for", () => {
  const of = (own: unknown) => choicesOf({ providerOptions: { lab: own } })

  it("is one, unless a provider option sets it", () => {
    for (const request of [undefined, "text", {}, { providerOptions: null }, { providerOptions: { lab: "n" } }]) {
      assert.strictEqual(choicesOf(request), 1)
    }
    for (const none of [{}, { n: 0 }, { n: -3 }, { n: "many" }, { n: Infinity }, { temperature: 4 }]) {
      assert.strictEqual(of(none), 1)
    }
  })

  it("is read under each provider's name for it, and in its own group of options", () => {
    for (const name of ["n", "candidateCount", "candidate_count", "num_generations", "best_of"]) {
      assert.strictEqual(of({ [name]: 3 }), 3, name)
      assert.strictEqual(of({ [name]: "3" }), 3, name)
      for (const group of ["generationConfig", "generation_config"])
        assert.strictEqual(of({ [group]: { [name]: 3 } }), 3)
      assert.strictEqual(of({ other: { [name]: 3 } }), 1)
    }
  })

  it("is the largest value of any provider, never less than is billed", () => {
    assert.strictEqual(choicesOf({ providerOptions: { a: { n: 2, best_of: 5 }, b: { n: 4 }, c: undefined } }), 5)
    assert.strictEqual(of({ n: 6, generationConfig: { candidateCount: 2 } }), 6)
    assert.strictEqual(of({ n: 2.5 }), 3)
  })
})
