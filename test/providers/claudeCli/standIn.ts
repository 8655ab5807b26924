/**
 * What the stand-in for `claude -p` says, or how badly it behaves, for each model. It is written in the shell's language,
 * which starts ten times as fast as Node.
 */
const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`
const print = (text: string) => `printf %s ${quoted(text)}`
const say = (line: object) => `printf '%s\\n' ${quoted(JSON.stringify(line))}`
const complain = (text: string) => `${print(text)} >&2`
/** Makes `$x` of 65536 characters. */
const much = "x=x; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do x=$x$x; done"
const forever = (command: string) => `while :; do ${command}; done`
const hang = "exec sleep 1000"
/** Starts a process that holds nothing open but what is given. */
const grandchild = (held = "< /dev/null > /dev/null 2>&1") => `sleep 1000 ${held} &\nprintf %s $! > "$here/grandchild"`

const session_id = "e8889acf-5473-49e2-bd81-4896717df7c7"
const usage = { input_tokens: 8, cache_creation_input_tokens: 192, cache_read_input_tokens: 1000, output_tokens: 32 }

const init = say({ type: "system", subtype: "init", session_id, model: "claude-x", tools: [], apiKeySource: "none" })
const event = (event: object, rest?: object) =>
  say({ type: "stream_event", event, parent_tool_use_id: null, session_id, ...rest })
const start = (id: string, rest?: object) => {
  const begun = { ...usage, output_tokens: 1 }
  const message = { id, type: "message", role: "assistant", model: "claude-x", content: [], usage: begun }
  return event({ type: "message_start", message }, rest)
}
const delta = (index: number, delta: object) => event({ type: "content_block_delta", index, delta })
const block = (index: number, content_block: object, deltas: ReadonlyArray<object>) =>
  [
    event({ type: "content_block_start", index, content_block }),
    ...deltas.map((each) => delta(index, each)),
    event({ type: "content_block_stop", index })
  ].join("\n")
const textBlock = (index: number, pieces: ReadonlyArray<string>) =>
  block(
    index,
    { type: "text", text: "" },
    pieces.map((text) => ({ type: "text_delta", text }))
  )
const unfinished = [
  event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
  delta(0, { type: "text_delta", text: "Hel" })
]
const stop = (stop_reason = "end_turn") =>
  [
    event({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } }),
    event({ type: "message_stop" })
  ].join("\n")
const whole = (id: string, content: ReadonlyArray<object>, rest?: object) =>
  say({
    type: "assistant",
    message: { id, model: "claude-x", role: "assistant", content },
    parent_tool_use_id: null,
    session_id,
    ...rest
  })
const result = (rest?: object) =>
  say({
    type: "result",
    subtype: "success",
    is_error: false,
    duration_ms: 20,
    num_turns: 1,
    result: "Hello there",
    stop_reason: "end_turn",
    session_id,
    total_cost_usd: 0.0123,
    usage,
    ...rest
  })
const rateLimit = (rate_limit_info: object) => say({ type: "rate_limit_event", rate_limit_info, session_id })
/** A message that no model said. */
const synthetic = (error: string, text: string, rest?: object) =>
  whole("m", [], { error, message: { model: "<synthetic>", content: [{ type: "text", text }] }, ...rest })

/** Errors of the API, and what version 2.1.332 makes of them: name, status, the API's word, its own word, its text. */
const refusals = [
  ["bad-request", 400, "invalid_request_error", "unknown", "API Error: 400 temperature: out of range"],
  [
    "forbidden",
    403,
    "permission_error",
    "authentication_failed",
    "Failed to authenticate. API Error: 403 the model is not for this key"
  ],
  ["busy", 529, "overloaded_error", "server_error", "API Error: 529 Overloaded. This is a server-side issue."],
  ["limited-without-time", 429, "rate_limit_error", "rate_limit", "API Error: Request rejected (429) · slow down"],
  [
    "full",
    400,
    "invalid_request_error",
    "invalid_request",
    "Prompt is too long · the request is ~210000 tokens (limit 200000)"
  ]
] as const

const healthy = [
  init,
  rateLimit({ status: "allowed", resetsAt: 1785274800 }),
  start("msg_1"),
  block(0, { type: "thinking", thinking: "", signature: "" }, [
    { type: "thinking_delta", thinking: "Hm." },
    { type: "signature_delta", signature: "c2ln" }
  ]),
  whole("msg_1", [{ type: "thinking", thinking: "Hm.", signature: "c2ln" }]),
  textBlock(1, ["Hello", " there"]),
  whole("msg_1", [{ type: "text", text: "Hello there" }]),
  stop(),
  result()
]

/** @param now - In seconds. */
const behaviours = (now: number): { readonly [model: string]: ReadonlyArray<string> } => ({
  healthy,
  /** As it writes when partial messages are not to be had. */
  whole: [
    init,
    whole("msg_1", [{ type: "text", text: "Hello" }]),
    whole("msg_1", [{ type: "text", text: " there" }]),
    result()
  ],
  tools: [
    init,
    start("msg_1"),
    textBlock(0, ["Let me look."]),
    block(1, { type: "tool_use", id: "toolu_1", name: "Read", input: {} }, [
      { type: "input_json_delta", partial_json: '{"file_path":' },
      { type: "input_json_delta", partial_json: '"/a"}' }
    ]),
    stop("tool_use"),
    say({
      type: "user",
      message: { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "a" }] },
      parent_tool_use_id: null,
      session_id
    }),
    start("msg_sub", { parent_tool_use_id: "toolu_1" }),
    start("msg_2"),
    textBlock(0, ["It is a."]),
    stop(),
    result({ result: "It is a.", num_turns: 2 })
  ],
  structured: [
    init,
    start("msg_1"),
    textBlock(0, ["I shall answer."]),
    block(1, { type: "tool_use", id: "toolu_1", name: "StructuredOutput", input: {} }, [
      { type: "input_json_delta", partial_json: '{"city":"Rome"}' }
    ]),
    stop("tool_use"),
    result({ result: "", structured_output: { city: "Rome" }, stop_reason: "tool_use" })
  ],
  "max-turns": [
    init,
    start("msg_1"),
    textBlock(0, ["So far"]),
    stop("tool_use"),
    result({ subtype: "error_max_turns", is_error: true, result: undefined, stop_reason: null }),
    "exit 1"
  ],
  /** The API broke off: the command closes the message without a stop reason, and asks again without streaming. */
  abandoned: [
    init,
    start("msg_1"),
    ...unfinished,
    event({ type: "content_block_stop", index: 0 }),
    event({ type: "message_stop" }, { abandoned_blocks: { api_message_id: "msg_1", from_block_index: 0 } }),
    start("msg_2"),
    textBlock(0, ["Hello there"]),
    stop(),
    result()
  ],
  /** So do versions that say nothing of the message that was lost. */
  again: [
    init,
    start("msg_1"),
    ...unfinished,
    say({ type: "system", subtype: "api_retry", attempt: 1, error_status: 529, session_id }),
    whole("msg_2", [{ type: "text", text: "Hello there" }]),
    result()
  ],
  /** The command asks the model to go on, which nobody wanted. */
  "cut-by-length": [init, start("msg_1"), textBlock(0, ["Hello"]), stop("max_tokens"), hang],
  /** What the command answered itself. */
  own: [init, result({ result: "Unknown skill: cost", usage: {}, total_cost_usd: 0 })],
  /** An error of the API after some of the answer. */
  "half-way-overloaded": [
    init,
    start("msg_1"),
    ...unfinished,
    synthetic("unknown", "API Error: Overloaded", { api_error_status: 529, api_error_type: "overloaded_error" }),
    event({ type: "content_block_stop", index: 0 }),
    event({ type: "message_delta", delta: { stop_reason: null }, usage: {} }),
    event({ type: "message_stop" }, { abandoned_blocks: { api_message_id: "msg_1", from_block_index: 0 } }),
    hang
  ],
  ...Object.fromEntries(
    refusals.map(([name, status, type, word, message]) => [
      name,
      [
        init,
        synthetic(word, message, { api_error_status: status, api_error_type: type }),
        result({ is_error: true, result: message, api_error_status: status, api_error_type: type }),
        "exit 1"
      ]
    ])
  ),
  "logged-out": [
    init,
    synthetic("authentication_failed", "Not logged in · Please run /login"),
    result({ is_error: true, result: "Not logged in · Please run /login", total_cost_usd: 0 }),
    "exit 1"
  ],
  /** Some versions do not call it an error, some only print it. */
  "logged-out-success": [init, result({ result: "Invalid API key · Please run /login", total_cost_usd: 0 })],
  "logged-out-text": [print("Invalid API key · Please run /login\n"), "exit 1"],
  limited: [
    init,
    rateLimit({ status: "rejected", resetsAt: now + 3600, rateLimitType: "five_hour" }),
    synthetic("rate_limit", "You've hit your session limit · resets 3:45pm"),
    result({ is_error: true, result: "You've hit your session limit · resets 3:45pm", api_error_status: 429 }),
    "exit 1"
  ],
  overloaded: [
    init,
    result({
      is_error: true,
      api_error_status: 529,
      result:
        'API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}'
    }),
    "exit 1"
  ],
  "too-long": [
    init,
    result({
      is_error: true,
      result:
        'API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}'
    }),
    "exit 1"
  ],
  "execution-error": [
    init,
    result({ subtype: "error_during_execution", is_error: true, result: undefined, errors: ["spawn EAGAIN"] }),
    "exit 1"
  ],
  "half-way": [init, start("msg_1"), ...unfinished, complain("out of memory\n"), "exit 134"],
  killed: [init, "kill -9 $$"],
  crash: [complain("Segmentation fault\n"), "exit 139"],
  old: [complain("error: unknown option '--setting-sources='\n"), "exit 1"],
  older: [complain("error: option '--permission-mode <mode>' argument 'dontAsk' is invalid.\n"), "exit 1"],
  garbage: [print("<html>502 Bad Gateway</html>\n")],
  noisy: [
    print("[SandboxDebug] ready\n"),
    init,
    print("[SandboxDebug] go\n"),
    start("msg_1"),
    textBlock(0, ["Hello there"]),
    stop(),
    result()
  ],
  "flood-line": [init, much, forever('printf %s "$x"')],
  "flood-lines": [
    init,
    start("msg_1"),
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    forever(delta(0, { type: "text_delta", text: "y".repeat(10_000) }))
  ],
  "flood-errors": [much, `for i in $(seq 64); do printf %s "$x" >&2; done`, ...healthy],
  silent: [hang],
  hang: [init, start("msg_1"), textBlock(0, ["Hello"]), hang],
  /** It and what it started do not heed SIGTERM: what is ignored stays so in a child. */
  stubborn: ["trap '' TERM", grandchild(), init, start("msg_1"), textBlock(0, ["Hello"]), hang],
  family: [grandchild(), init, start("msg_1"), textBlock(0, ["Hello"]), hang],
  /** It dies, and what it started holds its output open. */
  orphaning: [grandchild(""), init, start("msg_1"), textBlock(0, ["Hel"])],
  /** It does not read what it is given. */
  deaf: healthy
})

/** What `standIn.sh` reads. */
export const script = (now: number): string =>
  [
    "case $model in",
    ...Object.entries(behaviours(now)).map(([model, steps]) => `${model})\n${steps.join("\n")}\n;;`),
    "esac",
    ""
  ].join("\n")
