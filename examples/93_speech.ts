/**
 * Streams a spoken sentence as it is generated, and transcribes the recording.
 *
 *     ELEVENLABS_API_KEY=... npx tsx examples/93_speech.ts
 *
 * Without a key, a local stand-in responds (its recording is silence).
 */
import { Console, Effect, Stream } from "effect"
import { Retry } from "effect-llm"
import * as Model from "effect-llm/policies/Model"
import { ElevenLabs } from "effect-llm/providers/ElevenLabs"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { elevenLabsOrStandIn } from "./support/standIn.ts"

const voice = ElevenLabs.speechModel("eleven_flash_v2_5").pipe(Model.retry(Retry.standard))
const scribe = ElevenLabs.transcriptionModel("scribe_v2").pipe(Model.timeout({ total: "1 minute" }))

const program = Effect.gen(function* () {
  const pieces: Array<Uint8Array> = []
  yield* Stream.runForEach(voice.stream("A stream ends in exactly one way."), (event) => {
    if (event.type === "audio") pieces.push(event.data)
    return event.type === "finish" ? Console.log(`${Buffer.concat(pieces).length} bytes of audio`) : Effect.void
  })
  const audio = new Uint8Array(Buffer.concat(pieces))
  const { duration, words = [] } = yield* scribe.generate({ audio, mediaType: "audio/mpeg", timestamps: ["word"] })
  for (const { end, start, text } of words) yield* Console.log(`${start}–${end} s: ${text}`)
  yield* Console.log(`${duration} s in all`)
}).pipe(Effect.catch((error) => Console.log(error.message)))

await program.pipe(Effect.provide(elevenLabsOrStandIn), Effect.provide(UndiciClient.layer), Effect.runPromise)
