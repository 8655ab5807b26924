/** Runs a bundle where there is what every browser and worker has and nothing of Node, and makes a call with it. */
import { pathToFileURL } from "node:url"
import { runInNewContext } from "node:vm"

const answer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 0,
  model: "gpt-4.1",
  choices: [{ index: 0, message: { role: "assistant", content: "hello from the browser" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 4, total_tokens: 5 }
}

const web = new Set(
  [
    "AbortController AbortSignal Blob CompressionStream DOMException DecompressionStream Event EventTarget FormData Headers",
    "ReadableStream Request Response TextDecoder TextEncoder TransformStream URL URLSearchParams WebAssembly WritableStream",
    "atob btoa clearInterval clearTimeout console crypto fetch performance queueMicrotask setInterval setTimeout",
    "structuredClone"
  ].flatMap((names) => names.split(" "))
)
/** What a realm of JavaScript has by itself. */
const language = new Set(runInNewContext("Object.getOwnPropertyNames(globalThis)"))

const file = pathToFileURL(process.argv[2]).href
for (const name of Object.getOwnPropertyNames(globalThis)) {
  if (!web.has(name) && !language.has(name)) delete globalThis[name]
}
if (typeof process !== "undefined" || typeof Buffer !== "undefined" || typeof setImmediate !== "undefined") {
  throw new Error("Node's globals are still there")
}
globalThis.self = globalThis
const asked = []
const bytes = new TextEncoder().encode(JSON.stringify(answer))
// Not Response and Headers of Node, which work with the globals of Node themselves.
globalThis.fetch = async (url) => {
  asked.push(String(url))
  return {
    status: 200,
    url,
    headers: new Map([["content-type", "application/json"]]),
    body: new ReadableStream({
      start: (controller) => {
        controller.enqueue(bytes)
        controller.close()
      }
    }),
    arrayBuffer: async () => bytes.buffer,
    text: async () => JSON.stringify(answer),
    json: async () => answer
  }
}

const { call } = await import(file)
console.log(await call("Hello!"))
if (!asked[0]?.startsWith("https://api.openai.com/")) throw new Error(`asked ${asked}`)
