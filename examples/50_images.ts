/**
 * Shows a model an image, from bytes; a URL or a `data:` URI would do as well.
 */
import { Console, Effect } from "effect"
import { layerWhoever, whoever } from "./support/whoever.ts"

// A red square of 8 by 8 pixels.
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIAQMAAAD+wSzIAAAABlBMVEX/AAD///9BHTQRAAAADUlEQVQI12NgIBX8BwABOQEB7y9dSQAAAABJRU5ErkJggg==",
  "base64"
)

const program = Effect.gen(function* () {
  const { model, name } = yield* whoever
  const reply = yield* model.generate({
    messages: [
      { role: "user", content: ["Which colour is this?", { type: "image", data: png, mediaType: "image/png" }] }
    ]
  })
  yield* Console.log(`${name}: ${reply.text}`)

  // Bytes without a media type are refused before anything is sent, and the error says where.
  const error = yield* Effect.flip(
    model.generate({ messages: [{ role: "user", content: ["And this?", { type: "image", data: png }] }] })
  )
  yield* Console.log(error.message)
})

await program.pipe(Effect.provide(layerWhoever), Effect.runPromise)
