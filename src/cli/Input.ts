import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { type CliFailure, failed, usage } from "./CliFailure.ts"

const join = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** All of stdin. */
export const stdin: Effect.Effect<Uint8Array, CliFailure, Stdio.Stdio> = Effect.flatMap(Stdio.Stdio, ({ stdin }) =>
  Effect.mapBoth(Stream.runCollect(stdin), {
    onFailure: ({ message }) => failed(`stdin cannot be read: ${message}`),
    onSuccess: join
  })
)

/** All of a file; `-` is stdin. */
export const bytes = (path: string): Effect.Effect<Uint8Array, CliFailure, FileSystem.FileSystem | Stdio.Stdio> =>
  path === "-"
    ? stdin
    : Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFile(path)).pipe(
        Effect.mapError(({ message, reason }) =>
          reason._tag === "NotFound"
            ? usage(`there is no file ${path}`)
            : failed(`the file ${path} cannot be read: ${message}`)
        )
      )

/** Bytes as text; `refuse` makes the failure for those that are none: not UTF-8, or with a zero byte. */
const decode = (bytes: Uint8Array, refuse: () => CliFailure): Effect.Effect<string, CliFailure> =>
  Effect.filterOrFail(
    Effect.try({ try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes), catch: refuse }),
    (text) => !text.includes("\u0000"),
    refuse
  )

/** All of a file as text; `-` is stdin. A byte order mark is left out, and what is not text is refused. */
export const text = (path: string): Effect.Effect<string, CliFailure, FileSystem.FileSystem | Stdio.Stdio> =>
  Effect.flatMap(bytes(path), (bytes) =>
    decode(bytes, () => usage(`${path === "-" ? "what is piped in" : path} is not text (UTF-8)`))
  )

/**
 * What is piped into the process as text; empty on a terminal, where nobody is waited for. What is not text is refused,
 * with `advice` on what to do instead.
 */
export const piped = (advice = ""): Effect.Effect<string, CliFailure, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, ({ stdinIsTerminal }) =>
    Effect.flatMap(stdinIsTerminal, (isTerminal) =>
      isTerminal
        ? Effect.succeed("")
        : Effect.flatMap(stdin, (bytes) => decode(bytes, () => usage(`what is piped in is not text (UTF-8)${advice}`)))
    )
  )
