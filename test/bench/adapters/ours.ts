/**
 * effect-llm as it is built, over undici. To be written once `src/providers/OpenAiCompatible.ts` exists: `cpu.bench.ts`
 * leaves this adapter out until `dist/providers/OpenAiCompatible.js` is there.
 *
 * `make` builds the runtime and the model once, from `../../../dist`. `unary` runs `model.generate` and gives the
 * response's text; `stream` runs `model.stream` and gives its text deltas joined, every event consumed.
 */
import type { MakeAdapter } from "./Adapter.ts"

export const make: MakeAdapter = async (baseUrl) => {
  throw new Error(`test/bench/adapters/ours.ts is not written yet (${baseUrl})`)
}
