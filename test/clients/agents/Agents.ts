import type { Json } from "effect-llm/domain/Json"
import { after, answer, command, file, type Step } from "./Work.ts"

/** What each dialect is called at. */
export const paths = {
  anthropic: "/v1/messages",
  responses: "/v1/responses",
  chat: "/v1/chat/completions",
  google: "/v1beta/models/…"
}

/** What an agent is run with. */
export interface Place {
  /** The address of the gateway, and a key of it. */
  readonly url: string
  readonly key: string
  readonly model: string
  readonly prompt: string
  /** The folder that it works in, and that of its own settings. */
  readonly work: string
  readonly home: string
}

/** A coding agent, and how it is pointed at a gateway. */
export interface Agent {
  readonly title: string
  /** The folder that it is installed in, under `npm` or `python`. */
  readonly installed: string
  readonly runs: string
  readonly dialect: keyof typeof paths
  readonly args: (place: Place) => ReadonlyArray<string>
  readonly env: (place: Place) => { readonly [name: string]: string }
  /** Its files of settings, by paths in its home. */
  readonly files?: (place: Place) => { readonly [path: string]: string }
  /** How its tools read, edit and check the file. */
  readonly steps: (place: Place) => ReadonlyArray<Step>
  /** What the model says at the end, where that is more than an answer. */
  readonly says?: string
  /** What it gives up at, or does not say the reason of. */
  readonly gives?: ReadonlyArray<string>
  /** Whether it says which conversation a request belongs to. */
  readonly namesSession: boolean
}

const json = (value: Json): string => JSON.stringify(value, null, 2)

const change = { before: "4711", after: "4712" }

const pi = (dialect: Agent["dialect"], api: string, baseUrl: (url: string) => string, namesSession = false): Agent => ({
  title: `pi, ${api}`,
  gives: ["cut", "long"],
  installed: "npm/pi",
  runs: "node_modules/.bin/pi",
  dialect,
  args: ({ model, prompt }) => ["--provider", "gateway", "--model", model, "--thinking", "medium", "-p", prompt],
  env: () => ({ PI_OFFLINE: "1" }),
  files: ({ key, model, url }) => ({
    ".pi/agent/models.json": json({
      providers: { gateway: { baseUrl: baseUrl(url), api, apiKey: key, models: [{ id: model, reasoning: true }] } }
    })
  }),
  steps: ({ work }) => [
    { tool: "read", input: { path: `${work}/${file}` } },
    { tool: "edit", input: { path: `${work}/${file}`, edits: [{ oldText: change.before, newText: change.after }] } },
    { tool: "bash", input: { command } }
  ],
  namesSession
})

const opencode = (dialect: Agent["dialect"], npm: string, version: string): Agent => ({
  title: `opencode, ${npm}`,
  gives: ["cut"],
  installed: "npm/opencode",
  runs: "node_modules/.bin/opencode",
  dialect,
  args: ({ prompt }) => ["run", prompt],
  env: () => ({}),
  files: ({ key, model, url }) => ({
    ".config/opencode/opencode.json": json({
      provider: { gateway: { npm, options: { baseURL: url + version, apiKey: key }, models: { [model]: {} } } },
      model: `gateway/${model}`
    })
  }),
  steps: ({ work }) => [
    { tool: "read", input: { filePath: `${work}/${file}` } },
    { tool: "edit", input: { filePath: `${work}/${file}`, oldString: change.before, newString: change.after } },
    { tool: "bash", input: { command, description: "Checks the file" } }
  ],
  namesSession: true
})

