import * as Result from "effect/Result"
import limitsTable from "../../../data/limits.json" with { type: "json" }
import * as ParameterRestriction from "../../catalog/ParameterRestriction.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ConversationLimits } from "../../domain/Conversation.ts"
import type { Warning } from "../../domain/Warning.ts"
import * as Parameter from "./Parameter.ts"

type Effort = NonNullable<NonNullable<ChatRequest["reasoning"]>["effort"]> | "default"

/**
 * A row of `data/restrictions.json`; `data/README.md` says what its columns mean.
 *
 * @since 0.1.0
 * @category models
 */
export interface RestrictionRow {
  readonly reject?: ReadonlyArray<Parameter.Parameter>
  readonly ignore?: ReadonlyArray<Parameter.Parameter | "*">
  readonly rejectValues?: { readonly toolChoice?: ReadonlyArray<"auto" | "none" | "required" | "tool"> }
  readonly together?: ReadonlyArray<Parameter.Parameter>
  readonly when?: { readonly reasoningEffort?: ReadonlyArray<Effort>; readonly reasoning?: "budget" }
  readonly unless?: { readonly reasoningEffort?: ReadonlyArray<Effort> }
  readonly allow?: { readonly temperature?: number; readonly topP?: number }
  readonly reasoningEfforts?: ReadonlyArray<string>
  readonly note?: string
}

/**
 * What is known of one model of one provider: which rows of `data/restrictions.json` and `data/limits.json` hold for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Restrictions {
  readonly model: string
  readonly rows: ReadonlyArray<RestrictionRow>
  /** Parameters that the protocol has no word for. */
  readonly unsupported: ReadonlyArray<keyof ChatRequest>
  readonly limits: ConversationLimits
  /** How this model differs on the wire, for the protocol. */
  readonly quirks: {
    readonly maxTokensField?: string
    readonly thinking?: "adaptive" | "budget" | "both"
    readonly reasoningEfforts?: ReadonlyArray<string>
    readonly strictTools?: boolean
    readonly thinkingOff?: "disabled" | "between_tools"
    readonly maxOutputTokens?: number
    readonly reasoningParameter?: string
  }
}

/**
 * Looks a model up in the rows of a provider.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (provider: string, model: string, unsupported: ReadonlyArray<keyof ChatRequest>): Restrictions => {
  const rows = rowsOf(provider, model)
  const limits = limitsTable.limits.filter((row) => row.provider === provider && new RegExp(row.model).test(model))
  const limit = (name: "imageBase64Bytes" | keyof ConversationLimits) =>
    limits.find((row) => row[name] !== undefined)?.[name]
  const base64 = limit("imageBase64Bytes")
  const maxTokensField = rows.find((row) => row.rename?.maxOutputTokens !== undefined)?.rename?.maxOutputTokens
  const quirks: Record<string, unknown> = maxTokensField === undefined ? {} : { maxTokensField }
  for (const name of quirkNames) {
    const value = rows.find((row) => row[name] !== undefined)?.[name]
    if (value !== undefined) quirks[name] = value
  }
  return {
    model,
    rows,
    unsupported,
    limits: {
      imageBytes: limit("imageBytes") ?? (base64 === undefined ? undefined : Math.floor((base64 * 3) / 4)),
      images: limit("images"),
      imagePixels: limit("imagePixels"),
      manyImages: limit("manyImages"),
      manyImagePixels: limit("manyImagePixels"),
      requestBytes: limit("requestBytes")
    },
    quirks
  }
}

/** The columns of the table that are for the protocol alone. */
interface WireColumns {
  readonly rename?: { readonly maxOutputTokens?: string }
  readonly thinking?: string
  readonly thinkingOff?: string
  readonly maxOutputTokens?: number
  readonly strictTools?: boolean
  readonly reasoningParameter?: string
}

