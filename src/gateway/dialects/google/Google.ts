import { GoogleGenerateContent } from "effect-llm/protocols/GoogleGenerateContent"
import type { Dialect } from "../Dialect.ts"

/** Google's words. */
export const google: Dialect = {
  name: "google",
  protocol: GoogleGenerateContent.id,
  requestIdHeader: "x-request-id",
  encodeError: GoogleGenerateContent.encodeError,
  owns: (headers) => headers["x-goog-api-key"] !== undefined || headers["x-goog-api-client"] !== undefined,
  ownsPath: (path) => /^\/v1(?:alpha|beta\d*)\/|:[a-zA-Z]+$/.test(path)
}

/** What comes before Google's paths: nothing, or a version. */
export const versions: ReadonlyArray<string> = ["/v1beta", "/v1", "", "/v1alpha", "/v1beta1"]
