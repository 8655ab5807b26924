import type { Received } from "../http/Received.ts"

/** The key of a request, wherever its client put it. */
export const keyOf = (received: Pick<Received, "headers" | "query">): string | undefined => {
  const { headers } = received
  return (
    bearer(headers.authorization) ??
    present(headers["x-api-key"]) ??
    present(headers["x-goog-api-key"]) ??
    present(headers["api-key"]) ??
    present(received.query.get("key"))
  )
}

const bearer = (authorization: string | undefined): string | undefined =>
  present(/^bearer (.*)/i.exec(authorization ?? "")?.[1])

const present = (text: string | null | undefined): string | undefined => {
  const trimmed = text?.trim()
  return trimmed === "" ? undefined : trimmed
}
