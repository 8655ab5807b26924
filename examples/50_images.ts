/**
 * Sends an image to a model as bytes; a URL or a `data:` URI works too.
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

  // Bare Base64 is neither a URL nor bytes: it is rejected before anything is sent, and the error says what to do.
  const base64 = png.toString("base64")
  const error = yield* Effect.flip(
    model.generate({ messages: [{ role: "user", content: ["And this?", { type: "image", data: base64 }] }] })
  )
  yield* Console.log(error.message)
})

await program.pipe(Effect.provide(layerWhoever), Effect.runPromise)
