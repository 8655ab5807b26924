/**
 * A sentence is spoken, piece by piece as it is made, and written down again.
 *
 *     OPENAI_API_KEY=sk-... npx tsx examples/93_speech.ts
 *
 * Without a key, a stand-in on this machine answers (its recording is silence).
 */
import { Console, Effect, Stream } from "effect"
import { OpenAi, Retry } from "effect-llm"
import * as CallModel from "effect-llm/policies/CallModel"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { openAiOrStandIn } from "./support/openAiOrStandIn.ts"

const voice = OpenAi.speechModel("gpt-4o-mini-tts").pipe(CallModel.retry(Retry.standard))
const scribe = OpenAi.transcriptionModel("whisper-1").pipe(CallModel.timeout({ total: "1 minute" }))

const program = Effect.gen(function* () {
  const pieces: Array<Uint8Array> = []
  yield* Stream.runForEach(voice.stream("A stream ends in exactly one way."), (event) => {
    if (event.type === "audio") pieces.push(event.data)
    return event.type === "finish"
      ? Console.log(`${pieces.length} pieces, ${event.usage.outputTokens.total} tokens`)
      : Effect.void
  })
  const audio = new Uint8Array(Buffer.concat(pieces))
  const { duration, segments = [] } = yield* scribe.ask({ audio, mediaType: "audio/mpeg", timestamps: ["segment"] })
  for (const { end, start, text } of segments) yield* Console.log(`${start}–${end} s: ${text}`)
  yield* Console.log(`${duration} s in all`)
}).pipe(Effect.catch((error) => Console.log(error.message)))

await program.pipe(Effect.provide(openAiOrStandIn), Effect.provide(UndiciClient.layer), Effect.runPromise)
