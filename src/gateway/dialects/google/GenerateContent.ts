import { chatRoute } from "../ChatRoute.ts"
import { withAllowedTools } from "./AllowedTools.ts"
import { google, placesOf } from "./Google.ts"

/** Without `alt=sse` a stream is an array. */
const inArray = { ...withAllowedTools, framing: "json-array" as const }

/** `generateContent`, whole and streamed. */
export const generateContent = [
  ...placesOf(":generateContent").map(({ modelOf, path }) =>
    chatRoute(google, withAllowedTools, {
      path,
      pathOf: (exchange) => ({ model: modelOf(exchange), stream: false })
    })
  ),
  ...placesOf(":streamGenerateContent").map(({ modelOf, path }) =>
    chatRoute(google, ({ received }) => (received.query.get("alt") === "sse" ? withAllowedTools : inArray), {
      path,
      pathOf: (exchange) => ({ model: modelOf(exchange), stream: true })
    })
  )
]
