import { PermissionDeniedError } from "effect-llm/domain/CallErrors"
import type { Server } from "../../settings/schema/Server.ts"
import { worded } from "../calls/Advice.ts"
import { Refused } from "../calls/Failure.ts"
import { isAllowed } from "../http/Cors.ts"
import type { Received } from "../http/Received.ts"
import { isLoopback } from "./ListenSafety.ts"

const hostname = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/

/** The host in an authority, without its port. */
const nameIn = (authority: string): string | undefined => {
  const [, six, name] = hostname.exec(authority) ?? []
  return six ?? name
}

/**
 * Why a request that needs no key is not from a program of this machine: a page in a browser reaches loopback too, under a name
 * that somebody let point here, or from an origin that is not the gateway's own.
 */
export const refusalOf = ({ headers }: Received, cors: Server["cors"]): Refused | undefined => {
  const { host = "", origin } = headers
  const name = nameIn(host)
  if (name === undefined || !isLoopback(name))
    return refused(`without keys, ${host || "no host"} is no name of this gateway`)
  const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`
  return isOwn || isAllowed(cors, origin) ? undefined : refused(`pages of ${origin} may not call it: see server.cors`)
}

const refused = (detail: string) =>
  new Refused({
    error: worded(
      new PermissionDeniedError({}),
      `This gateway needs no key, and responds to this machine only: ${detail}.`
    )
  })
