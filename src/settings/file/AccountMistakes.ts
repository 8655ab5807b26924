import { settingsOf } from "../build/Accounts.ts"
import { claudeCli, compatible, type Kinds } from "../build/Kinds.ts"
import type { Fail } from "./Contradictions.ts"
import { suggestion } from "./Suggestion.ts"
import { entriesOf, type Tree } from "./Tree.ts"

/** Finds accounts of unknown providers, and options that these do not have. */
export const checkAccount = (name: string, entry: Tree, kinds: Kinds, fail: Fail): void => {
  const id = typeof entry.provider === "string" ? entry.provider : name
  const kind = kinds.get(id)
  const path = ["providers", name]
  if (/[\s/*]/.test(name)) fail(path, "may not contain spaces, / or *, since models are named provider/model", "key")
  if (kind === undefined) {
    const at = entry.provider === undefined ? path : [...path, "provider"]
    const isOwn = entry.provider === undefined && entry.baseUrl !== undefined
    const advice = isOwn
      ? `For a server that speaks OpenAI's API add "provider: ${compatible}"`
      : `An account under a name of your own has "provider: ...", one of those in docs/providers.md`
    fail(
      at,
      `there is no provider ${id}${suggestion(id, kinds.keys())} ${advice}`,
      entry.provider === undefined ? "key" : "value"
    )
    return
  }
  if (name !== id && kinds.has(name))
    fail(path, `is the id of a provider of its own: give this account of ${id} another name`, "key")
  if (id === compatible && name === compatible)
    fail(path, `needs a name of its own: write "my-server: { provider: ${compatible}, baseUrl: ... }"`, "key")
  if (id === compatible && entry.baseUrl === undefined)
    fail(path, `needs a baseUrl: the address of the server, such as "http://localhost:8000/v1"`)
  if (entry.keys !== undefined && entry.key !== undefined)
    fail([...path, "keys"], "replaces key: write all of them under keys", "key")
  else if (entry.keys !== undefined && (id === claudeCli || kind.definition.auth === "none"))
    fail([...path, "keys"], `${id} takes no key`, "key")
  const settings = Object.keys(settingsOf(kind.definition))
  for (const [option] of entriesOf(entry.options)) {
    if (settings.includes(option)) continue
    const known = settings.length === 0 ? `: ${id} has no options` : suggestion(option, settings, "known")
    fail([...path, "options", option], `unknown option of ${id}${known}`, "key")
  }
}
