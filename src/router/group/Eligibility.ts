import * as ChatParameters from "../../domain/ChatRequest.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import * as Estimate from "../../policies/Estimate.ts"
import type { Capabilities } from "../Deployment.ts"
import type { Override } from "../Override.ts"
import { isOf } from "./Encrypted.ts"
import { isChat } from "./PinKey.ts"
import type { Entry } from "./State.ts"

/** A call before it is made, with facts that are computed on demand. */
export class CallToPlace {
  readonly request: CallRequest
  readonly isStream: boolean
  readonly override: Override
  /** Of the steady clock. */
  readonly now: number
  /** Of the time of day. */
  readonly atMillis: number
  /** The only account that can read the encrypted reasoning in the request. */
  readonly origin: string | undefined
  readonly needs: ReadonlyArray<keyof Capabilities>
  #inputTokens: number | undefined
  #isBare: boolean | undefined

  constructor(
    request: CallRequest,
    isStream: boolean,
    override: Override,
    now: number,
    atMillis: number,
    origin?: string
  ) {
    this.request = request
    this.isStream = isStream
    this.override = override
    this.now = now
    this.atMillis = atMillis
    this.origin = origin
    this.needs = needsOf(request)
  }

  get inputTokens(): number {
    return (this.#inputTokens ??= Estimate.inputTokens(this.request))
  }

  get outputTokens(): number {
    return Estimate.outputTokens(this.request)
  }

  /** Whether the request is text alone, so that no parameter of it can be rejected. */
  get isBare(): boolean {
    return (this.#isBare ??= this.needs.length === 0 && hasTextsOnly(this.request))
  }

  exceeds(contextWindow: number): boolean {
    if (this.isBare && isChat(this.request) && mostTokens(this.request) <= contextWindow) return false
    return this.inputTokens > tolerance(contextWindow)
  }
}

const hasTextsOnly = (request: CallRequest): boolean => {
  for (const field in request) if (!texts.has(field) && request[field as keyof CallRequest] !== undefined) return false
  return true
}

const texts: ReadonlySet<string> = new Set(["messages", "user", "metadata", "headers", "onUnsupported"])

/** A cheap upper bound: no letter has more tokens, and no message more overhead. */
const mostTokens = ({ messages }: ChatRequest): number => {
  let most = 16
  for (const { content } of messages) {
    most += 16
    for (const part of content) most += part.type === "text" ? part.text.length * 3 : Infinity
  }
  return most
}

/** Why a deployment is not called. It may be called in `waitMillis`, or with `isLastResort` at once if there is no other. */
export interface Refusal {
  readonly because: string
  /** The parameter that it does not accept. */
  readonly parameter?: string | undefined
  readonly waitMillis?: number | undefined
  readonly isLastResort?: boolean | undefined
}

/** Estimates may be too high by a tenth, and by what they add for each request. */
const tolerance = (contextWindow: number): number => contextWindow * 1.1 + 16

/** The capabilities that a request needs beyond text. */
const needsOf = (request: CallRequest): ReadonlyArray<keyof Capabilities> => {
  const needs: Array<keyof Capabilities> = []
  if (!isChat(request)) return needs
  const { reasoning } = request
  if (ChatParameters.isGiven(request.tools)) needs.push("tools")
  if (request.responseFormat?.type === "json-schema") needs.push("structuredOutput")
  if (reasoning !== undefined && ((reasoning.effort ?? "none") !== "none" || (reasoning.budget ?? 0) > 0))
    needs.push("reasoning")
  for (const { content } of request.messages) {
    for (const { type } of content) {
      const need = media[type]
      if (need !== undefined && !needs.includes(need)) needs.push(need)
    }
  }
  return needs
}

const media: { readonly [part: string]: keyof Capabilities | undefined } = {
  image: "images",
  audio: "audio",
  file: "files"
}

const lacking: { readonly [capability in keyof Capabilities]-?: string } = {
  tools: "it does not support tools",
  images: "it does not read images",
  audio: "it does not read audio",
  files: "it does not read files",
  structuredOutput: "it does not support structured output",
  reasoning: "it does not support reasoning",
  streaming: "it does not stream"
}

const excluded = ({ deployment, name }: Entry, { origin, override }: CallToPlace): string | undefined => {
  const { deployment: only, region, tags } = override
  if (only !== undefined && only !== name) return `the call asks for the deployment ${only}`
  if (origin !== undefined && !isOf(origin, deployment.model.id))
    return `the reasoning in the request is encrypted for ${origin}`
  const missing = tags?.filter((tag) => deployment.tags?.includes(tag) !== true) ?? []
  if (missing.length > 0) return `the call asks for the tag ${missing.join(", ")}`
  return region === undefined || region === deployment.region ? undefined : `the call asks for the region ${region}`
}

/** Whether parameters that the model does not support may not be dropped. */
const isBound = ({ onUnsupported }: ChatRequest): boolean => onUnsupported === undefined || onUnsupported === "fail"

const isContent = (need: keyof Capabilities) => need === "images" || need === "audio" || need === "files"

/** The first need of the call that the deployment cannot serve. */
const incapable = (
  { facts: { capabilities } }: Entry,
  { isStream, needs, request }: CallToPlace
): string | undefined => {
  if (isStream && capabilities.streaming === false) return lacking.streaming
  if (!isChat(request) || needs.length === 0) return undefined
  // The content of messages is never dropped.
  const missing = needs.find((need) => capabilities[need] === false && (isBound(request) || isContent(need)))
  return missing && lacking[missing]
}

/** The refusal for a parameter that the deployment does not accept. */
const unsupportedParameter = ({ deployment, facts }: Entry, call: CallToPlace): Refusal | undefined => {
  const { request } = call
  if (!isChat(request) || !isBound(request)) return undefined
  const listed = deployment.unsupported?.find((one) => ChatParameters.isDemanded(request, one))
  const issue = listed !== undefined ? { parameter: listed } : call.isBare ? undefined : facts.issue(request)
  if (issue === undefined) return undefined
  const { parameter, reason } = issue
  return { parameter, because: `it does not accept ${parameter}${reason === undefined ? "" : `: ${reason}`}` }
}

/** Why the request is too long for the deployment. */
const tooLong = ({ facts }: Entry, call: CallToPlace): string | undefined => {
  const { request } = call
  if (!isChat(request)) return undefined
  const { contextWindow, maxOutputTokens } = facts
  if (contextWindow !== undefined && call.exceeds(contextWindow)) {
    return `the request has about ${call.inputTokens} tokens, and its context window is ${contextWindow}`
  }
  const { maxOutputTokens: requested } = request
  if (requested !== undefined && maxOutputTokens !== undefined && requested > maxOutputTokens) {
    return `the request asks for ${requested} output tokens, and it gives at most ${maxOutputTokens}`
  }
  return undefined
}

/** Why a deployment is not called; `undefined` when it may be. */
export const refusalOf = (entry: Entry, call: CallToPlace): Refusal | undefined => {
  const cannot = excluded(entry, call) ?? incapable(entry, call)
  if (cannot !== undefined) return { because: cannot }
  const refused = unsupportedParameter(entry, call)
  if (refused !== undefined) return refused
  const because = tooLong(entry, call)
  if (because !== undefined) return { because }
  return limitRefusal(entry, call, call.now) ?? coolingRefusal(entry, call.now)
}

/** The refusal of a deployment whose limits are used up. */
export const limitRefusal = (
  { deployment, facts, tracker }: Entry,
  call: CallToPlace,
  now: number
): Refusal | undefined => {
  const { tokens, usd } = deployment.limits ?? {}
  const neededTokens = tokens === undefined ? 0 : call.inputTokens + call.outputTokens
  const neededUsd =
    usd === undefined ? 0 : facts.estimate(call.request, call.inputTokens, call.outputTokens, call.atMillis)
  const usedUp = tracker.quota.usedUp(neededTokens, neededUsd ?? 0, tracker.busy, now)
  return usedUp && { because: usedUp.because, waitMillis: usedUp.millis }
}

/** The refusal of a deployment that cools down. */
export const coolingRefusal = ({ tracker: { health } }: Entry, now: number): Refusal | undefined => {
  const because = health.refusal(now)
  if (because === undefined) return undefined
  const until = health.coolingUntil(now)
  return health.isRequested && until > 0
    ? { because, waitMillis: until - now }
    : { because, waitMillis: Math.max(0, until - now), isLastResort: true }
}
