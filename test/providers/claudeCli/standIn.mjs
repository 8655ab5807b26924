#!/usr/bin/env node
// Behaves like `claude -p`, or as badly as the model's name says. STANDIN_NOTES is a folder in which it notes what it saw.
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"

const args = process.argv.slice(2)
const valueOf = (flag) => args.find((arg) => arg.startsWith(`--${flag}=`))?.slice(flag.length + 3)
const model = valueOf("model") ?? ""
const notes = process.env.STANDIN_NOTES
const note = (name, value) => notes === undefined || writeFileSync(join(notes, name), JSON.stringify(value))
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const session_id = "e8889acf-5473-49e2-bd81-4896717df7c7"
const usage = { input_tokens: 8, cache_creation_input_tokens: 192, cache_read_input_tokens: 1000, output_tokens: 32 }

let input = ""
if (model !== "deaf") for await (const chunk of process.stdin) input += chunk
note("run.json", { args, input, env: process.env, pid: process.pid, cwd: process.cwd() })

const init = () =>
  say({ type: "system", subtype: "init", session_id, model, tools: [], apiKeySource: "none", cwd: process.cwd() })
const event = (event, rest) => say({ type: "stream_event", event, parent_tool_use_id: null, session_id, ...rest })
const start = (id, rest) =>
  event(
    {
      type: "message_start",
      message: { id, type: "message", role: "assistant", model: "claude-x", content: [], usage }
    },
    rest
  )
const block = (index, content_block, deltas) => {
  event({ type: "content_block_start", index, content_block })
  for (const delta of deltas) event({ type: "content_block_delta", index, delta })
  event({ type: "content_block_stop", index })
}
const textBlock = (index, pieces) =>
  block(
    index,
    { type: "text", text: "" },
    pieces.map((text) => ({ type: "text_delta", text }))
  )
const stop = (stop_reason = "end_turn") => {
  event({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } })
  event({ type: "message_stop" })
}
const whole = (id, content, rest) =>
  say({
    type: "assistant",
    message: { id, model: "claude-x", role: "assistant", content },
    parent_tool_use_id: null,
    session_id,
    ...rest
  })
const result = (rest) =>
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
const hang = () => setInterval(() => {}, 1000)
/** Ends only when all has been written. */
const exit = (code) => process.stdout.write("", () => process.exit(code))
const grandchild = (script, stdio) => {
  const child = spawn(process.execPath, ["-e", script], { stdio })
  note("grandchild.json", child.pid)
  return child
}

