import type { CatalogModel } from "effect-llm/catalog/CatalogModel"
import * as Cost from "effect-llm/catalog/Cost"
import * as Meter from "effect-llm/catalog/Meter"
import * as Money from "effect-llm/catalog/Money"
import * as Nearest from "effect-llm/domain/Nearest"
import * as Usage from "effect-llm/domain/Usage"
import { exact, type TokenCount } from "effect-llm/tokens/TokenCount"
import { Tokenizer } from "effect-llm/tokens/Tokenizer"
import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import type * as Stdio from "effect/Stdio"
import { type CliFailure, usage } from "../CliFailure.ts"
import * as Input from "../Input.ts"
import * as Quantity from "../terminal/Quantity.ts"

/** Valid tiers that no price lists. */
const unlistedTiers = new Set(["standard", "default", "auto", "fast"])

/** Fails for a service tier that no price has; the error lists the known ones. */
export const checkTier = (
  tier: string | undefined,
  models: ReadonlyArray<CatalogModel>
): Effect.Effect<void, CliFailure> => {
  if (tier === undefined) return Effect.void
  const tiers = [...new Set(models.flatMap(({ price }) => Object.keys(price?.tiers ?? {})))].toSorted()
  const requestedTier = tier.trim().toLowerCase()
  return tiers.includes(requestedTier) || unlistedTiers.has(requestedTier)
    ? Effect.void
    : Effect.fail(
        usage(`there is no service tier ${tier}. Known tiers: ${[...new Set([...tiers, "standard"])].join(", ")}`)
      )
}

/** Whether the price lacks the requested tier, so the cost is at standard rates. */
const lacksTierPrice = (cost: Cost.Cost): boolean =>
  cost._tag === "Priced" &&
  cost.flags.some((flag) => flag._tag === "TierUnpriced" && !("meter" in flag && flag.meter !== undefined))

/** The call to price, as given by the flags. */
export interface Call {
  readonly input: number | undefined
  /** Default: 1,000 for a chat model, otherwise 0. */
  readonly output: number | undefined
  readonly prompt: string | undefined
  readonly cached: number | undefined
  readonly cacheWrite: number | undefined
  /** Other units, each as `meter=number`. */
  readonly units: ReadonlyArray<string>
  readonly tier: string | undefined
  readonly calls: number
}

/** The other units of a call by their meters. */
export const unitsOf = ({
  units
}: Pick<Call, "units">): Effect.Effect<{ readonly [meter: string]: number }, CliFailure> => {
  const counts: Record<string, number> = {}
  for (const text of units) {
    const [, meter = "", number = ""] = /^([A-Za-z]+(?::[^=]+)?)=(.+)$/.exec(text) ?? []
    const count = /^\d+\.\d+$/.test(number) ? Number(number) : Quantity.parse(number)
    if (count === undefined)
      return Effect.fail(usage(`--units ${text} is not a meter and a number, such as outputImages=4`))
    if (Meter.find(meter) === undefined) {
      const [near] = Nearest.find(meter, Object.keys(Meter.all))
      const known = Object.keys(Meter.all).filter((name) => name.endsWith("s"))
      const hint = near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}?`
      return Effect.fail(usage(`there is no meter ${meter}; ${hint}`))
    }
    counts[meter] = (counts[meter] ?? 0) + count
  }
  return Effect.succeed(counts)
}

/** The input: a number of tokens, or a prompt, whose token count depends on the model. */
export type CallInput = { readonly tokens: number } | { readonly prompt: string }

/** Reads the input: the number, else the prompt file, else stdin. */
export const inputOf = Effect.fnUntraced(function* ({
  cached = 0,
  cacheWrite = 0,
  input,
  prompt,
  units
}: Call): Effect.fn.Return<CallInput, CliFailure, FileSystem.FileSystem | Stdio.Stdio> {
  if (input !== undefined && prompt !== undefined) return yield* usage("pass --input or --prompt, not both")
  if (input !== undefined) {
    return cached + cacheWrite <= input
      ? { tokens: input }
      : yield* usage("--cached and --cache-write are part of --input and cannot exceed it")
  }
  const text = prompt === undefined ? yield* Input.piped() : yield* Input.text(prompt)
  if (text === "" && units.length > 0) return { tokens: 0 }
  return text === ""
    ? yield* usage(
        "pass --input with a number of tokens, --prompt with a file (or pipe the prompt in), or --units, such as outputImages=4"
      )
    : { prompt: text }
})

/** The cost of the call with one model. */
export interface PricedCall {
  readonly model: CatalogModel
  readonly input: TokenCount
  readonly output: number
  readonly cost: Cost.Cost
  /** Whether the model has no price for the requested service tier; `cost` is then at standard rates. */
  readonly lacksTier: boolean
  /** The cost of all calls; `undefined` if it is not known, or not for that tier. */
  readonly total: BigDecimal.BigDecimal | undefined
}

/** Computes the cost of the call. */
export const price = Effect.fnUntraced(function* (
  model: CatalogModel,
  call: Call,
  input: CallInput,
  at: DateTime.DateTime
): Effect.fn.Return<PricedCall, CliFailure, Tokenizer> {
  const tokenizer = yield* Tokenizer
  const inputCount =
    "tokens" in input
      ? exact(input.tokens)
      : yield* tokenizer.count({ messages: input.prompt }, { model: `${model.provider}/${model.id}` })
  if ((call.cached ?? 0) + (call.cacheWrite ?? 0) > inputCount.tokens) {
    return yield* usage(`--cached and --cache-write are part of the prompt, which has ${inputCount.tokens} tokens`)
  }
  const output = call.output ?? (model.kind === "chat" ? 1000 : 0)
  const units = yield* unitsOf(call)
  const tokenUsage = Usage.make(
    { input: inputCount.tokens, cacheRead: call.cached, cacheWrite: call.cacheWrite, output },
    { units: call.units.length === 0 ? undefined : units }
  )
  const cost = Cost.of(tokenUsage, model.price, { at, serviceTier: call.tier })
  const lacksTier = lacksTierPrice(cost)
  const total =
    cost._tag === "Priced" && !lacksTier
      ? BigDecimal.multiply(cost.total, BigDecimal.fromBigInt(BigInt(call.calls)))
      : undefined
  return { model, input: inputCount, output, cost, lacksTier, total }
})

const encode = Schema.encodeSync(Schema.toCodecJson(Cost.Cost))

/** The priced call as JSON. Amounts are decimal strings in US dollars. */
export const toJson = ({ cost, input, lacksTier, model, output, total }: PricedCall, calls: number): unknown => ({
  model: `${model.provider}/${model.id}`,
  inputTokens: input.tokens,
  inputTokensExact: input.precision._tag === "Exact",
  outputTokens: output,
  calls,
  total: total === undefined ? null : Money.formatDecimal(total),
  cost: encode(lacksTier ? { _tag: "Unpriced", reason: { _tag: "NoPrice" }, row: cost.row } : cost)
})
