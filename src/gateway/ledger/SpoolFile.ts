import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { hostname } from "node:os"
import { type LedgerEntry, LedgerRow } from "./LedgerRow.ts"

/** A line of the spool. JSON has no tab, so one parts a row from its texts. */
export const lineOf = ({ row, texts }: LedgerEntry): string =>
  texts === undefined ? `${JSON.stringify(row)}\n` : `${JSON.stringify(row)}\t${JSON.stringify(texts)}\n`

const decode = Schema.decodeUnknownResult(
  Schema.Struct({ row: LedgerRow, texts: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)) })
)

/** What a file of the spool holds, and how many of its lines are no entries, such as one that was being written at the end. */
export interface Contents {
  readonly entries: ReadonlyArray<LedgerEntry>
  readonly torn: number
}

export const read = (path: string): Contents => {
  const lines = readFileSync(path, "utf8").split("\n")
  const entries = lines.flatMap((line) => (line === "" ? [] : entryOf(line)))
  return { entries, torn: lines.filter((line) => line !== "").length - entries.length }
}

const entryOf = (line: string): ReadonlyArray<LedgerEntry> => {
  const [row = "", texts] = line.split("\t")
  const parsed = Result.try((): unknown => ({
    row: JSON.parse(row),
    ...(texts !== undefined && { texts: JSON.parse(texts) })
  }))
  const decoded = Result.isFailure(parsed) ? parsed : decode(parsed.success)
  return Result.isFailure(decoded) ? [] : [decoded.success]
}

const named = /^ledger-(.+)-(\d+)-([0-9a-z]+)-(\d+)\.ndjson$/

/** The name of a file: the machine, process and instance that write it, and a number. */
export const nameOf = (instance: string, number: number): string =>
  `ledger-${hostname()}-${process.pid}-${instance}-${number}.ndjson`

/** A file that has not been touched for so long has no owner any more, wherever that was. */
const abandonedMillis = 60_000

/** The files that other processes have left behind when they died. */
export const orphans = (directory: string, instance: string, nowMillis: number): ReadonlyArray<string> =>
  readdirSync(directory)
    .filter((name) => {
      const [, host, pid, owner] = named.exec(name) ?? []
      if (host === undefined || owner === instance) return false
      if (host === hostname() && !isRunning(Number(pid))) return true
      const stat = statSync(`${directory}/${name}`, { throwIfNoEntry: false })
      return stat !== undefined && nowMillis - stat.mtimeMs > abandonedMillis
    })
    .map((name) => `${directory}/${name}`)
    .toSorted()

/** Our own number with another instance was that of a process before us, as in a container. */
const isRunning = (pid: number): boolean => {
  if (pid === process.pid) return false
  const signalled = Result.try({
    try: () => process.kill(pid, 0),
    catch: (error) => (error as NodeJS.ErrnoException).code
  })
  return Result.isSuccess(signalled) || signalled.failure === "EPERM"
}
