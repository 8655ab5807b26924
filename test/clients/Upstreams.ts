import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import { InvalidRequestError } from "effect-llm"
import { Scenario } from "effect-llm/testing/Scenario"
import { Simulator } from "effect-llm/testing/Simulator"
import * as Gateway from "../../src/gateway/Gateway.ts"
import { evaluate } from "../../src/settings/file/Load.ts"
import * as Source from "../../src/settings/file/Source.ts"
import { served } from "./Served.ts"
import * as UndiciClient from "../../src/transport/UndiciClient.ts"

/** Who speaks each protocol of the simulator, and what an account there needs besides a key. */
export const upstreams = {
  "openai-chat": "provider: openai",
  "openai-responses": "provider: openai-responses",
  "anthropic-messages": "provider: anthropic",
  "google-generate-content": "provider: google",
  "ollama-chat": "provider: ollama",
  "mistral-chat": "provider: mistral",
  "cohere-chat": "provider: cohere",
  openrouter: "provider: openrouter",
  "bedrock-converse": "provider: bedrock, options: { region: us-east-1 }",
  "bedrock-anthropic": "provider: bedrock-anthropic, options: { region: us-east-1 }",
  "vertex-anthropic": "provider: google-vertex-anthropic, options: { project: p, accessToken: upstream-token }",
  "watsonx-chat": "provider: watsonx, options: { project: p, token: upstream-token }"
} as const

export type Upstream = keyof typeof upstreams

/** What a model does is said by the first part of its name; the rest makes the name its caller's own. */
const scenarios: { readonly [name: string]: Scenario } = {
  reply: Scenario.healthy,
  tools: Scenario.toolCall,
  reasoning: Scenario.reasoning,
  status401: Scenario.status(401),
  status404: Scenario.status(404),
  status429: Scenario.status(429, { retryAfter: "7 seconds" }),
  status500: Scenario.status(500),
  hang: Scenario.hang,
  stall: Scenario.stallAfter(8),
  cut: Scenario.cutAfter(8),
  reset: Scenario.cutAfter(8, { reset: true }),
  overloaded: Scenario.errorAfter(8)
}

const unnamed = Scenario.fail(new InvalidRequestError({ detail: "no scenario of this name" }))

/** A gateway with an account at the simulator for each protocol, and these settings besides. */
export const gatewayOver = Effect.fnUntraced(function* (otherwise: Scenario, settings: string) {
  const simulator = Context.get(yield* Layer.build(Simulator.layer({ otherwise })), Simulator)
  const accounts = Object.entries(upstreams).map(
    ([name, account]) =>
      `  ${name}: { ${account}, key: upstream-key-0123, baseUrl: "${simulator.baseUrls[name as Upstream]}" }\n`
  )
  const text = `policies: { attempts: 1 }\nproviders:\n${accounts.join("")}${settings}`
  const command = process.env.SERVE?.split(" ")
  if (command !== undefined) return { simulator, url: yield* served(command, text) }
  const source = yield* Effect.fromResult(Source.parse("settings.yaml", text))
  const { settings: evaluated } = yield* evaluate(source, undefined, false)
  const services = yield* Layer.build(
    Gateway.layer(evaluated, { port: 0, drain: 0 }).pipe(
      Layer.provide([UndiciClient.layer, NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromUnknown({}))])
    )
  )
  return { simulator, url: Context.get(services, Gateway.Gateway).url }
})

/** A gateway that serves `{upstream}/{scenario}-{anything}`. */
export const gateway = gatewayOver(
  Scenario.choose(({ model = "" }) => scenarios[model.split("-", 1)[0] ?? ""] ?? unnamed),
  `unlisted: provider\nmodels: { default: openai-chat/reply-default }\nstoreResponses: { keys: ["*"] }\n`
)
