import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import type * as Redacted from "effect/Redacted"
import type { ClaudeCliOptions } from "../ClaudeCli.ts"
import type { ClaudeCliCall } from "./ClaudeCliCall.ts"

/** What a program needs in order to start, find its login, and reach the network. Nothing else is passed on. */
const inherited = {
  programs: ["PATH", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP"],
  login: ["HOME", "USER", "LOGNAME", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN"],
  folders: ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"],
  proxies: ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"],
  certificates: ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  windows: ["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"]
}

/** Read from this process itself: an application may keep its own configuration elsewhere. */
const surroundings: Effect.Effect<{ readonly [name: string]: string }> = Effect.suspend(() => {
  const provider = ConfigProvider.fromEnv()
  const read = (name: string) => Config.option(Config.String(name)).parse(provider)
  const names = Object.values(inherited).flat()
  return Effect.all(Object.fromEntries(names.map((name) => [name, read(name)])))
}).pipe(
  Effect.map(Record.getSomes),
  Effect.orElseSucceed(() => ({}))
)

/** No key but the one that is given, no files or memory read, no traffic but the call, and no retries of its own. */
const isolation = {
  CLAUDE_CODE_DISABLE_ATTACHMENTS: "1",
  CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: "1",
  CLAUDE_CODE_MAX_RETRIES: "0"
}

/**
 * The whole environment of a run. It is made, not inherited: of this process's variables only those pass that a program
 * needs to start, to find its login and to reach the network, so that the model's tools see no other key, and no
 * setting of the surroundings changes the request.
 *
 * @see https://code.claude.com/docs/en/env-vars
 */
export const make = (
  { apiKey, env }: ClaudeCliOptions,
  call?: Pick<ClaudeCliCall, "variables">
): Effect.Effect<{ readonly [name: string]: string | Redacted.Redacted | undefined }> =>
  Effect.map(surroundings, (found) => ({
    ...found,
    ...isolation,
    ANTHROPIC_API_KEY: apiKey,
    ...call?.variables,
    ...env
  }))
