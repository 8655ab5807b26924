import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** A recorded exchange: what a client sent, and what the provider's real server answered. */
export interface Recording {
  readonly file: string
  readonly provider: string
  readonly protocol: string
  readonly tags: ReadonlyArray<string>
  readonly request: { readonly body?: unknown }
  readonly response: {
    readonly status: number
    readonly headers: Record<string, string>
    readonly body: unknown
    readonly bodyEncoding?: string | undefined
  }
}

const folder = fileURLToPath(new URL("../../../shared/recordings/", import.meta.url))

export const recordingsExist = existsSync(`${folder}index.json`)

const load = (file: string) => JSON.parse(readFileSync(folder + file, "utf8"))

const index: ReadonlyArray<{ readonly protocol: string; readonly file: string }> = recordingsExist
  ? load("index.json")
  : []

/** Every recorded exchange of the protocol; none where the recordings are not at hand. */
export const recordingsOf = (protocol: string): ReadonlyArray<Recording> =>
  index
    .filter((row) => row.protocol === protocol)
    .map(({ file }) => Object.assign(load(file), { file: file.replace("dev/", "") }))
