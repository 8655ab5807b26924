import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as ErrorReporter from "effect/ErrorReporter"
import * as HttpApiError from "effect/http-api/HttpApiError"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpServerRespondable from "effect/http/HttpServerRespondable"
import * as SchemaIssue from "effect/SchemaIssue"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const nameOf = (part: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof part === "object" ? part.key : part)

const worded = (message: string): string =>
  message === "Expected no excess property" ? "there is no such field" : message.replace(/^Expected/, "expected")

/** Responds to invalid requests with problem details: `detail` is for people, `errors` has the paths for programs. */
export const layer = HttpApiMiddleware.layerSchemaErrorTransform(HttpApiMiddleware.ProblemDetails, (error) => {
  if (error.kind === "Body" || error.kind === "ResponseHeaders")
    return Effect.andThen(
      ErrorReporter.report(Cause.fail(error)),
      HttpServerRespondable.toResponse(new HttpApiError.InternalServerErrorProblem())
    )
  const all = issuesOf(error.cause.issue).issues.map(({ message, path = [] }) => ({
    path: path.map(nameOf),
    message: worded(message)
  }))
  // What is no number is no whole number either, and in no range.
  const errors = [...Map.groupBy(all, ({ path }) => path.join("\0")).values()].flatMap((same) => same.slice(0, 1))
  return Effect.fail(
    new HttpApiError.BadRequestProblem({
      detail: errors
        .map(({ message, path }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
        .join("; "),
      errors: errors.map(({ message, path }) => ({ path: [error.kind.toLowerCase(), ...path], message }))
    })
  )
})
