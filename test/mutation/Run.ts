/** What `mutation.ts`, the configuration of vitest and the runner in its worker tell each other, in `results`. */
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

export const root = join(import.meta.dirname, "..", "..")
export const results = process.env["MUTATION_RESULTS"] ?? join(import.meta.dirname, "results")

/** The files with all changes in them, each behind a switch: `code/src/domain/Usage.ts`. */
export const code = join(results, "code")

/** What is to be tried, written by `mutation.ts`. */
export const plan = join(results, "plan.json")

/** One line for each thing that a run found out. */
export const journal = join(results, "journal.ndjson")

/** The change that is being tried, and in which test: what to blame when the process hangs. */
export const trying = join(results, "trying")

export interface Change {
  readonly id: string
  /** Of the text of the file and the place in it: the same in the next run as long as the file is. */
  readonly key: string
  readonly file: string
  readonly line: number
  readonly text: string
}

export interface Plan {
  /** Of all files of `src` and `test`: what was done in a run is not done again in one with the same name. */
  readonly name: string
  /** Changes by id that are still to be noticed. */
  readonly changes: { readonly [id: string]: string }
  readonly tests: ReadonlyArray<string>
}

export type Entry =
  /** A test failed with the change, passed without it, and failed with it again. */
  | { readonly noticed: string; readonly by: string; readonly how: "failed" | "hung" }
  /** A file of tests was tried to its end. `ran` are the changes that its tests came across, of `changes`. */
  | { readonly file: string; readonly run: string; readonly milliseconds: number; readonly ran: ReadonlyArray<string> }
  /** Changes that were come across only once in the process, so that a test that runs again does not run them. */
  | { readonly once: ReadonlyArray<string> }
  /** A test failed with the change, and then without it as well. */
  | { readonly suspect: string }

export const readJournal = (): ReadonlyArray<Entry> =>
  existsSync(journal)
    ? readFileSync(journal, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Entry)
    : []

export const record = (entry: Entry): void => appendFileSync(journal, `${JSON.stringify(entry)}\n`)

export const readPlan = (): Plan => JSON.parse(readFileSync(plan, "utf8")) as Plan
