import type { RequestPath } from "../ChatProtocol.ts"
import { isObject } from "./WireObject.ts"

/**
 * The body of a request with what its path says and the body does not: the model, under the protocol's `name` for it, and
 * whether to stream.
 */
export const withPath = (body: unknown, path: RequestPath | undefined, name = "model"): unknown => {
  if (path === undefined || !isObject(body)) return body
  const { model, stream } = path
  return {
    ...body,
    ...(model !== undefined && (body[name] ?? "") === "" ? { [name]: model } : {}),
    ...(stream !== undefined && (body.stream ?? undefined) === undefined ? { stream } : {})
  }
}
