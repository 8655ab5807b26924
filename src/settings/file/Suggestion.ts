import * as Nearest from "effect-llm/domain/Nearest"

/** Ends a sentence on an unknown name: with the nearest known one, or with those that are known. */
export const suggestion = (word: string, candidates: Iterable<string>, known?: "known"): string => {
  const all = [...candidates]
  const [nearest] = Nearest.find(word, all)
  if (nearest !== undefined) return `; did you mean ${nearest}?`
  return known === undefined || all.length === 0 ? "." : `; known: ${all.slice(0, 12).join(", ")}`
}
