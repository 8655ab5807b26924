import * as Effect from "effect/Effect"
import { openAi } from "../dialects/openai/OpenAi.ts"
import type { Answer } from "../http/Answer.ts"
import type { Received } from "../http/Received.ts"
import type { Route } from "../http/Routes.ts"
import { asset, encodingFor } from "./Assets.ts"

/** The page may run its own script, use its own style sheet, and talk to this gateway. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join("; ")

const headers = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  vary: "accept-encoding"
}

const send = Effect.fnUntraced(function* (received: Received, name: string, cacheControl: string) {
  const { bytes, contentType, encoding } = yield* asset(name, encodingFor(received.headers["accept-encoding"]))
  return {
    status: 200,
    headers: {
      ...headers,
      "content-type": contentType,
      "content-length": String(bytes.length),
      "cache-control": cacheControl,
      ...(encoding !== undefined && { "content-encoding": encoding })
    },
    body: bytes
  } satisfies Answer
})

/** The page and its files, whose names hold a hash of their content, so that they may be cached for ever. */
export const page: ReadonlyArray<Route> = [
  {
    method: "GET",
    path: "/",
    dialect: openAi,
    access: "open",
    run: ({ received }) => send(received, "index.html", "no-cache")
  },
  {
    method: "GET",
    path: "/page/{file}",
    dialect: openAi,
    access: "open",
    run: ({ params, received }) => send(received, params.file ?? "", "public, max-age=31536000, immutable")
  }
]
