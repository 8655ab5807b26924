import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"

export const provider = "claude-cli"

/**
 * The options of the layer of `ClaudeCli`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClaudeCliOptions {
  /** The executable. Default `claude`, found in `PATH`. */
  readonly command?: string | undefined
  /** Bills this API key instead of the subscription. An `ANTHROPIC_API_KEY` in the environment is never used. */
  readonly apiKey?: Redacted.Redacted | undefined
  /** The working directory. Default: that of this process. */
  readonly cwd?: string | undefined
  /**
   * Environment variables of the command, such as `CLAUDE_CODE_USE_BEDROCK` or `ANTHROPIC_BASE_URL`. It inherits only
   * what a program needs to start, find its login and reach the network; `undefined` removes a variable.
   */
  readonly env?: { readonly [name: string]: string | Redacted.Redacted | undefined } | undefined
  /**
   * Claude Code's own tools that the model may use without asking, such as `WebSearch` or `Bash(git log *)`. They act
   * on this machine, so by default there are none.
   */
  readonly tools?: ReadonlyArray<string> | undefined
  /** The most turns that the model may take with its tools. Default: no limit with tools, else one. */
  readonly maxTurns?: number | undefined
  /** The settings files (with their hooks and `CLAUDE.md`) that apply. Default: none. */
  readonly settingSources?: ReadonlyArray<"user" | "project" | "local"> | undefined
  /** The most concurrent runs; further calls wait. A run takes about 200 MB. Default 4. */
  readonly maxConcurrent?: number | undefined
  /** The longest line of output, in characters. Default 16 Mi. */
  readonly maxLineSize?: number | undefined
  /** The most output of one run, in bytes. Default 256 Mi. */
  readonly maxOutputSize?: number | undefined
  /** How long the command and its children may take to end before they are killed. Default 1 second. */
  readonly forceKillAfter?: Duration.Input | undefined
}

/** The secrets that no error may contain. */
export const secretsOf = ({ apiKey, env = {} }: ClaudeCliOptions): ReadonlyArray<string> =>
  [apiKey, ...Object.values(env)].flatMap((value) =>
    Redacted.isRedacted(value) ? [Redacted.value(value as Redacted.Redacted)] : []
  )

/** The variables that are inherited: what a program needs to start, find its login and reach the network. */
const inherited = {
  programs: ["PATH", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP"],
  login: ["HOME", "USER", "LOGNAME", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN"],
  folders: ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"],
  proxies: ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"],
  certificates: ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  windows: ["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"]
}

/** Read from this process, not from `Config`: an application may keep its own configuration elsewhere. */
const surroundings: Effect.Effect<{ readonly [name: string]: string }> = Effect.suspend(() => {
  const provider = ConfigProvider.fromEnv()
  const read = (name: string) => Config.option(Config.String(name)).parse(provider)
  const names = Object.values(inherited).flat()
  return Effect.all(Object.fromEntries(names.map((name) => [name, read(name)])))
}).pipe(
  Effect.map(Record.getSomes),
  Effect.orElseSucceed(() => ({}))
)

/** No other key, no files or memory, no traffic but the call, and no retries of its own. */
const isolation = {
  CLAUDE_CODE_DISABLE_ATTACHMENTS: "1",
  CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: "1",
  CLAUDE_CODE_MAX_RETRIES: "0"
}

/**
 * The whole environment of a run, so that the model's tools see no key and no setting of this process changes the
 * request.
 * Source: https://code.claude.com/docs/en/env-vars
 */
export const environmentOf = (
  { apiKey, env }: ClaudeCliOptions,
  call?: { readonly variables: { readonly [name: string]: string } }
): Effect.Effect<{ readonly [name: string]: string | Redacted.Redacted | undefined }> =>
  Effect.map(surroundings, (found) => ({
    ...found,
    ...isolation,
    ANTHROPIC_API_KEY: apiKey,
    ...call?.variables,
    ...env
  }))
