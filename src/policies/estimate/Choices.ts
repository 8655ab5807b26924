import * as Predicate from "effect/Predicate"

/** The providers' names and places of that option. */
const names = ["n", "candidateCount", "candidate_count", "num_generations", "best_of"]
const groups = ["generationConfig", "generation_config"]

/**
 * How many responses a chat request asks for. That is an option of some providers, who bill all choices although only the first
 * is the response.
 */
export const choicesOf = (request: unknown): number => {
  const options = Predicate.isObject(request) ? request.providerOptions : undefined
  if (!Predicate.isObject(options)) return 1
  let most = 1
  for (const own of Object.values(options)) {
    if (!Predicate.isObject(own)) continue
    for (const group of [own, ...groups.map((name) => own[name])]) {
      if (!Predicate.isObject(group)) continue
      for (const name of names) {
        const count = Number(group[name])
        if (count > most && Number.isFinite(count)) most = Math.ceil(count)
      }
    }
  }
  return most
}
