import * as HttpApiError from "effect/http-api/HttpApiError"

/** A parameter says something that cannot be meant. */
export class Invalid extends HttpApiError.Problem<Invalid>()("Invalid", {
  type: "about:blank",
  status: 422,
  title: "Unprocessable Content"
}) {}

/** There is nothing of this name. */
export class NotFound extends HttpApiError.Problem<NotFound>()("NotFound", {
  type: "about:blank",
  status: 404,
  title: "Not Found"
}) {}

/** It stands against what is there already. */
export class Conflict extends HttpApiError.Problem<Conflict>()("Conflict", {
  type: "about:blank",
  status: 409,
  title: "Conflict"
}) {}

/** The database is away: try again soon. */
export class Unavailable extends HttpApiError.Problem<Unavailable>()("Unavailable", {
  type: "about:blank",
  status: 503,
  title: "Service Unavailable"
}) {}
