import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as AdminApi from "../../gateway/AdminApi.ts"
import { type CliFailure, failed, fromError, usage } from "../CliFailure.ts"
import type { Address } from "./Address.ts"

/** Calls the admin API of a gateway; errors become a sentence for the user. */
export const ask = <A, E, R>(
  address: Pick<Address, "url" | "key">,
  use: (admin: AdminApi.Client) => Effect.Effect<A, E, R>
): Effect.Effect<A, CliFailure, HttpClient.HttpClient | R> =>
  Effect.mapError(Effect.flatMap(AdminApi.client(address), use), (error) => toFailure(error, address.url))

const toFailure = (error: unknown, url: string): CliFailure => {
  if (Schema.isSchemaError(error)) return usage(inputMistakes(error))
  if (!HttpClientError.isHttpClientError(error)) return fromError(error)
  const { response } = error
  if (response === undefined) return unreachable(url)
  if (response.status === 401) return needsKey(url)
  return response.status === 403 ? failed(`${url} allows this to administrators only`) : fromError(error)
}

const mistakesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** What is wrong with values that were given, each with its name. */
const inputMistakes = ({ issue }: Schema.SchemaError): string =>
  mistakesOf(issue)
    .issues.map(
      ({ message, path = [] }) => `${path.map(String).join(".")}: ${message.replace(/^Expected/, "expected")}`
    )
    .join("; ")

/** No gateway listens there. */
export const unreachable = (url: string): CliFailure =>
  failed(`there is no gateway at ${url}: start it with effect-llm serve, or say where it is with --url`)

/** No key was sent, or an invalid one. */
export const needsKey = (url: string): CliFailure =>
  failed(`${url} needs the key of an administrator: use --key, or set EFFECT_LLM_ADMIN_KEY`)
