import { localQuirks } from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

const defaultBaseUrl = "http://localhost:11434"

/**
 * The URL that `OLLAMA_HOST` names. It may lack the scheme, host or port; one that listens everywhere is on this
 * machine.
 */
const addressOf = (host: string): string => {
  const [, scheme = "", place = "", path = ""] = /^(?:(https?):\/\/)?([^/]*)(.*)$/s.exec(host.trim()) ?? []
  const [, name = "", port] = /^(.*?)(?::(\d+))?$/.exec(place) ?? []
  const hostname = name === "" || name === "0.0.0.0" || name === "[::]" ? "localhost" : name
  const defaultPort = scheme === "" ? "11434" : scheme === "https" ? "443" : "80"
  return `${scheme || "http"}://${hostname}:${port ?? defaultPort}${path}`
}

/**
 * Ollama, through its own API.
 *
 * ```ts
 * const model = Ollama.model("qwen3:8b")
 * ```
 *
 * Settings: `OLLAMA_BASE_URL`, or `OLLAMA_HOST` as Ollama itself reads it (default `http://localhost:11434`; a
 * trailing `/v1` is dropped); `OLLAMA_API_KEY` if a proxy or Ollama's cloud asks for one.
 *
 * The context window and how long the model stays loaded are set per request:
 * `providerOptions: { ollama: { options: { num_ctx: 32768 }, keep_alive: "1h" } }`.
 *
 * @see https://docs.ollama.com/api
 * @since 0.1.0
 * @category providers
 */
export class Ollama extends Provider.Service<Ollama>()({
  id: "ollama",
  capabilities: { embedding: Protocols.ollamaEmbed },
  protocol: Protocols.ollamaChat,
  settings: { host: { config: "OLLAMA_HOST" } },
  baseUrl: defaultBaseUrl,
  normalizeBaseUrl: (baseUrl, { host }) =>
    (baseUrl === defaultBaseUrl && host !== undefined ? addressOf(host) : baseUrl).replace(
      /(?<!\/)\/+(?:(?:v1|api)\/*)?$/,
      ""
    ),
  keyOptional: true,
  // By default the server silently drops the oldest messages of a conversation that is too long.
  body: { truncate: false },
  requiredSettings: [["OLLAMA_BASE_URL"], ["OLLAMA_HOST"], ["OLLAMA_API_KEY"]],
  quirks: {
    thinkTags: true,
    get stripTokens() {
      return localQuirks.stripTokens
    }
  }
}) {}
