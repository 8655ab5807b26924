/** One provider, as a page or a worker uses it. */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { OpenAi } from "effect-llm/providers/OpenAi"

/** A whole call, its answer's text. */
export const call = (prompt: string): Promise<string> =>
  OpenAi.model("gpt-4.1")
    .generate(prompt)
    .pipe(
      Effect.map(({ text }) => text),
      Effect.provide(Layer.provide(OpenAi.layer({ apiKey: Redacted.make("any") }), FetchHttpClient.layer)),
      Effect.runPromise
    )
