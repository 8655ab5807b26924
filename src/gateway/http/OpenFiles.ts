import * as Result from "effect/Result"
import { readFileSync } from "node:fs"

/** What is open beside connections: the database, spools, pipes and the like. */
const otherFiles = 64

const limit = /^Max open files\s+(\d+)/m

/** How many files this process may open, where the system says so. */
const mostFiles = (): number => {
  const limits = Result.try(() => readFileSync("/proc/self/limits", "utf8"))
  return Number((Result.isSuccess(limits) && limit.exec(limits.success)?.[1]) || Infinity)
}

/** As many connections as can all have a call at once: each takes a file here, and one to its provider. */
export const mostConnections = (wanted: number, files = mostFiles()): number =>
  Math.max(1, Math.min(wanted, Math.floor((files - otherFiles) / 2)))
