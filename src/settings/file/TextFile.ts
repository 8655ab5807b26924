import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { SettingsError } from "./Mistake.ts"

const words: { readonly [reason: string]: string } = {
  NotFound: "there is no such file",
  PermissionDenied: "this user may not read it",
  BadResource: "is a folder, and not a file"
}

export const mistakeOf = (file: string, message: string): SettingsError =>
  new SettingsError({ file, mistakes: [{ severity: "error", path: [], message }] })

export const unreadable = (
  file: string,
  error: { readonly reason: { readonly _tag: string }; readonly message: string }
): SettingsError => mistakeOf(file, words[error.reason._tag] ?? `cannot be read: ${error.message}`)

/** Reads a file of text. Windows PowerShell writes UTF-16, which would be taken for other text. */
export const read = (file: string): Effect.Effect<string, SettingsError, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.flatMap(
      Effect.mapError(fs.readFile(file), (error) => unreadable(file, error)),
      (bytes) =>
        Effect.try({
          try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
          catch: () => mistakeOf(file, "is not UTF-8: save it as UTF-8")
        })
    )
  )
