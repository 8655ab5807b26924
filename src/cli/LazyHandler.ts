import * as Effect from "effect/Effect"

/** A handler whose module is loaded when it runs, so that `--help` does not wait for it. */
export const lazyHandler =
  <Input, A, E, R>(load: () => Promise<(input: Input) => Effect.Effect<A, E, R>>) =>
  (input: Input): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.promise(load), (handler) => handler(input))
