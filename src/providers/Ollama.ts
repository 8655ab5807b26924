import specialTokens from "../../data/special-tokens.json" with { type: "json" }
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

const usual = "http://localhost:11434"

/**
 * The address that `OLLAMA_HOST` names, which may lack the scheme, the host or the port. A server that listens
 * everywhere is asked on this machine.
 */
const addressOf = (host: string): string => {
  const [, scheme = "", place = "", path = ""] = /^(?:(https?):\/\/)?([^/]*)(.*)$/s.exec(host.trim()) ?? []
  const [, name = "", port] = /^(.*?)(?::(\d+))?$/.exec(place) ?? []
  const known = name === "" || name === "0.0.0.0" || name === "[::]" ? "localhost" : name
  const usualPort = scheme === "" ? "11434" : scheme === "https" ? "443" : "80"
  return `${scheme || "http"}://${known}:${port ?? usualPort}${path}`
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
 * The context window and how long the model stays loaded are set per request: `providerOptions: { ollama: { options: {
 * num_ctx: 32768 }, keep_alive: "1h" } }`.
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
  baseUrl: usual,
  address: (baseUrl, { host }) =>
    (baseUrl === usual && host !== undefined ? addressOf(host) : baseUrl).replace(/(?<!\/)\/+(?:(?:v1|api)\/*)?$/, ""),
  keyOptional: true,
  // Else the server leaves out the oldest messages of a conversation that is too long, without a word.
  body: { truncate: false },
  needs: [["OLLAMA_BASE_URL"], ["OLLAMA_HOST"], ["OLLAMA_API_KEY"]],
  quirks: {
    thinkTags: true,
    get stripTokens() {
      return specialTokens.tokens.map(({ token }) => token)
    }
  }
}) {}
