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
/** Those whose writing tells of what the others write. */
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

/** The same, after those of `write`: a process that dies between the two has what the later writing tells of. */
export const writeLater = (writer: Writer): void => add(writer, later)

/** Runs what does not throw when everything so far is written, which is now where nothing waits to be. */
export const after = (run: () => void): void => {
  if (writers.length === 0 && later.length === 0) run()
  else waiting.push(run)
}

/** Waits until everything so far is written. */
export const written: Effect.Effect<void> = Effect.callback((resume) => after(() => resume(Effect.void)))
