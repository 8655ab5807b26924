import * as Result from "effect/Result"
import { readFileSync } from "node:fs"

/** Files other than connections: the database, spools, pipes and the like. */
const otherFiles = 64

const limit = /^Max open files\s+(\d+)/m

/** The limit on open files of this process, where the system tells it. */
const mostFiles = (): number => {
  const limits = Result.try(() => readFileSync("/proc/self/limits", "utf8"))
  return Number((Result.isSuccess(limits) && limit.exec(limits.success)?.[1]) || Infinity)
}

/** The most connections that can all make a call at once: each needs a file here, and one for its provider. */
export const mostConnections = (wanted: number, files = mostFiles()): number =>
  Math.max(1, Math.min(wanted, Math.floor((files - otherFiles) / 2)))
