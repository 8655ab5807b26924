/** Preloaded: counts the bytes of effect-llm's files that a process loads, and prints them at its end. */
import { registerHooks } from "node:module"

let bytes = 0
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    if (url.includes("/node_modules/effect-llm/")) bytes += Buffer.byteLength(loaded.source)
    return loaded
  }
})
process.on("exit", () => console.log(`loaded ${bytes}`))
