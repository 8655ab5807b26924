import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Reads what a caller sent; the failure names the place, below `at`, and what was expected there. */
export const checked = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  value: unknown,
  at: string
): Result.Result<S["Type"], InvalidRequestError> =>
  Result.mapError(Schema.decodeUnknownResult(schema)(value), ({ issue }) => {
    const first = issuesOf(issue).issues[0]
    const path = (first?.path ?? []).map((step) => (typeof step === "object" ? step.key : step))
    return new InvalidRequestError({ at: place(at, path), detail: first?.message })
  })

const place = (at: string, path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (place, step) =>
      typeof step === "number" ? `${place}[${step}]` : `${place}${place === "" ? "" : "."}${String(step)}`,
    at
  )
