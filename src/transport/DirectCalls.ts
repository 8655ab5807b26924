import * as Context from "effect/Context"

/**
 * Whether a fiber reads every answer that it asks for to the end, or closes it: true in the calls of models, which
 * `UndiciClient` may therefore send the short way. Others scope, trace or abandon their requests as `HttpClient` allows.
 *
 * @since 0.1.0
 * @category services
 */
export const DirectCalls: Context.Reference<boolean> = Context.Reference<boolean>("~effect-llm/transport/DirectCalls", {
  defaultValue: () => false
})

/**
 * A response whose connection can be told to wait, when it is closed, for the server to end an answer of which nothing
 * more is wanted: it can then serve the next call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lingering {
  readonly linger: (milliseconds: number) => void
}
