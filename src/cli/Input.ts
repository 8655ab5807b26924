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

/**
 * All of stdin.
 *
 * @since 0.1.0
 * @category reading
 */
export const stdin: Effect.Effect<Uint8Array, CliFailure, Stdio.Stdio> = Effect.flatMap(Stdio.Stdio, ({ stdin }) =>
  Effect.mapBoth(Stream.runCollect(stdin), {
    onFailure: ({ message }) => failed(`stdin cannot be read: ${message}`),
    onSuccess: join
  })
)

/**
 * All of a file; `-` is stdin.
 *
 * @since 0.1.0
 * @category reading
 */
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

/**
 * All of a file as text; `-` is stdin. A byte order mark is left out.
 *
 * @since 0.1.0
 * @category reading
 */
export const text = (path: string): Effect.Effect<string, CliFailure, FileSystem.FileSystem | Stdio.Stdio> =>
  Effect.map(bytes(path), (bytes) => new TextDecoder().decode(bytes))

/**
 * What is piped into the process as text; empty on a terminal, where nobody is waited for.
 *
 * @since 0.1.0
 * @category reading
 */
export const piped: Effect.Effect<string, CliFailure, Stdio.Stdio> = Effect.flatMap(
  Stdio.Stdio,
  ({ stdinIsTerminal }) =>
    Effect.flatMap(stdinIsTerminal, (isTerminal) =>
      isTerminal ? Effect.succeed("") : Effect.map(stdin, (bytes) => new TextDecoder().decode(bytes))
    )
)
