/**
 * Finds the regular expressions of `src` and `data`, and tries each with inputs made to make it backtrack.
 */
import { globSync, readFileSync } from "node:fs"
import { parseAst } from "vitest/node"

const root = `${import.meta.dirname}/..`

export interface Found {
  readonly where: string
  readonly pattern: RegExp
}

const regexLiterals = (node: unknown, found: Array<RegExp>): void => {
  if (node === null || typeof node !== "object") return
  const { regex } = node as { readonly regex?: { readonly pattern: string; readonly flags: string } }
  if (regex !== undefined) found.push(new RegExp(regex.pattern, regex.flags))
  for (const child of Object.values(node)) regexLiterals(child, found)
}

/** The literals of `src`. */
export const inSource = (): ReadonlyArray<Found> =>
  globSync("src/**/*.{ts,tsx}", { cwd: root }).flatMap((file) => {
    const patterns: Array<RegExp> = []
    regexLiterals(
      parseAst(readFileSync(`${root}/${file}`, "utf8"), { lang: file.endsWith("x") ? "tsx" : "ts" }),
      patterns
    )
    return patterns.map((pattern) => ({ where: file, pattern }))
  })

const strings = (value: unknown, keys: ReadonlySet<string>, found: Set<string>): void => {
  if (value === null || typeof value !== "object") return
  for (const [key, child] of Object.entries(value)) {
    const texts = keys.has(key) ? [child].flat() : []
    for (const text of texts) if (typeof text === "string") found.add(text)
    strings(child, keys, found)
  }
}

/** What the columns of a data file are made into. */
export const inData = (file: string, columns: ReadonlyArray<string>, make: (text: string) => RegExp) => {
  const found = new Set<string>()
  strings(JSON.parse(readFileSync(`${root}/data/${file}`, "utf8")), new Set(columns), found)
  return [...found].map((text): Found => ({ where: `data/${file}`, pattern: make(text) }))
}

/** Pieces of text that the pattern has a use for: its words, each of its characters, and what classes stand for. */
const isUnbounded = ({ source }: RegExp): boolean => /[*+]|\{\d+,\}/.test(source)

const piecesOf = ({ source }: RegExp): ReadonlyArray<string> => {
  const plain = source.replace(/\\[bBdDwWsS]|\\u[0-9a-fA-F]{4}|\(\?[:=!<]*/g, "\u0000").replace(/\\n/g, "\n")
  const words = plain.replace(/\\(.)/g, "$1").match(/[\w\s/:@.,;"'`<>#-]{2,}/g) ?? []
  const marks = plain.replace(/\\(.)/g, "$1").match(/[^\w\s]/g) ?? []
  return [...new Set(["a", "0", " ", "\n", "\t", "/", ".", "-a", "a.", "a-", ...marks, ...words])]
}

const length = 20_000
/** What is linear takes a fraction of a millisecond at this length; what grows with the square takes 15 and more. */
const allowed = 8

/** In milliseconds of this thread's own CPU time: a busy machine makes nothing slower. */
const timeOf = (pattern: RegExp, input: string): number => {
  const before = process.threadCpuUsage()
  pattern.lastIndex = 0
  if (pattern.global || pattern.sticky) input.replace(pattern, "")
  else pattern.exec(input)
  const { system, user } = process.threadCpuUsage(before)
  return (system + user) / 1000
}

const isSlow = (pattern: RegExp, input: string): boolean => {
  // A quick one may take long while it is compiled or memory is collected, but not time and again.
  for (let round = 0; round < 6; round++) {
    const time = timeOf(pattern, input)
    if (time < allowed) return false
    if (time > 40 * allowed) return true
  }
  return true
}

/** An input whose reading grows faster than its length, if one is found. */
export const attackOn = (pattern: RegExp): string | undefined => {
  if (!isUnbounded(pattern)) return undefined
  const pieces = piecesOf(pattern)
  const own = pieces.slice(10)
  const starts = new Set(["", ...own.slice(0, 2), ...own.toSorted((a, b) => b.length - a.length).slice(0, 2)])
  for (const size of [600, length]) {
    for (const piece of pieces) {
      const pumped = piece.repeat(Math.ceil(size / piece.length))
      for (const start of starts) {
        for (const end of ["", "\n\u0000", "\u0000"]) {
          if (isSlow(pattern, start + pumped + end)) {
            return JSON.stringify(`${start}${piece.repeat(3)}...${end}`)
          }
        }
      }
    }
  }
  return undefined
}
