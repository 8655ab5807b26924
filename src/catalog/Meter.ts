/**
 * What a provider counts when it bills. A singular name counts tokens, a plural one counts the things it names; seconds
 * are of audio unless the name says video. A meter with a `parent` counts a share of what its parent counts, and is
 * billed at the parent's rate where it has none of its own.
 *
 * `per` is the number of units that a rate is for (tokens and characters: a million; seconds: an hour). A `fee` is a
 * charge beside the model's work, which no service tier or region changes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Meter {
  readonly per: number
  readonly parent?: string
  readonly fee?: boolean
}

const tokens = (parent?: string): Meter => (parent === undefined ? { per: 1e6 } : { per: 1e6, parent })

const table = {
  input: tokens(),
  cacheRead: tokens("input"),
  cacheWrite5m: tokens("input"),
  cacheWrite1h: tokens("cacheWrite5m"),
  inputAudio: tokens("input"),
  inputImage: tokens("input"),
  inputVideo: tokens("input"),
  cacheReadAudio: tokens("cacheRead"),
  cacheReadImage: tokens("cacheRead"),
  output: tokens(),
  reasoning: tokens("output"),
  citation: tokens("output"),
  outputAudio: tokens("output"),
  outputImage: tokens("output"),
  outputVideo: tokens("output"),
  inputCharacters: { per: 1e6 },
  outputCharacters: { per: 1e6 },
  inputSeconds: { per: 3600 },
  outputSeconds: { per: 3600 },
  inputVideoSeconds: { per: 3600 },
  outputVideoSeconds: { per: 3600 },
  inputImages: { per: 1 },
  outputImages: { per: 1 },
  inputPixels: { per: 1e9 },
  outputPixels: { per: 1e9 },
  inputMessages: { per: 1000 },
  pages: { per: 1000 },
  annotatedPages: { per: 1000, parent: "pages" },
  requests: { per: 1000, fee: true },
  webSearches: { per: 1000, fee: true },
  webFetches: { per: 1000, fee: true },
  fileSearches: { per: 1000, fee: true },
  mapSearches: { per: 1000, fee: true },
  searchSources: { per: 1000, fee: true },
  codeSessions: { per: 1, fee: true }
} as const satisfies { readonly [name: string]: Meter }

/**
 * The name of a meter that has a place in the table.
 *
 * @since 0.1.0
 * @category models
 */
export type Name = keyof typeof table

/**
 * Every meter by its name.
 *
 * @since 0.1.0
 * @category constants
 */
export const all: { readonly [name in Name]: Meter } = table

/**
 * The meter of this name; `outputImages:1024x1024` is a variant of `outputImages`.
 *
 * @since 0.1.0
 * @category getters
 */
export const find = (name: string): Meter | undefined => {
  const base = baseOf(name)
  return Object.hasOwn(table, base) ? table[base as Name] : undefined
}

/**
 * The name without its variant.
 *
 * @since 0.1.0
 * @category getters
 */
export const baseOf = (name: string): string => {
  const colon = name.indexOf(":")
  return colon === -1 ? name : name.slice(0, colon)
}