export const agents: ReadonlyArray<Agent> = [
  {
    title: "Claude Code",
    installed: "npm/claude-code",
    runs: "node_modules/.bin/claude",
    dialect: "anthropic",
    args: ({ model, prompt }) => [
      "-p",
      prompt,
      "--model",
      model,
      "--permission-mode",
      "acceptEdits",
      "--allowedTools",
      "Read",
      "Edit",
      "Bash"
    ],
    env: ({ key, url }) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key }),
    steps: ({ work }) => [
      { tool: "Read", input: { file_path: `${work}/${file}` } },
      {
        tool: "Edit",
        input: { file_path: `${work}/${file}`, old_string: change.before, new_string: change.after }
      },
      { tool: "Bash", input: { command, description: "Checks the file" } }
    ],
    namesSession: true
  },
  {
    title: "Codex",
    installed: "npm/codex",
    runs: "node_modules/.bin/codex",
    dialect: "responses",
    args: ({ prompt }) => ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", prompt],
    env: ({ key }) => ({ GATEWAY_KEY: key }),
    files: ({ model, url }) => ({
      ".codex/config.toml": `model = "${model}"
model_provider = "gateway"

[model_providers.gateway]
name = "gateway"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "GATEWAY_KEY"
`
    }),
    steps: () => [
      { tool: "exec_command", input: { cmd: `cat ${file}` } },
      { tool: "exec_command", input: { cmd: `sed -i s/${change.before}/${change.after}/ ${file}` } },
      { tool: "exec_command", input: { cmd: command } }
    ],
    namesSession: true
  },
  {
    title: "gemini-cli",
    gives: ["cut"],
    installed: "npm/gemini-cli",
    runs: "node_modules/.bin/gemini",
    dialect: "google",
    args: ({ model, prompt }) => ["--skip-trust", "--yolo", "-m", model, "-p", prompt],
    env: ({ key, url }) => ({
      GOOGLE_GEMINI_BASE_URL: url,
      GEMINI_API_KEY: key,
      // It always sends topK, which OpenAI's models do not take.
      GEMINI_CLI_CUSTOM_HEADERS: "x-effect-llm-unsupported: drop"
    }),
    files: () => ({ ".gemini/settings.json": json({ security: { auth: { selectedType: "gemini-api-key" } } }) }),
    steps: ({ work }) => [
      { tool: "read_file", input: { file_path: file } },
      {
        tool: "replace",
        input: {
          file_path: `${work}/${file}`,
          instruction: "Raise the number",
          old_string: change.before,
          new_string: change.after
        }
      },
      { tool: "run_shell_command", input: { command, description: "Checks the file" } }
    ],
    namesSession: false
  },
  {
    title: "qwen-code",
    installed: "npm/qwen-code",
    runs: "node_modules/.bin/qwen",
    dialect: "chat",
    args: ({ prompt }) => ["--auth-type", "openai", "--yolo", "-p", prompt],
    env: ({ key, model, url }) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model }),
    steps: ({ work }) => [
      { tool: "read_file", input: { file_path: `${work}/${file}` } },
      { tool: "edit", input: { file_path: `${work}/${file}`, old_string: change.before, new_string: change.after } },
      { tool: "run_shell_command", input: { command, description: "Checks the file", is_background: false } }
    ],
    namesSession: false
  },
  opencode("chat", "@ai-sdk/openai-compatible", "/v1"),
  opencode("anthropic", "@ai-sdk/anthropic", "/v1"),
  {
    title: "cline",
    gives: ["cut"],
    installed: "npm/cline",
    runs: "node_modules/.bin/cline",
    dialect: "chat",
    args: ({ model, prompt }) => ["-P", "openai-compatible", "-m", model, "-t", "60", prompt],
    env: () => ({}),
    files: ({ key, model, url }) => ({
      ".cline/data/settings/providers.json": json({
        version: 1,
        lastUsedProvider: "openai-compatible",
        providers: {
          "openai-compatible": {
            settings: { provider: "openai-compatible", apiKey: key, model, baseUrl: `${url}/v1` },
            updatedAt: "2026-01-01T00:00:00.000Z",
            tokenSource: "manual"
          }
        }
      })
    }),
    steps: ({ work }) => [
      { tool: "read_files", input: { files: [{ path: `${work}/${file}` }] } },
      { tool: "editor", input: { path: `${work}/${file}`, old_text: change.before, new_text: change.after } },
      { tool: "run_commands", input: { commands: [command] } }
    ],
    namesSession: false
  },
  {
    title: "Continue",
    installed: "npm/continue",
    runs: "node_modules/.bin/cn",
    dialect: "chat",
    args: ({ home, prompt }) => ["--config", `${home}/config.yaml`, "--auto", "-p", prompt],
    env: () => ({ CONTINUE_TELEMETRY_ENABLED: "0" }),
    files: ({ key, model, url }) => ({
      "config.yaml": `name: gateway
version: 1.0.0
schema: v1
models:
  - name: smart
    provider: openai
    model: ${model}
    apiBase: ${url}/v1
    apiKey: ${key}
    capabilities: [tool_use]
`
    }),
    steps: ({ work }) => [
      { tool: "Read", input: { filepath: `${work}/${file}` } },
      { tool: "Edit", input: { file_path: `${work}/${file}`, old_string: change.before, new_string: change.after } },
      { tool: "Bash", input: { command } }
    ],
    namesSession: false
  },
  {
    title: "aider",
    installed: "python/aider",
    runs: "bin/aider",
    dialect: "chat",
    args: ({ model, prompt }) => [
      "--model",
      `openai/${model}`,
      "--yes-always",
      "--no-check-update",
      "--no-show-model-warnings",
      "--no-analytics",
      "--message",
      prompt,
      file
    ],
    env: ({ key, url }) => ({ OPENAI_API_BASE: `${url}/v1`, OPENAI_API_KEY: key }),
    steps: () => [],
    says: `${answer}\n\n${file}\n\`\`\`\n${after}\`\`\`\n`,
    namesSession: false
  },
  pi("responses", "openai-responses", (url) => `${url}/v1`, true),
  pi("anthropic", "anthropic-messages", (url) => url),
  pi("google", "google-generative-ai", (url) => `${url}/v1beta`)
]
