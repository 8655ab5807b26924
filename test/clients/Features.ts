import { isDeepStrictEqual } from "node:util"
import type { ChatResponse } from "effect-llm"
import type { SimulatedRequest } from "effect-llm/testing/SimulatedRequest"
import { composeResponse } from "../../src/testing/simulator/ComposeResponse.ts"
import { reasoningText } from "../../src/testing/simulator/ResponseText.ts"
import { sampleJson } from "../../src/testing/simulator/SampleJson.ts"
import type { Reply } from "effect-llm/testing/Scenario"
import type { Cell } from "./js/program.ts"
import type { ClientRow } from "./Clients.ts"
import type { Result } from "./Program.ts"

/** What is known when a cell is over. */
export interface Outcome {
  readonly client: ClientRow
  readonly cell: Cell
  readonly result: Result
  /** What reached the upstream. */
  readonly requests: ReadonlyArray<SimulatedRequest>
}

export interface Feature {
  /** The heading of its column. */
  readonly title: string
  readonly use: Cell["use"]
  /** What the upstream does. */
  readonly scenario: string
  readonly cell?: Pick<Cell, "image" | "reasoning" | "leave">
  /** What is wrong with the outcome, if anything. */
  readonly problem: (outcome: Outcome) => string | undefined
}

/** A black pixel. */
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

/** The schema that clients ask for structured output with. */
const reviewSchema = {
  type: "object",
  properties: {
    title: { type: "string" },
    score: { type: "number" },
    tags: { type: "array", items: { type: "string" } }
  },
  required: ["title", "score", "tags"]
} as const

/** The longest a client's leaving may take to close the call upstream, on a machine that is busy with other tests. */
const closesWithinMillis = 2000

type Problem = Feature["problem"]

const all =
  (...problems: ReadonlyArray<Problem>): Problem =>
  (outcome) => {
    for (const problem of problems) {
      const found = problem(outcome)
      if (found !== undefined) return found
    }
    return undefined
  }

const differs = (what: string, actual: unknown, expected: unknown): string | undefined =>
  isDeepStrictEqual(actual, expected)
    ? undefined
    : `${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`

const succeeded: Problem = ({ result: { error } }) => error && `failed: ${error.class}: ${error.message}`

/** The response that the simulator gave to a request. */
const responseTo = (request: SimulatedRequest | undefined, reply: Reply): ChatResponse | undefined =>
  request?.request &&
  composeResponse(reply, {
    model: request.model ?? "",
    request: request.request,
    number: 0,
    cache: { read: 0, write: 0 }
  })

const wholeText =
  (reply: Reply["type"] = "reply"): Problem =>
  ({ requests, result }) =>
    requests.length === 1
      ? differs("the text", result.text, responseTo(requests[0], { type: reply } as Reply)?.text)
      : `${requests.length} requests upstream`

const usage: Problem = ({ requests, result }) => {
  const reported = responseTo(requests[0], { type: "reply" })?.usage
  return differs("the usage", result.usage, {
    input: reported?.inputTokens.total,
    output: reported?.outputTokens.total
  })
}

const reasoning: Problem = ({ requests, result }) =>
  differs("the reasoning", result.reasoning, reasoningText(requests[0]!.request!))

const tools: Problem = ({ cell, requests, result }) => {
  const [first, second] = requests
  if (requests.length !== 2) return `${requests.length} requests upstream`
  const calls = responseTo(first, { type: "tool-calls", calls: 1 })?.toolCalls
  return (
    differs(
      "the call",
      result.calls,
      calls?.map(({ input, name }) => ({ name, input }))
    ) ??
    (JSON.stringify(second?.request?.messages.at(-1)).includes(cell.toolResult)
      ? undefined
      : "the result of the tool is not the last message") ??
    differs("the text", result.text, responseTo(second, { type: "reply" })?.text)
  )
}

/** In either alphabet of base64: what Google's client for Python writes goes to Google as it is. */
const image: Problem = ({ requests }) =>
  JSON.stringify(requests[0]?.body).replaceAll("-", "+").replaceAll("_", "/").includes(pixel)
    ? undefined
    : "the image did not reach the upstream"

