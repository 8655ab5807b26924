import * as Result from "effect/Result"
import limitsTable from "../../../data/limits.json" with { type: "json" }
import type restrictionsTable from "../../../data/restrictions.json"
import * as ParameterRestriction from "../../catalog/ParameterRestriction.ts"
import { type ChatRequest, isLabel, normalize } from "../../domain/ChatRequest.ts"
import type { ConversationLimits } from "../../domain/Conversation.ts"
import type { Warning } from "../../domain/Warning.ts"
import * as Parameter from "./Parameter.ts"

type Effort = NonNullable<NonNullable<ChatRequest["reasoning"]>["effort"]>

/** A row of `data/restrictions.json`; `data/README.md` explains its columns. */
type RestrictionRow = (typeof restrictionsTable)["restrictions"][number]

/** The rows of `data/restrictions.json` and `data/limits.json` that apply to a model. */
export interface Restrictions {
  readonly model: string
  readonly rows: ReadonlyArray<RestrictionRow>
  /** Parameters that the protocol cannot express. */
  readonly unsupported: ReadonlyArray<keyof ChatRequest>
  readonly limits: ConversationLimits
  readonly parameterLimits?: Parameter.ParameterLimits | undefined
  /** How this model differs on the wire. */
  readonly quirks: Pick<RestrictionRow, (typeof quirkNames)[number]> & { readonly maxTokensField?: string }
}

/** Looks up a model in the rows of a provider; of rows for one protocol, those for this one. */
export const make = (
  provider: string,
  model: string,
  unsupported: ReadonlyArray<keyof ChatRequest>,
  protocol?: string
): Restrictions => {
  const rows = rowsOf(provider, model).filter(
    (row) => row.protocol === undefined || protocol === undefined || row.protocol === protocol
  )
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
    parameterLimits: Parameter.limitsOf(limits),
    quirks
  }
}

/** The columns that become quirks. */
const quirkNames = [
  "thinking",
  "thinkingOff",
  "maxOutputTokens",
  "reasoningEfforts",
  "strictTools",
  "reasoningParameter"
] as const

/** A parameter that the model does not accept, and why. */
export interface Issue {
  readonly parameter: Parameter.Parameter
  readonly reason?: string | undefined
  /** When the row was checked; absent if it is the protocol that lacks the parameter. */
  readonly checked?: string | undefined
  /** The effort that replaces it. */
  readonly instead?: Effort | undefined
}

/** A request that the model accepts, and warnings about what was dropped. */
export interface Applied {
  readonly request: ChatRequest
  readonly warnings: ReadonlyArray<Warning>
  /** Whether only one tool call is allowed and the provider has no parameter for it: the others are left out of the response. */
  readonly isSingleCall: boolean
}

/**
 * Checks a request against what the model accepts. `onUnsupported` turns an issue into a warning: the parameter is
 * dropped (`drop`) or sent all the same (`send`).
 */
export const apply = (self: Restrictions, given: ChatRequest): Result.Result<Applied, Issue> => {
  const isFree = self.rows.length === 0 && self.unsupported.length === 0 && self.parameterLimits === undefined
  if (isFree) return Result.succeed({ request: given, warnings: [], isSingleCall: false })
  const request = normalize(given)
  const warnings: Array<Warning> = []
  let rest = request
  let isSingleCall = false
  for (const issue of issues(self, request)) {
    const { checked, instead, parameter, reason } = issue
    if (!Parameter.isGiven(rest, parameter)) continue
    if (!Parameter.isDemanded(request, parameter)) {
      rest = Parameter.without(rest, parameter)
      continue
    }
    if (parameter === "parallelToolCalls" && (checked === undefined || request.onUnsupported !== "send")) {
      rest = Parameter.without(rest, parameter)
      isSingleCall = true
      continue
    }
    if (request.onUnsupported === "send" && !(checked === undefined && isLabel(parameter))) {
      // The protocol reports what it cannot express.
      if (checked === undefined) continue
      const message = `${parameter} was sent, although as of ${checked}: ${reason ?? "this model does not support it"}`
      warnings.push({ type: "other", parameter, message })
      continue
    }
    const isLeftOut = request.onUnsupported === "drop" || (checked === undefined && isLabel(parameter))
    if (!isLeftOut) return Result.fail(issue)
    rest = instead === undefined ? Parameter.without(rest, parameter) : { ...rest, reasoning: { effort: instead } }
    const done = instead === undefined ? "was left out" : `was sent as ${instead}`
    const message = `${parameter} ${done}: ${reason ?? "this model does not support it"}`
    warnings.push({ type: "unsupported-parameter", parameter, message })
  }
  for (const row of self.rows) {
    for (const parameter of row.ignore ?? []) {
      if (parameter === "*" || !Parameter.isGiven(rest, parameter) || !holds(row, request)) continue
      warnings.push({ type: "unsupported-parameter", parameter, message: `${parameter} has no effect on this model` })
    }
  }
  return Result.succeed({ request: rest, warnings, isSingleCall })
}

