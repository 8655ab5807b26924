import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { callModel } from "../../src/client/CapabilityStatics.ts"
import * as Lazy from "../../src/client/Lazy.ts"
import type { Kind, Speech } from "../../src/domain/Capability.ts"
import { kind as speechKind } from "../../src/model/SpeechModel.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Model from "../../src/policies/Model.ts"
import { ElevenLabs } from "../../src/providers/ElevenLabs.ts"
import type { Protocol } from "../../src/protocols/Protocol.ts"

const { batches: _, files: __, ...kinds } = Lazy

describe("a kind that is loaded with the first call", () => {
  for (const [name, kind] of Object.entries(kinds)) {
    it.effect(`tells before it is loaded whether it streams: ${name}`, () =>
      Effect.gen(function* () {
        const { load, streams } = kind
        yield* load ?? Effect.void
        assert.strictEqual(streams, kind.streaming !== undefined)
      })
    )
  }

  it("gives a model its stream before it is loaded, through policies and in a fallback", () => {
    let loaded: Kind<Speech> | undefined
    const kind: Kind<Speech> = {
      ...speechKind,
      streams: true,
      load: Effect.sync(() => void (loaded = speechKind)),
      get streaming() {
        return loaded?.streaming
      }
    }
    const never: Effect.Effect<Protocol<Speech>> = Effect.never
    const voice = callModel(ElevenLabs, kind, never)("a-voice").pipe(Model.timeout({ total: "1 minute" }))
    assert.isTrue(Stream.isStream(voice.stream("Hello")))
    assert.isTrue(Stream.isStream(Fallback.make([voice]).stream("Hello")))
  })
})
