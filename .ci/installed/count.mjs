/** Preloaded: counts the bytes of effect-llm's code and tables that a process loads, and prints both at its end. */
import { registerHooks } from "node:module"

let code = 0
let tables = 0
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    if (!url.includes("/node_modules/effect-llm/")) return loaded
    const bytes = Buffer.byteLength(loaded.source)
    if (url.endsWith(".json")) tables += bytes
    else code += bytes
    return loaded
  }
})
process.on("exit", () => console.log(`loaded ${code} ${tables}`))
