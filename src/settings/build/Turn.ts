import * as Effect from "effect/Effect"

/**
 * What is written to files at the end of this turn of the event loop: once for all that came in it. What must not be seen before
 * the files have it waits for that.
 */

/** Writes what it holds; it does not throw. */
export interface Writer {
  readonly write: () => void
}

let writers: Array<Writer> = []
let waiting: Array<() => void> = []

const end = (): void => {
  const due = writers
  const running = waiting
  writers = []
  waiting = []
  for (const writer of due) writer.write()
  for (const run of running) run()
}

/** Has a writer write at the end of this turn. */
export const write = (writer: Writer): void => {
  if (writers.length === 0) setImmediate(end)
  if (!writers.includes(writer)) writers.push(writer)
}

/** Runs what does not throw when everything so far is written, which is now where nothing waits to be. */
export const after = (run: () => void): void => {
  if (writers.length === 0) run()
  else waiting.push(run)
}

/** Waits until everything so far is written. */
export const written: Effect.Effect<void> = Effect.callback((resume) => after(() => resume(Effect.void)))
