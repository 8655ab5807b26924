import * as Effect from "effect/Effect"
import type { CallResponse } from "effect-llm/domain/CallResponse"
import * as Validate from "effect-llm/policies/Validate"
import * as LinearPattern from "./LinearPattern.ts"
import type { DeploymentPolicies } from "../schema/Policies.ts"

type Settings = Exclude<DeploymentPolicies["validate"], false | undefined>

/** The text of a response; of one that is no text, nothing is checked but whether it is empty. */
const textOf = (response: CallResponse): string | undefined =>
  "text" in response && typeof response.text === "string" ? response.text : undefined

const ofText =
  (check: (text: string) => string | undefined | Effect.Effect<string | undefined>): Validate.Check<CallResponse> =>
  (response) => {
    const text = textOf(response)
    return text === undefined || callsTools(response) ? undefined : check(text)
  }

/** A response that calls tools may say nothing yet. */
const callsTools = (response: CallResponse): boolean =>
  "toolCalls" in response && Array.isArray(response.toolCalls) && response.toolCalls.length > 0

/** What responses have to be, with a reason in words for the model. */
export const checksOf = ({
  json,
  longest,
  matches,
  notEmpty,
  schema
}: Settings): ReadonlyArray<Validate.Check<CallResponse>> => [
  ...(notEmpty === true ? [Validate.notEmpty] : []),
  ...(json === true ? [ofText((text) => reasonOf(Validate.json({ text })))] : []),
  ...(matches === undefined ? [] : [ofText(matching(matches))]),
  ...(schema === undefined ? [] : [ofText(conformingTo(schema))]),
  ...(longest === undefined
    ? []
    : [ofText((text) => (text.length > longest ? `the response is longer than ${longest} characters` : undefined))])
]

/** Checks by a schema, which few have: what reads it is loaded with the first response. */
const conformingTo = (schema: NonNullable<Settings["schema"]>) => {
  const check = Effect.runSync(
    Effect.cached(
      Effect.flatMap(
        Effect.promise(() => import("./JsonSchemaCheck.ts")),
        ({ make }) => Effect.orDie(Effect.fromResult(make(schema)))
      )
    )
  )
  return (text: string) => Effect.map(check, (check) => check(text))
}

const reasonOf = (verdict: ReturnType<typeof Validate.json>): string | undefined =>
  typeof verdict === "string" ? verdict : undefined

const matching = (pattern: string) => {
  const expression = LinearPattern.checked(pattern)
  return (text: string) =>
    text.search(expression) >= 0 ? undefined : `the response does not match the regular expression ${pattern}`
}
