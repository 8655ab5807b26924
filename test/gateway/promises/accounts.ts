/** Accounts at providers of one's own, which know what they were sent, and gateways in front of them. */
import { Effect } from "effect"
import { post, serve, upstream } from "../calls/upstream.ts"

const json = { "content-type": "application/json" }
const sse = { "content-type": "text/event-stream" }

/** What a provider was sent. */
export interface Call {
  readonly path: string
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  // A test reads what it expects to be there.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any
}

const completion = (name: string, cached: number) => ({
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "acme",
  choices: [{ index: 0, message: { role: "assistant", content: `I am ${name}` }, finish_reason: "stop" }],
  usage: {
    prompt_tokens: 100,
    completion_tokens: 2,
    total_tokens: 102,
    prompt_tokens_details: { cached_tokens: cached }
  }
})

const chunks = (name: string) =>
  [
    { choices: [{ index: 0, delta: { role: "assistant", content: `I am ${name}` }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { choices: [], usage: { prompt_tokens: 100, completion_tokens: 2, total_tokens: 102 } }
  ].map((chunk) => `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, ...chunk })}\n\n`)

const reasoned = (name: string, turn: number) => ({
  id: `resp_${name}_${turn}`,
  object: "response",
  created_at: 1,
  status: "completed",
  model: "acme",
  output: [
    { type: "reasoning", id: `rs_${name}_${turn}`, summary: [], encrypted_content: `secret of ${name}, ${turn}` },
    {
      type: "message",
      id: `msg_${name}_${turn}`,
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: `I am ${name}`, annotations: [] }]
    }
  ],
  usage: { input_tokens: 100, output_tokens: 2, total_tokens: 102 }
})

/** An account whose provider caches prompts by their first message; it speaks OpenAI's chat completions and responses. */
export const account = Effect.fnUntraced(function* (name: string) {
  const calls: Array<Call> = []
  const prompts = new Set<string>()
  const state = { isDown: false }
  const address = yield* upstream((incoming, outgoing, text) => {
    const body = text === "" ? {} : JSON.parse(text)
    const path = incoming.url ?? ""
    calls.push({ path, headers: incoming.headers, body })
    if (state.isDown)
      return void outgoing.writeHead(500, json).end(JSON.stringify({ error: { message: `${name} is down` } }))
    if (path.endsWith("/responses")) {
      const response = reasoned(name, calls.length)
      if (body.stream !== true) return void outgoing.writeHead(200, json).end(JSON.stringify(response))
      const events = [
        { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
        ...response.output.flatMap((item, output_index) => [
          { type: "response.output_item.added", output_index, item },
          { type: "response.output_item.done", output_index, item }
        ]),
        { type: "response.completed", response }
      ]
      const written = events.map((event, sequence_number) =>
        [`event: ${event.type}`, `data: ${JSON.stringify({ ...event, sequence_number })}`, "", ""].join("\n")
      )
      return void outgoing.writeHead(200, sse).end(written.join(""))
    }
    if (body.stream === true) return void outgoing.writeHead(200, sse).end(`${chunks(name).join("")}data: [DONE]\n\n`)
    const prompt = JSON.stringify(body.messages?.[0])
    const cached = prompts.has(prompt) ? 90 : 0
    prompts.add(prompt)
    return void outgoing.writeHead(200, json).end(JSON.stringify(completion(name, cached)))
  })
  return { name, address, calls, state }
})

export type Account = Effect.Success<ReturnType<typeof account>>

/** Settings with an account each, of this provider. */
export const providersOf = (accounts: ReadonlyArray<Account>, provider = "openai"): string =>
  `providers:\n${accounts
    .map(({ address, name }) => `  ${name}: { provider: ${provider}, key: sk-upstream-${name}, baseUrl: "${address}" }`)
    .join("\n")}\n`

/** A gateway whose model `m` is all of these accounts. */
export const gatewayOf = (
  accounts: ReadonlyArray<Account>,
  {
    more = "",
    options = {},
    provider = "openai"
  }: {
    readonly more?: string
    readonly provider?: string
    readonly options?: Parameters<typeof serve>[1]
  } = {}
) =>
  serve(
    `${providersOf(accounts, provider)}models: { m: [${accounts.map(({ name }) => `${name}/acme`).join(", ")}] }\n${more}`,
    options
  )

/** Which of these were called since the last time. */
export const calledOf = (accounts: ReadonlyArray<Account>): ReadonlyArray<string> =>
  accounts.flatMap(({ calls, name }) => calls.splice(0).map(() => name))

/** A conversation of so many turns. */
export const conversation = (about: string, turns = 1) =>
  Array.from({ length: turns }, (_, turn) => [
    { role: "user", content: turn === 0 ? about : `and then, ${turn}?` },
    ...(turn === turns - 1 ? [] : [{ role: "assistant", content: "Well" }])
  ]).flat()

export { post, serve, upstream }
