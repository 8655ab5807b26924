import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { type CliFailure, failed, usage } from "./CliFailure.ts"

const join = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

/** Reads stdin. */
export const stdin: Effect.Effect<Uint8Array, CliFailure, Stdio.Stdio> = Effect.flatMap(Stdio.Stdio, ({ stdin }) =>
  Effect.mapBoth(Stream.runCollect(stdin), {
    onFailure: ({ message }) => failed(`stdin cannot be read: ${message}`),
    onSuccess: join
  })
)

/** Reads a file; `-` is stdin. */
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

/** Decodes text. Fails with `onInvalid` if the bytes are not UTF-8 or contain a zero byte. */
const decode = (bytes: Uint8Array, onInvalid: () => CliFailure): Effect.Effect<string, CliFailure> =>
  Effect.filterOrFail(
    Effect.try({ try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes), catch: onInvalid }),
    (text) => !text.includes("\u0000"),
    onInvalid
  )

/** Reads a text file; `-` is stdin. A byte order mark is dropped. */
export const text = (path: string): Effect.Effect<string, CliFailure, FileSystem.FileSystem | Stdio.Stdio> =>
  Effect.flatMap(bytes(path), (bytes) =>
    decode(bytes, () => usage(`${path === "-" ? "the piped input" : path} is not text (UTF-8)`))
  )

/** Reads the piped input as text; empty on a terminal. `advice` ends the error for input that is not text. */
export const piped = (advice = ""): Effect.Effect<string, CliFailure, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, ({ stdinIsTerminal }) =>
    Effect.flatMap(stdinIsTerminal, (isTerminal) =>
      isTerminal
        ? Effect.succeed("")
        : Effect.flatMap(stdin, (bytes) => decode(bytes, () => usage(`the piped input is not text (UTF-8)${advice}`)))
    )
  )