const behaviours = {
  "": () => {
    if (args[0] === "auth") exit(process.env.STANDIN_LOGGED_OUT === "1" ? 1 : 0)
  },
  healthy() {
    init()
    say({ type: "rate_limit_event", rate_limit_info: { status: "allowed", resetsAt: 1785274800 }, session_id })
    start("msg_1")
    block(0, { type: "thinking", thinking: "", signature: "" }, [
      { type: "thinking_delta", thinking: "Hm." },
      { type: "signature_delta", signature: "c2ln" }
    ])
    whole("msg_1", [{ type: "thinking", thinking: "Hm.", signature: "c2ln" }])
    textBlock(1, ["Hello", " there"])
    whole("msg_1", [{ type: "text", text: "Hello there" }])
    stop()
    result()
  },
  /** As it writes when partial messages are not to be had. */
  whole() {
    init()
    whole("msg_1", [{ type: "text", text: "Hello" }])
    whole("msg_1", [{ type: "text", text: " there" }])
    result()
  },
  "result-only"() {
    init()
    result({ result: "Hello there" })
  },
  tools() {
    init()
    start("msg_1")
    textBlock(0, ["Let me look."])
    block(1, { type: "tool_use", id: "toolu_1", name: "Read", input: {} }, [
      { type: "input_json_delta", partial_json: '{"file_path":' },
      { type: "input_json_delta", partial_json: '"/a"}' }
    ])
    stop("tool_use")
    say({
      type: "user",
      message: { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "a" }] },
      parent_tool_use_id: null,
      session_id
    })
    start("msg_sub", { parent_tool_use_id: "toolu_1" })
    start("msg_2")
    textBlock(0, ["It is a."])
    stop()
    result({ result: "It is a.", num_turns: 2 })
  },
  structured() {
    init()
    start("msg_1")
    textBlock(0, ["I shall answer."])
    block(1, { type: "tool_use", id: "toolu_1", name: "StructuredOutput", input: {} }, [
      { type: "input_json_delta", partial_json: '{"city":"Rome"}' }
    ])
    stop("tool_use")
    result({ result: "", structured_output: { city: "Rome" }, stop_reason: "tool_use" })
  },
  "max-turns"() {
    init()
    start("msg_1")
    textBlock(0, ["So far"])
    stop("tool_use")
    result({ subtype: "error_max_turns", is_error: true, result: undefined, stop_reason: null })
    exit(1)
  },
  /** The API broke off, and was asked again without streaming. */
  again() {
    init()
    start("msg_1")
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } })
    event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } })
    say({ type: "system", subtype: "api_retry", attempt: 1, error_status: 529, session_id })
    whole("msg_2", [{ type: "text", text: "Hello there" }])
    result()
  },
  "logged-out"() {
    init()
    const text = "Not logged in · Please run /login"
    whole("m", [{ type: "text", text }], {
      error: "authentication_failed",
      message: { model: "<synthetic>", content: [{ type: "text", text }] }
    })
    result({ is_error: true, result: text, total_cost_usd: 0 })
    exit(1)
  },
  /** Some versions do not call it an error, some only print it. */
  "logged-out-success"() {
    init()
    result({ result: "Invalid API key · Please run /login", total_cost_usd: 0 })
  },
  "logged-out-text"() {
    process.stdout.write("Invalid API key · Please run /login\n", () => process.exit(1))
  },
  limited() {
    init()
    say({
      type: "rate_limit_event",
      rate_limit_info: {
        status: "rejected",
        resetsAt: Math.floor(Date.now() / 1000) + 3600,
        rateLimitType: "five_hour"
      },
      session_id
    })
    const text = "You've hit your session limit · resets 3:45pm"
    whole("m", [], { error: "rate_limit", message: { model: "<synthetic>", content: [{ type: "text", text }] } })
    result({ is_error: true, result: text, api_error_status: 429 })
    exit(1)
  },
  overloaded() {
    init()
    result({
      is_error: true,
      api_error_status: 529,
      result:
        'API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}'
    })
    exit(1)
  },
  "too-long"() {
    init()
    result({
      is_error: true,
      result:
        'API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}'
    })
    exit(1)
  },
  "execution-error"() {
    init()
    result({ subtype: "error_during_execution", is_error: true, result: undefined, errors: ["spawn EAGAIN"] })
    exit(1)
  },
  "half-way"() {
    init()
    start("msg_1")
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } })
    event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } })
    process.stderr.write("out of memory\n", () => exit(134))
  },
  killed() {
    init()
    process.stdout.write("", () => process.kill(process.pid, "SIGKILL"))
  },
  crash() {
    process.stderr.write("Segmentation fault\n", () => process.exit(139))
  },
  old() {
    process.stderr.write("error: unknown option '--setting-sources='\n", () => process.exit(1))
  },
  garbage() {
    process.stdout.write("<html>502 Bad Gateway</html>\n", () => process.exit(0))
  },
  noisy() {
    process.stdout.write("[SandboxDebug] ready\n")
    init()
    process.stdout.write("[SandboxDebug] go\n")
    start("msg_1")
    textBlock(0, ["Hello there"])
    stop()
    result()
  },
  "flood-line"() {
    init()
    const more = () => process.stdout.write("x".repeat(65536), more)
    more()
  },
  "flood-lines"() {
    init()
    start("msg_1")
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } })
    const line = `${JSON.stringify({ type: "stream_event", event: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "y".repeat(1000) } } })}\n`
    const more = () => process.stdout.write(line.repeat(50), more)
    more()
  },
  "flood-errors"() {
    const more = (left) =>
      left === 0 ? behaviours.healthy() : process.stderr.write("e".repeat(65536), () => more(left - 1))
    more(64)
  },
  silent: hang,
  hang() {
    init()
    start("msg_1")
    textBlock(0, ["Hello"])
    hang()
  },
  /** It and what it started do not heed SIGTERM. */
  stubborn() {
    process.on("SIGTERM", () => {})
    const child = grandchild("process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)", [
      "ignore",
      "pipe",
      "ignore"
    ])
    child.stdout.once("data", () => behaviours.hang())
  },
  family() {
    const child = grandchild("console.log('up'); setInterval(() => {}, 1000)", ["ignore", "pipe", "ignore"])
    child.stdout.once("data", () => behaviours.hang())
  },
  /** It dies, and what it started holds its output open. */
  orphaning() {
    const child = grandchild("setInterval(() => {}, 1000)", "inherit")
    child.once("spawn", () => {
      init()
      start("msg_1")
      textBlock(0, ["Hel"])
      exit(0)
    })
  },
  deaf() {
    process.stdin.once("close", behaviours.healthy)
    process.stdin.destroy()
  }
}

behaviours[model]?.()
