import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { Received } from "../http/Received.ts"

/** A request with what its client wants of what a provider does not take: an error that names it, or a warning. */
export const chosen = <Request extends CallRequest>(
  { headers }: Pick<Received, "headers">,
  request: Request
): Request => {
  const wanted = headers["x-effect-llm-unsupported"]
  return wanted === "drop" || wanted === "fail" ? { ...request, onUnsupported: wanted } : request
}
