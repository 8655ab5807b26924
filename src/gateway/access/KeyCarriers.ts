import type { Received } from "../http/Received.ts"

/** The key of a request, wherever its client put it. */
export const keyOf = (received: Pick<Received, "headers" | "query">): string | undefined =>
  keyInHeaders(received) ?? present(received.query.get("key"))

/** The key of a request whose headers have one: what its query calls a key is something else then. */
export const keyInHeaders = ({ headers }: Pick<Received, "headers">): string | undefined =>
  bearer(headers.authorization) ??
  present(headers["x-api-key"]) ??
  present(headers["x-goog-api-key"]) ??
  present(headers["api-key"])

const bearer = (authorization: string | undefined): string | undefined =>
  present(/^bearer (.*)/i.exec(authorization ?? "")?.[1])

const present = (text: string | null | undefined): string | undefined => {
  const trimmed = text?.trim()
  return trimmed === "" ? undefined : trimmed
}