/** The columns of the table that tell how a model differs on the wire. */
const quirkNames = [
  "thinking",
  "thinkingOff",
  "maxOutputTokens",
  "reasoningEfforts",
  "strictTools",
  "reasoningParameter"
] as const

/**
 * What speaks against a request: a parameter that the model does not take, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Objection {
  readonly parameter: Parameter.Parameter
  readonly reason?: string | undefined
}

interface Applied {
  readonly request: ChatRequest
  readonly warnings: ReadonlyArray<Warning>
}

/**
 * Holds a request against what the model takes. What it cannot take is an objection, or is taken out with a warning
 * where the request says `onUnsupported: "drop"`.
 *
 * @since 0.1.0
 * @category validation
 */
export const apply = (self: Restrictions, request: ChatRequest): Result.Result<Applied, Objection> => {
  if (self.rows.length === 0 && self.unsupported.length === 0) return Result.succeed({ request, warnings: [] })
  const warnings: Array<Warning> = []
  let rest = request
  for (const objection of objections(self, request)) {
    const { parameter, reason } = objection
    if (!Parameter.isGiven(rest, parameter)) continue
    if (request.onUnsupported !== "drop") return Result.fail(objection)
    rest = Parameter.without(rest, parameter)
    const message = `${parameter} was left out: ${reason ?? "this model does not take it"}`
    warnings.push({ type: "unsupported-parameter", parameter, message })
  }
  for (const row of self.rows) {
    for (const parameter of row.ignore ?? []) {
      if (parameter === "*" || !Parameter.isGiven(rest, parameter) || !holds(row, request)) continue
      warnings.push({ type: "unsupported-parameter", parameter, message: `${parameter} has no effect on this model` })
    }
  }
  return Result.succeed({ request: rest, warnings })
}

const rowsOf = (provider: string, id: string): ReadonlyArray<RestrictionRow & WireColumns> =>
  ParameterRestriction.of({ provider, id }) as ReadonlyArray<RestrictionRow & WireColumns>

const objections = function* (self: Restrictions, request: ChatRequest): Generator<Objection> {
  for (const parameter of self.unsupported) {
    if (Parameter.isGiven(request, parameter)) yield { parameter, reason: "its protocol has no such parameter" }
  }
  for (const row of self.rows) {
    if (!holds(row, request)) continue
    for (const parameter of row.reject ?? []) {
      if (Parameter.isGiven(request, parameter) && !isAllowed(row, request, parameter)) {
        yield { parameter, reason: row.note }
      }
    }
    const choice = typeof request.toolChoice === "object" ? "tool" : request.toolChoice
    if (choice !== undefined && row.rejectValues?.toolChoice?.includes(choice) === true) {
      yield { parameter: "toolChoice", reason: row.note ?? `it does not take ${JSON.stringify(request.toolChoice)}` }
    }
    const together = row.together ?? []
    const last = together.at(-1)
    if (last !== undefined && together.every((parameter) => Parameter.isGiven(request, parameter))) {
      yield { parameter: last, reason: `not together with ${together.slice(0, -1).join(", ")}` }
    }
    const effort = request.reasoning?.effort
    if (effort !== undefined && row.reasoningEfforts?.includes(effort) === false) {
      yield { parameter: "reasoning.effort", reason: `it takes ${row.reasoningEfforts.join(", ")}` }
    }
  }
}

const holds = ({ unless, when }: RestrictionRow, { reasoning }: ChatRequest): boolean => {
  const effort = reasoning?.effort ?? "default"
  return (
    (when?.reasoningEffort === undefined || when.reasoningEffort.includes(effort)) &&
    (when?.reasoning === undefined || reasoning?.budget !== undefined) &&
    unless?.reasoningEffort?.includes(effort) !== true
  )
}

const isAllowed = ({ allow }: RestrictionRow, request: ChatRequest, parameter: Parameter.Parameter): boolean =>
  (parameter === "temperature" && allow?.temperature === request.temperature) ||
  (parameter === "topP" && allow?.topP === request.topP)