const structured: Problem = ({ requests, result }) =>
  requests[0]?.request?.responseFormat === undefined && requests[0]?.request?.tools === undefined
    ? "no schema reached the upstream"
    : differs("the value", result.value, sampleJson(reviewSchema, 0, "What do you think?"))

const fails =
  (status: 401 | 404 | 429 | 500): Problem =>
  ({ client, requests, result: { error } }) => {
    if (error === undefined) return "no error"
    const expected = client.errors[status]
    return (
      (error.class === expected ? undefined : `the error is ${error.class} (${error.message}), not ${expected}`) ??
      (error.status === undefined ? undefined : differs("the status", error.status, status)) ??
      (status === 429 && typeof error.retryAfter === "string"
        ? differs("retry-after", error.retryAfter, "7")
        : undefined) ??
      (requests.length === 1 ? undefined : `${requests.length} requests upstream`)
    )
  }

const closes: Problem = ({ requests: [request], result: { abortedAt } }) => {
  if (request === undefined || abortedAt === undefined) return "the call did not begin"
  if (request.outcome !== "client-closed") return `the upstream saw its request ${request.outcome}`
  const took = (request.closedAt ?? Infinity) - abortedAt
  return took <= closesWithinMillis ? undefined : `the upstream was closed ${took} ms after the client left`
}

/** Whatever it was, it was no response. */
const failsSomehow: Problem = ({ result }) =>
  result.error === undefined
    ? `a response that was cut looks whole: ${JSON.stringify(result.text)}`
    : result.error.message.includes("took longer than")
      ? result.error.message
      : undefined

const succeeds = (...problems: ReadonlyArray<Problem>) => all(succeeded, ...problems)

export const features = {
  whole: { title: "whole", use: "whole", scenario: "reply", problem: succeeds(wholeText(), usage) },
  streamed: { title: "streamed", use: "stream", scenario: "reply", problem: succeeds(wholeText(), usage) },
  helper: { title: "helper", use: "helper", scenario: "reply", problem: succeeds(wholeText(), usage) },
  tools: { title: "tools", use: "tools", scenario: "tools", problem: succeeds(tools) },
  streamedTools: { title: "tools, streamed", use: "streamedTools", scenario: "tools", problem: succeeds(tools) },
  image: {
    title: "images",
    use: "whole",
    scenario: "reply",
    cell: { image: pixel },
    problem: succeeds(wholeText(), image)
  },
  structured: { title: "structured", use: "structured", scenario: "reply", problem: succeeds(structured) },
  reasoning: {
    title: "reasoning",
    use: "whole",
    scenario: "reasoning",
    cell: { reasoning: true },
    problem: succeeds(wholeText("reasoning"), reasoning)
  },
  streamedReasoning: {
    title: "reasoning, streamed",
    use: "stream",
    scenario: "reasoning",
    cell: { reasoning: true },
    problem: succeeds(wholeText("reasoning"), reasoning)
  },
  status401: { title: "401", use: "whole", scenario: "status401", problem: fails(401) },
  status404: { title: "404", use: "whole", scenario: "status404", problem: fails(404) },
  status429: { title: "429", use: "whole", scenario: "status429", problem: fails(429) },
  status500: { title: "500", use: "whole", scenario: "status500", problem: fails(500) },
  cancelled: {
    title: "cancelled",
    use: "whole",
    scenario: "hang",
    cell: { leave: "when-told" },
    problem: closes
  },
  cancelledStream: {
    title: "stream cancelled",
    use: "stream",
    scenario: "stall",
    cell: { leave: "at-first-piece" },
    problem: closes
  },
  cutWhole: { title: "cut", use: "whole", scenario: "cut", problem: failsSomehow },
  cut: { title: "stream cut", use: "stream", scenario: "cut", problem: failsSomehow },
  cutHelper: { title: "stream cut, helper", use: "helper", scenario: "cut", problem: failsSomehow },
  reset: { title: "stream reset", use: "stream", scenario: "reset", problem: failsSomehow },
  overloaded: { title: "error in the stream", use: "stream", scenario: "overloaded", problem: failsSomehow }
} as const satisfies { readonly [name: string]: Feature }

export type FeatureName = keyof typeof features

export const featureNames = Object.keys(features) as ReadonlyArray<FeatureName>