/** The reason, and what to do if the table is out of date. */
export const detailOf = ({ checked, reason }: Issue): string | undefined => {
  if (checked === undefined) return reason
  const why = reason === undefined ? "" : `${reason}. `
  return `${why}This was checked on ${checked}; if it has changed, set onUnsupported: "send" to send it anyway`
}

/** The quirks for a request. With `send` the table's efforts and budgets are ignored. */
export const quirksFor = ({ quirks }: Restrictions, { onUnsupported }: ChatRequest): Restrictions["quirks"] => {
  if (onUnsupported !== "send") return quirks
  const { reasoningEfforts: _, ...rest } = quirks
  return rest.thinking === "adaptive" ? { ...rest, thinking: "both" } : rest
}

export const limitsFor = ({ limits }: Restrictions, { onUnsupported }: ChatRequest): ConversationLimits =>
  onUnsupported === "send" ? {} : limits

const rowsOf = (provider: string, id: string): ReadonlyArray<RestrictionRow> =>
  ParameterRestriction.of({ provider, id }) as ReadonlyArray<RestrictionRow>

const issues = (self: Restrictions, request: ChatRequest): ReadonlyArray<Issue> => {
  const found: Array<Issue> = []
  for (const parameter of self.unsupported) {
    if (Parameter.isGiven(request, parameter)) found.push({ parameter, reason: "its protocol has no such parameter" })
  }
  for (const row of self.rows) {
    if (!holds(row, request)) continue
    addIssues(row, request, ({ instead, parameter, reason }) =>
      found.push({ parameter, reason, instead, checked: row.checked ?? "" })
    )
  }
  const { parameterLimits: limits } = self
  if (limits === undefined) return found
  for (const issue of Parameter.limitIssues(limits, request)) found.push({ ...issue, checked: limits.checked })
  return found
}

const addIssues = (row: RestrictionRow, request: ChatRequest, add: (issue: Issue) => void): void => {
  for (const rejected of row.reject ?? []) {
    for (const parameter of Parameter.spelled(request, rejected)) {
      if (Parameter.isGiven(request, parameter) && !isAllowed(row, request, parameter)) {
        add({ parameter, reason: row.note })
      }
    }
  }
  const choice = typeof request.toolChoice === "object" ? "tool" : request.toolChoice
  if (choice !== undefined && row.rejectValues?.toolChoice?.includes(choice) === true) {
    add({ parameter: "toolChoice", reason: row.note ?? `it does not support ${JSON.stringify(request.toolChoice)}` })
  }
  const { together = [] } = row
  const last = together.at(-1)
  if (last !== undefined && together.every((parameter) => Parameter.isGiven(request, parameter))) {
    const reason = `it cannot be combined with ${together.slice(0, -1).join(", ")}`
    const explained = row.note === undefined ? reason : `${reason}: ${row.note}`
    add({ parameter: last, reason: explained, instead: row.instead?.reasoningEffort })
  }
  const effort = request.reasoning?.effort
  if (effort !== undefined && row.reasoningEfforts?.includes(effort) === false) {
    add({ parameter: "reasoning.effort", reason: `it supports ${row.reasoningEfforts.join(", ")}` })
  }
  const wrong = budgetProblem(row, request)
  if (wrong !== undefined) add({ parameter: "reasoning.budget", reason: wrong })
}

const holds = ({ unless, when }: RestrictionRow, { reasoning }: ChatRequest): boolean => {
  // A budget is no named effort.
  const effort = reasoning?.effort ?? (reasoning?.budget === undefined ? "default" : undefined)
  const isOneOf = (efforts: ReadonlyArray<Effort | "default">) => effort !== undefined && efforts.includes(effort)
  return (
    (when?.reasoningEffort === undefined || isOneOf(when.reasoningEffort)) &&
    (when?.reasoning === undefined || (reasoning !== undefined && effort !== "none")) &&
    (unless?.reasoningEffort === undefined || !isOneOf(unless.reasoningEffort))
  )
}

/** With interleaved thinking the budget covers a whole turn, which may have several responses. */
const budgetProblem = (
  { reasoningBudget: limits }: RestrictionRow,
  { headers, maxOutputTokens = Infinity, providerOptions, reasoning }: ChatRequest
): string | undefined => {
  const budget = reasoning?.budget
  if (limits === undefined || budget === undefined) return undefined
  if (budget < limits.atLeast) return `it must be at least ${limits.atLeast} tokens, not ${budget}`
  if (!limits.belowMaxOutputTokens || budget < maxOutputTokens) return undefined
  return JSON.stringify([headers, providerOptions]).includes("interleaved-thinking")
    ? undefined
    : `it must be below maxOutputTokens (${maxOutputTokens}), but is ${budget}`
}

const isAllowed = (
  { allow, atLeast }: RestrictionRow,
  { temperature, topP }: ChatRequest,
  parameter: Parameter.Parameter
): boolean =>
  (parameter === "temperature" && allow?.temperature === temperature) ||
  (parameter === "topP" &&
    topP !== undefined &&
    (allow?.topP === topP || (atLeast?.topP !== undefined && topP >= atLeast.topP)))
