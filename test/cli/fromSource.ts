/** Preloaded into a process of the command line: `effect-llm` is the source beside it, not what was built. */
import { registerHooks } from "node:module"

const src = new URL("../../src/", import.meta.url)

registerHooks({
  resolve: (specifier, context, next) => {
    const ours = /^effect-llm(?:\/(.+))?$/.exec(specifier)
    return next(ours === null ? specifier : new URL(`${ours[1] ?? "index"}.ts`, src).href, context)
  }
})
