import * as Effect from "effect/Effect"

/**
 * Batches file writes: one write at the end of each turn of the event loop. Effects that must not become visible earlier wait
 * for it.
 */

/** Writes what it holds; it does not throw. */
export interface Writer {
  readonly write: () => void
}

let writers: Array<Writer> = []
/** Writers whose entries refer to what the others write. */
let later: Array<Writer> = []
let waiting: Array<() => void> = []
let isEnding = false

/** Has everything written now. */
export const flush = (): void => {
  const due = [...writers, ...later]
  writers = []
  later = []
  for (const writer of due) writer.write()
}

const end = (): void => {
  isEnding = false
  flush()
  const running = waiting
  waiting = []
  for (const run of running) run()
}

const add = (writer: Writer, to: Array<Writer>): void => {
  if (!isEnding) setImmediate(end)
  isEnding = true
  if (!to.includes(writer)) to.push(writer)
}

/** Has a writer write at the end of this turn. */
export const write = (writer: Writer): void => add(writer, writers)

/** Like `write`, but after those writers: if the process dies in between, what the later entries refer to exists. */
export const writeLater = (writer: Writer): void => add(writer, later)

/** Runs what does not throw when everything so far is written, which is now where nothing waits to be. */
export const after = (run: () => void): void => {
  if (writers.length === 0 && later.length === 0) run()
  else waiting.push(run)
}

/** Waits until everything so far is written. */
export const written: Effect.Effect<void> = Effect.callback((resume) => after(() => resume(Effect.void)))
