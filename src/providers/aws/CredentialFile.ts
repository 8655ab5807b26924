import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { AwsContext } from "./AwsCredentials.ts"

/** The text of a file, or `undefined` where it cannot be read. */
export const readFile = ({ fs }: Pick<AwsContext, "fs">, path: string): Effect.Effect<string | undefined> =>
  fs === undefined
    ? Effect.succeed(undefined)
    : Effect.map(Effect.option(fs.readFileString(path)), Option.getOrUndefined)

/**
 * The sections of a file in AWS's INI form, each with its settings; nested settings are passed over.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export const sectionsOf = (file: string): ReadonlyMap<string, ReadonlyMap<string, string>> => {
  const sections = new Map<string, Map<string, string>>()
  let current: Map<string, string> | undefined
  for (const line of file.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]+)\]/.exec(line)
    if (header !== null) {
      const name = header[1]?.trim() ?? ""
      current = sections.get(name) ?? new Map()
      sections.set(name, current)
      continue
    }
    const setting = /^([A-Za-z_][\w.-]*)\s*=(.*)$/.exec(line)
    if (setting !== null) current?.set((setting[1] ?? "").toLowerCase(), withoutComment(setting[2] ?? ""))
  }
  return sections
}

const withoutComment = (value: string): string => {
  const text = value.trim()
  const comment = text.search(/\s[#;]/)
  return comment < 0 ? text : text.slice(0, comment).trimEnd()
}
