import * as HttpApiError from "effect/http-api/HttpApiError"

/** A parameter is invalid. */
export class Invalid extends HttpApiError.Problem<Invalid>()("Invalid", {
  type: "about:blank",
  status: 422,
  title: "Unprocessable Content"
}) {}

/** There is nothing with this name. */
export class NotFound extends HttpApiError.Problem<NotFound>()("NotFound", {
  type: "about:blank",
  status: 404,
  title: "Not Found"
}) {}

/** The change conflicts with what is there. */
export class Conflict extends HttpApiError.Problem<Conflict>()("Conflict", {
  type: "about:blank",
  status: 409,
  title: "Conflict"
}) {}

/** The database is away: retry soon. */
export class Unavailable extends HttpApiError.Problem<Unavailable>()("Unavailable", {
  type: "about:blank",
  status: 503,
  title: "Service Unavailable"
}) {}
