import { Vocabulary } from "./Vocabulary.ts"

/** The rank files of js-tiktoken that encodings are made from. */
export type RankFile = "o200k_base" | "cl100k_base" | "p50k_base" | "r50k_base"

export interface Ranks {
  readonly vocabulary: Vocabulary
  readonly specialTokens: { readonly [name: string]: number }
}

const files = {
  o200k_base: () => import("js-tiktoken/ranks/o200k_base"),
  cl100k_base: () => import("js-tiktoken/ranks/cl100k_base"),
  p50k_base: () => import("js-tiktoken/ranks/p50k_base"),
  r50k_base: () => import("js-tiktoken/ranks/r50k_base")
}

const loads = new Map<RankFile, Promise<Ranks>>()

/** Reads a rank file, once: whoever asks while it is being read waits for the same reading. */
export const loadRanks = (file: RankFile): Promise<Ranks> => {
  const known = loads.get(file)
  if (known !== undefined) return known
  const load = files[file]().then(({ default: ranks }) => ({
    vocabulary: new Vocabulary(ranks.bpe_ranks),
    specialTokens: ranks.special_tokens
  }))
  loads.set(file, load)
  return load
}
