/** Sick providers of every protocol behind a gateway, and what clients of every dialect get. */
import { Context, Effect, Layer } from "effect"
import { type Agent, request } from "node:http"
import { Scenario } from "../../../src/testing/Scenario.ts"
import { Simulator } from "../../../src/testing/Simulator.ts"
import type { RawFault } from "../../faults/rawFaults.ts"
import { serveFaults } from "../../faults/rawServer.ts"
import { sickText, type Wire, wireOf } from "../../faults/wire.ts"
import { type Client, clients } from "./clients.ts"

/** Each protocol: its account, and the client that speaks it. */
export const protocols = {
  openai: { name: "openai-chat", provider: "openai", client: "OpenAI's chat" },
  responses: { name: "openai-responses", provider: "openai-responses", client: "OpenAI's responses" },
  anthropic: { name: "anthropic-messages", provider: "anthropic", client: "Anthropic's messages" },
  google: { name: "google-generate-content", provider: "google", client: "Google's generateContent" },
  ollama: { name: "ollama-chat", provider: "ollama", client: "Ollama's chat" }
} as const

export type Protocol = keyof typeof protocols
export const protocolNames = Object.keys(protocols) as ReadonlyArray<Protocol>

/** The account of a provider at an address. */
export const accountAt = (protocol: Protocol, url: string) => ({
  provider: protocols[protocol].provider,
  key: "sk-upstream",
  baseUrl: url + { openai: "/v1", responses: "/v1", anthropic: "", google: "/v1beta", ollama: "" }[protocol]
})

export interface Sent {
  readonly status: number
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  readonly text: string
  /** Whether the connection broke. */
  readonly isCut: boolean
  readonly millis: number
}

/** Sends a request and reads all of the response, whatever becomes of it. */
export const send = (url: string, body: unknown, agent?: Agent): Effect.Effect<Sent> =>
  Effect.callback((resume) => {
    const startedAt = performance.now()
    let text = ""
    const end = (status: number, headers: Sent["headers"], isCut: boolean) =>
      resume(Effect.succeed({ status, headers, text, isCut, millis: performance.now() - startedAt }))
    const outgoing = request(
      url,
      { method: "POST", headers: { "content-type": "application/json" }, ...(agent && { agent }) },
      (incoming) => {
        const { headers, statusCode = 0 } = incoming
        incoming.setEncoding("utf8")
        incoming.on("data", (piece: string) => (text += piece))
        incoming.on("end", () => end(statusCode, headers, false))
        incoming.on("error", () => end(statusCode, headers, true))
      }
    )
    outgoing.on("error", () => end(0, {}, true))
    // Whatever a provider does, it takes no longer than this.
    const late = setTimeout(() => outgoing.destroy(), 70_000).unref()
    outgoing.on("close", () => clearTimeout(late))
    outgoing.end(JSON.stringify(body))
    return Effect.sync(() => outgoing.destroy())
  })

/** What a well provider of each protocol sends, as the simulator has it. */
export const wires: Effect.Effect<Readonly<Record<Protocol, Wire>>> = Effect.gen(function* () {
  const whole = Scenario.reply(sickText)
  const simulator = Context.get(
    yield* Layer.build(
      Simulator.layer({
        models: { well: whole, busy: Scenario.status(529), broken: Scenario.errorAfter(2, { of: whole }) }
      })
    ),
    Simulator
  )
  const wire = (protocol: Protocol) =>
    Effect.gen(function* () {
      const client = clients[protocols[protocol].client] as Client
      const sent = (model: string, stream: boolean) =>
        send(simulator.url + client.path(model, stream), {
          ...client.body(model, stream),
          ...(protocol === "openai" && { stream_options: { include_usage: true } })
        })
      const body = yield* sent("well", false)
      const stream = yield* sent("well", true)
      const busy = yield* sent("busy", false)
      const broken = yield* sent("broken", true)
      return wireOf({
        body: body.text,
        bodyType: String(body.headers["content-type"]),
        stream: stream.text,
        streamType: String(stream.headers["content-type"]),
        errorBody: busy.text,
        brokenStream: broken.text
      })
    })
  return yield* Effect.all({
    openai: wire("openai"),
    responses: wire("responses"),
    anthropic: wire("anthropic"),
    google: wire("google"),
    ollama: wire("ollama")
  })
}).pipe(Effect.scoped, Effect.orDie)

/** A provider whose model `raw-7` commits the seventh fault; closed with the scope. */
export const sickProvider = (faults: ReadonlyArray<RawFault>, wire: Wire) =>
  serveFaults(wire, (request) => faults[Number(/\braw-(\d+)\b/.exec(request)?.[1])])
