import * as Duration from "effect/Duration"
import type { Server } from "../../settings/schema/Server.ts"
import type { Answer, AnswerHeaders } from "./Answer.ts"
import type { Received } from "./Received.ts"

type Settings = NonNullable<Server["cors"]>

/** Whether pages of an origin may call the gateway. */
export const isAllowed = (cors: Settings | undefined, origin: string): boolean =>
  cors?.origins.some((allowed) => allowed === "*" || allowed === origin) === true

/** The answer to a browser that asks whether it may call. */
export const preflight = (cors: Settings | undefined, { headers, method }: Received): Answer | undefined => {
  const { origin } = headers
  const wanted = headers["access-control-request-method"]
  if (method !== "OPTIONS" || origin === undefined || wanted === undefined || !isAllowed(cors, origin)) return undefined
  return {
    status: 204,
    headers: {
      ...allowing(origin),
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": headers["access-control-request-headers"] ?? "",
      "access-control-max-age": String(Math.floor(Duration.toSeconds(cors?.maxAge ?? Duration.minutes(10))))
    }
  }
}

/** The headers of an answer that pages of an origin may read. */
export const readable = (
  headers: AnswerHeaders,
  cors: Settings | undefined,
  origin: string | undefined
): AnswerHeaders =>
  origin !== undefined && isAllowed(cors, origin)
    ? { ...headers, ...allowing(origin, headers["vary"]), "access-control-expose-headers": "*" }
    : headers

/** Without credentials: keys are in headers, and cookies are for the gateway's own pages. */
const allowing = (origin: string, vary?: string) => ({
  "access-control-allow-origin": origin,
  vary: vary === undefined ? "origin" : `${vary}, origin`
})
