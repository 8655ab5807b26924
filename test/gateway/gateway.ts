import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import * as Gateway from "../../src/gateway/Gateway.ts"
import { evaluate } from "../../src/settings/file/Load.ts"
import * as Source from "../../src/settings/file/Source.ts"
import { Simulator, type SimulatorOptions } from "../../src/testing/Simulator.ts"
import * as UndiciClient from "../../src/transport/UndiciClient.ts"

/** Accounts at the simulator, one for each protocol. */
const accounts = ({ baseUrls }: Simulator["Service"]): string => `
providers:
  openai: { key: sk-upstream, baseUrl: "${baseUrls["openai-chat"]}" }
  anthropic: { key: sk-upstream, baseUrl: "${baseUrls["anthropic-messages"]}" }
  responses: { provider: openai-responses, key: sk-upstream, baseUrl: "${baseUrls["openai-responses"]}" }
  google: { key: sk-upstream, baseUrl: "${baseUrls["google-generate-content"]}" }
  ollama: { baseUrl: "${baseUrls["ollama-chat"]}" }
  mistral: { key: sk-upstream, baseUrl: "${baseUrls["mistral-chat"]}" }
  watsonx: { key: sk-upstream, baseUrl: "${baseUrls["watsonx-chat"]}", options: { project: p, token: sk-upstream } }
  bedrock: { key: sk-upstream, baseUrl: "${baseUrls["bedrock-converse"]}", options: { region: us-east-1 } }
  cohere: { key: sk-upstream, baseUrl: "${baseUrls["cohere-chat"]}" }
`

/** A gateway whose models are at a simulator. */
export const gateway = Effect.fnUntraced(function* (
  models: string | ((simulatorUrl: string) => string),
  options: { readonly simulator?: SimulatorOptions; readonly gateway?: Gateway.GatewayOptions } = {}
) {
  const simulator = Context.get(yield* Layer.build(Simulator.layer(options.simulator)), Simulator)
  const text = typeof models === "string" ? models : models(simulator.openAiUrl).replace(/^\n/, "")
  const source = yield* Effect.fromResult(Source.parse("settings.yaml", accounts(simulator) + text))
  const { settings } = yield* evaluate(source, undefined, false)
  const services = yield* Layer.build(
    Gateway.layer(settings, { port: 0, drain: 0, ...options.gateway }).pipe(
      Layer.provide([UndiciClient.layer, NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromUnknown({}))])
    )
  )
  const { url } = Context.get(services, Gateway.Gateway)
  /** Sends JSON; responds with the status, headers and text. */
  const send = (path: string, body: unknown, headers: { readonly [name: string]: string } = {}) =>
    Effect.promise(async (signal) => {
      const response = await fetch(url + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
        signal
      })
      return { status: response.status, headers: response.headers, text: await response.text() }
    })
  return { url, simulator, send }
})
