import type { FinishReason } from "../../domain/FinishReason.ts"

interface Words {
  readonly [word: string]: FinishReason
}

/** The finish reasons of a protocol, in both directions. */
export interface FinishReasons {
  /**
   * The reason of a word; `other` where it is unknown. A response with calls waits for their results, also where the
   * server says that it stopped.
   */
  readonly decode: (word: string | undefined, hasCalls?: boolean) => FinishReason
  /** The word for a reason: the raw one where it is one of this protocol for the same reason. */
  readonly encode: (reason: FinishReason, raw: string | undefined) => string
}

/**
 * Finish reasons from one table: `words` are the protocol's own, `synonyms` those of other servers, which are read only,
 * and `written` is what is written for a reason. A raw word that is in neither list goes on where it matches `unknown`.
 */
export const finishReasons = (table: {
  readonly words: Words
  readonly synonyms?: Words
  readonly written: { readonly [R in FinishReason]: string }
  readonly unknown?: RegExp
}): FinishReasons => {
  const own = new Map(Object.entries(table.words))
  const known = new Map([...Object.entries(table.synonyms ?? {}), ...own])
  return {
    decode: (word, hasCalls = false) => {
      const reason = word === undefined ? "other" : (known.get(word) ?? "other")
      return reason === "stop" && hasCalls ? "tool-calls" : reason
    },
    encode: (reason, raw) => {
      if (raw === undefined) return table.written[reason]
      const isKept = known.has(raw) ? own.get(raw) === reason : reason === "other" && table.unknown?.test(raw) === true
      return isKept ? raw : table.written[reason]
    }
  }
}
