import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { AllFailedError } from "effect-llm/domain/AllFailedError"
import type { Capability, Moderation } from "effect-llm/domain/Capability"
import type { GuardrailError } from "effect-llm/domain/ChatResponse"
import type { UnknownModelError } from "effect-llm/domain/ModelId"
import * as ModerationModel from "effect-llm/model/ModerationModel"
import * as Detector from "effect-llm/policies/Detector"
import * as Guard from "effect-llm/policies/Guard"
import * as Model from "effect-llm/policies/Model"
import type { Policy } from "effect-llm/policies/Policy"
import * as Redact from "effect-llm/policies/Redact"
import type { ContentPolicies, Guard as GuardSettings } from "../schema/Content.ts"
import type { Model as ModelSettings } from "../schema/Model.ts"
import type { Settings } from "../schema/Settings.ts"
import * as LinearPattern from "./LinearPattern.ts"
import { CallerBudgets, none } from "./CallerBudgets.ts"
import { merged } from "../build/Deployments.ts"

/** The errors of a model of settings. */
export type ServedError = AllFailedError | GuardrailError

type Found = Pick<GuardSettings, "detect" | "patterns">

const detectors: { readonly [D in NonNullable<Found["detect"]>[number]]: Detector.Detector } = {
  keys: Detector.apiKey,
  emails: Detector.email,
  ibans: Detector.iban,
  cards: Detector.creditCard,
  phones: Detector.phoneNumber
}

/** The named detectors, or all known ones if none is named. */
const detectorsOf = ({ detect, patterns = {} }: Found): ReadonlyArray<Detector.Detector> => {
  const own = Object.entries(patterns).map(([name, pattern]) => Detector.make(name, LinearPattern.checked(pattern)))
  const known = detect?.map((name) => detectors[name]) ?? (own.length === 0 ? Detector.standard : [])
  return [...known, ...own]
}

/** Finds the moderation model of a name. */
export type FindModeration = (name: string) => Effect.Effect<Model.Model<Moderation, ServedError>, UnknownModelError>

/** Settings may change while a guard is in use, so its model is found when it judges. */
const moderationOf = (name: string, find: FindModeration): Model.Model<Moderation, ServedError | UnknownModelError> => {
  const model = Model.make<Moderation, ServedError | UnknownModelError, never>({
    id: name,
    kind: ModerationModel.kind,
    generate: (request) => Effect.flatMap(find(name), (model) => model.generate(request))
  })
  // What a guard asks is not charged to the caller.
  return Model.provideContext(model, Context.make(CallerBudgets, none))
}

const guardOf = (
  [name, { at, moderation, then = "reject", timeLimit, window, ...found }]: readonly [string, GuardSettings],
  find: FindModeration | undefined
): ReadonlyArray<Policy<GuardrailError>> => {
  const options = { name, at, timeLimit }
  const detected = detectorsOf(found)
  const isNamed = found.detect !== undefined || found.patterns !== undefined
  return [
    ...(isNamed || moderation === undefined
      ? [
          Guard.text({
            ...options,
            check: then === "reject" ? Guard.rejects(detected) : Guard.replaces(detected),
            stream: window === undefined ? "hold-back" : { characters: window }
          })
        ]
      : []),
    ...(moderation === undefined || find === undefined
      ? []
      : [Guard.moderated(moderationOf(moderation, find), options)])
  ]
}

/** What looks into the texts of a model of settings, in words; undefined where nothing does. */
export const lookingInto = (
  settings: Settings,
  model: Pick<ModelSettings, "policies"> | undefined
): string | undefined => {
  const { guards, redact } = merged<ContentPolicies>(settings.policies, model?.policies)
  const names = Object.keys(guards === false ? {} : (guards ?? {})).map((name) => `the guard ${name}`)
  const all = [...names, ...(redact === undefined || redact === false ? [] : ["redaction"])]
  return all.length === 0 ? undefined : all.join(", ")
}

/**
 * The policies that see every text of a model. They are outside shared calls and caches, so that cached responses are judged
 * again and hold no originals.
 */
export const contentOf = (settings: Settings, model: ModelSettings, find: FindModeration): Policy<GuardrailError> => {
  const { guards, redact } = merged<ContentPolicies>(settings.policies, model.policies)
  // A model that moderates does not moderate itself.
  const judge = model.kind === "moderation" ? undefined : find
  const policies: ReadonlyArray<Policy<GuardrailError>> = [
    ...(redact === undefined || redact === false
      ? []
      : [Redact.make({ detectors: detectorsOf(redact), restore: redact.restore })]),
    ...(guards === undefined || guards === false
      ? []
      : Object.entries(guards).flatMap((guard) => guardOf(guard, judge)))
  ]
  return <C extends Capability, E, R>(self: Model.Model<C, E, R>) =>
    policies.reduce<Model.Model<C, E | GuardrailError, R>>((model, policy) => policy(model), self)
}
