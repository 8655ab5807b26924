import * as Result from "effect/Result"
import limitsTable from "../../data/limits.json" with { type: "json" }
import table from "../../data/restrictions.json" with { type: "json" }
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ConversationLimits } from "../domain/Conversation.ts"
import { UnsupportedParameterError } from "../domain/errors/UnsupportedParameterError.ts"
import type { Warning } from "../domain/Warning.ts"
import * as Parameter from "./Parameter.ts"

type Row = (typeof table)["restrictions"][number]

/**
 * What is known of one model of one provider: which rows of `data/restrictions.json` and `data/limits.json` hold for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Restrictions {
  readonly provider: string
  readonly model: string
  readonly rows: ReadonlyArray<Row>
  /** Parameters that the protocol has no word for. */
  readonly unsupported: ReadonlyArray<keyof ChatRequest>
  readonly limits: ConversationLimits
  /** How this model differs on the wire, for the protocol. */
  readonly quirks: {
    readonly maxTokensField?: string
    readonly thinking?: "adaptive" | "budget" | "both"
    readonly reasoningEfforts?: ReadonlyArray<string>
  }
}

/**
 * Looks a model up.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (provider: string, model: string, unsupported: ReadonlyArray<keyof ChatRequest>): Restrictions => {
  const matches = (row: { readonly provider: string; readonly model: string }) =>
    row.provider === provider && new RegExp(row.model).test(model)
  const rows = table.restrictions.filter(matches)
  const limits = limitsTable.limits.filter(matches)
  const base64 = limits.find((row) => row.imageBase64Bytes !== undefined)?.imageBase64Bytes
  const imageBytes = limits.find((row) => row.imageBytes !== undefined)?.imageBytes
  const maxTokensField = rows.find((row) => row.rename?.maxOutputTokens !== undefined)?.rename?.maxOutputTokens
  const thinking = rows.find((row) => row.thinking !== undefined)?.thinking
  const reasoningEfforts = rows.find((row) => row.reasoningEfforts !== undefined)?.reasoningEfforts
  return {
    provider,
    model,
    rows,
    unsupported,
    limits: {
      imageBytes: imageBytes ?? (base64 === undefined ? undefined : Math.floor((base64 * 3) / 4)),
      images: limits.find((row) => row.images !== undefined)?.images
    },
    quirks: {
      ...(maxTokensField === undefined ? {} : { maxTokensField }),
      ...(thinking === undefined ? {} : { thinking }),
      ...(reasoningEfforts === undefined ? {} : { reasoningEfforts })
    }
  }
}

/**
 * Holds a request against what the model takes. What it cannot take is an `UnsupportedParameterError`, or is taken out
 * with a warning where the request says `onUnsupported: "drop"`.
 *
 * @since 0.1.0
 * @category validation
 */
export const apply = (
  self: Restrictions,
  request: ChatRequest
): Result.Result<
  { readonly request: ChatRequest; readonly warnings: ReadonlyArray<Warning> },
  UnsupportedParameterError
> => {
  const warnings: Array<Warning> = []
  let rest = request
  for (const objection of objections(self, request)) {
    if (!Parameter.isGiven(rest, objection.parameter)) continue
    if (request.onUnsupported !== "drop") {
      const { parameter, reason } = objection
      return Result.fail(
        new UnsupportedParameterError({ provider: self.provider, model: self.model, parameter, detail: reason })
      )
    }
    rest = Parameter.without(rest, objection.parameter)
    const message = `${objection.parameter} was left out: ${objection.reason ?? "this model does not take it"}`
    warnings.push({ type: "unsupported-parameter", parameter: objection.parameter, message })
  }
  for (const parameter of self.rows.filter((row) => holds(row, request)).flatMap((row) => row.ignore ?? [])) {
    if (parameter === "*" || !Parameter.isGiven(rest, parameter)) continue
    warnings.push({ type: "unsupported-parameter", parameter, message: `${parameter} has no effect on this model` })
  }
  return Result.succeed({ request: rest, warnings })
}

/**
 * Whether the model cannot be given a JSON Schema for its answer.
 *
 * @since 0.1.0
 * @category guards
 */
export const rejectsSchemas = (self: Restrictions): boolean =>
  self.rows.some((row) => row.when === undefined && row.reject?.includes("responseFormat.json_schema") === true)

interface Objection {
  readonly parameter: Parameter.Parameter
  readonly reason?: string | undefined
}

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

const holds = ({ unless, when }: Row, { reasoning }: ChatRequest): boolean => {
  const effort = reasoning?.effort ?? "default"
  return (
    (when?.reasoningEffort === undefined || when.reasoningEffort.includes(effort)) &&
    (when?.reasoning === undefined || reasoning?.budget !== undefined) &&
    unless?.reasoningEffort?.includes(effort) !== true
  )
}

const isAllowed = ({ allow }: Row, request: ChatRequest, parameter: Parameter.Parameter): boolean =>
  (parameter === "temperature" && allow?.temperature === request.temperature) ||
  (parameter === "topP" && allow?.topP === request.topP)
