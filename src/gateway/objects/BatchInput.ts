import * as BigDecimal from "effect/BigDecimal"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Cost from "effect-llm/catalog/Cost"
import { formatDecimal } from "effect-llm/catalog/Money"
import { Pricing } from "effect-llm/catalog/Pricing"
import { PermissionDeniedError } from "effect-llm/domain/CallErrors"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import { formatReason } from "effect-llm/domain/Cost"
import * as ModelId from "effect-llm/domain/ModelId"
import * as Usage from "effect-llm/domain/Usage"
import * as Estimate from "effect-llm/policies/Estimate"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"
import * as Protocols from "effect-llm/providers/Protocols"
import { lookingInto } from "../../settings/policies/Content.ts"
import { invalid, Refused, type Failure } from "../calls/Failure.ts"
import { Models } from "../calls/Models.ts"
import * as Body from "../http/Body.ts"
import type { Exchange } from "../http/Routes.ts"
import * as NamedModels from "../models/NamedModels.ts"
import * as FileUse from "./FileUse.ts"
import * as ObjectNames from "./ObjectNames.ts"
import { isObject } from "./OpenAiShapes.ts"
import type { BatchInputFacts } from "./ProviderObjects.ts"

/** The requests of a batch as their provider takes them, and what is known of them. */
export interface BatchInput {
  readonly account: string
  readonly bytes: Uint8Array
  readonly facts: BatchInputFacts
}

/** The paths whose requests can be in a batch, and how they are read. */
const endpoints: {
  readonly [path: string]: Effect.Effect<(body: unknown) => Result.Result<{ readonly request: CallRequest }, unknown>>
} = {
  "/v1/chat/completions": Effect.succeed((body) => OpenAiChat.decodeRequest(body)),
  "/v1/responses": Effect.succeed((body) => OpenAiResponses.decodeRequest(body)),
  "/v1/embeddings": Effect.map(
    Protocols.openAiEmbeddings,
    ({ decodeRequest }) =>
      (body) =>
        decodeRequest(body)
  )
}

/** How many requests are read before others have a turn. */
const atATime = 200

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/**
 * Reads the requests of a batch: each names a model that the caller may call, all of them at one account. They go to the provider with
 * its own names of the models.
 */
export const read = Effect.fnUntraced(function* (
  exchange: Exchange,
  bytes: Uint8Array
): Effect.fn.Return<BatchInput, Failure, Models> {
  const { state } = yield* Models
  const { accounts } = yield* state
  const models = new Map<string, ModelId.ModelId>()
  const estimate = new Estimates()
  const written: Array<string> = []
  const files = FileUse.noFiles()
  let account: string | undefined
  for (const [index, text] of decoder.decode(bytes).split("\n").entries()) {
    if (text.trim() === "") continue
    if (index % atATime === atATime - 1) yield* Effect.yieldNow
    const line = yield* Effect.fromResult(Body.parse(encoder.encode(text), exchange.received.mostDepth)).pipe(
      Effect.mapError(({ message }) => wrong(index, message))
    )
    if (!isObject(line) || !isObject(line.body)) return yield* wrong(index, "there is no body")
    const { body, url } = line
    const { model: name } = body
    if (typeof name !== "string") return yield* wrong(index, "the body names no model")
    if (typeof url !== "string" || !Object.hasOwn(endpoints, url))
      return yield* wrong(index, `url is ${JSON.stringify(url)}, and none of ${Object.keys(endpoints).join(", ")}`)
    const id = models.get(name) ?? (yield* deploymentOf(exchange, name))
    models.set(name, id)
    account ??= id.provider
    const isAtHome = id.provider === account || accounts.get(id.provider)?.identity === accounts.get(account)?.identity
    if (!isAtHome)
      return yield* wrong(
        index,
        `${name} is at ${id.provider}, and those before are at ${account}: one account makes a batch`
      )
    const refused = ObjectNames.refused(body, exchange.caller)
    if (refused !== undefined) return yield* refused
    FileUse.addIds(body, files.read)
    yield* estimate.add(url, body, `${id.provider}/${id.model}`)
    written.push(JSON.stringify({ ...line, body: { ...body, model: id.model } }))
  }
  if (account === undefined) return yield* invalid("the file has no requests", { at: "file" })
  yield* FileUse.known(exchange.caller, files)
  return {
    account,
    bytes: encoder.encode(`${written.join("\n")}\n`),
    facts: {
      models: [...models].map(([name, { model, provider }]) => ({ name, model: `${provider}/${model}` })),
      requests: written.length,
      ...estimate.total
    }
  }
})

/** The deployment of a model that would be called first. */
const deploymentOf = Effect.fnUntraced(function* ({ caller }: Exchange, name: string) {
  if (!caller.permits(name))
    return yield* new Refused({ error: new PermissionDeniedError({ detail: `this key may not call ${name}` }) })
  const { explain, state } = yield* Models
  const { settings } = yield* state
  const unseen = lookingInto(settings, settings.models[NamedModels.of(settings).find(name)?.name ?? name])
  if (unseen !== undefined)
    return yield* invalid(`${name} has ${unseen}, which the requests of a batch would pass by: it makes none`, {
      at: "file"
    })
  const { deployments, leftOut } = yield* explain(name, "")
  const id = ModelId.parse([...deployments, ...leftOut][0]?.model ?? name)
  return id ?? (yield* invalid(`${name} is at no account`, { at: "file" }))
})

/** Adds up what requests are expected to use, and to cost. */
class Estimates {
  #usd = BigDecimal.make(0n, 0)
  #tokens = 0
  #unpriced: string | undefined

  get total(): Pick<BatchInputFacts, "usd" | "tokens" | "unpriced"> {
    return { usd: formatDecimal(this.#usd), tokens: this.#tokens, unpriced: this.#unpriced }
  }

  add(url: string, body: unknown, model: string): Effect.Effect<void, Failure, Models> {
    return Effect.gen({ self: this }, function* () {
      const decode = yield* endpoints[url] ?? Effect.die(new Error(`no requests are read of ${url}`))
      const decoded = decode(body)
      // The provider will judge what cannot be read here, and its cost is unknown.
      if (Result.isFailure(decoded)) {
        this.#unpriced ??= "a request of the batch cannot be read"
        return
      }
      const { request } = decoded.success
      const input = Estimate.inputTokens(request)
      const output = Estimate.outputTokens(request)
      this.#tokens += input + output
      const cost = yield* costOf(Usage.make({ input, output }), model)
      if (cost._tag === "Priced") this.#usd = BigDecimal.sum(this.#usd, cost.total)
      else this.#unpriced ??= `${model}: ${formatReason(cost.reason)}`
    })
  }
}

/** The cost of a usage at batch rates. */
export const costOf = Effect.fnUntraced(function* (
  usage: Usage.Usage,
  model: string
): Effect.fn.Return<Cost.Cost, never, Models> {
  const { state } = yield* Models
  const { context } = yield* state
  const table = yield* Context.get(context, Pricing).table
  const quote = table.find(model)
  const at = DateTime.makeUnsafe(yield* Clock.currentTimeMillis)
  return Cost.of(usage, quote?.match === "fuzzy" ? undefined : quote?.price, { at, serviceTier: "batch" })
})

const wrong = (index: number, detail: string): Refused => invalid(`line ${index + 1}: ${detail}`, { at: "file" })
