import { useSignal } from "@preact/signals"
import { key, urlOf } from "../server/Server.ts"
import { CopyButton } from "../ui/CopyButton.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { draft, draftFiles } from "./Draft.ts"
import { lanes } from "./Lane.ts"
import { type Language, languages, snippet } from "../snippets/Snippet.ts"
import type { Turn } from "./Turn.ts"

/** The request that the playground would send, or else the one that it sent last, as code. */
export const CodeDialog = ({ close }: { readonly close: () => void }) => {
  const language = useSignal<Language>("curl")
  const [lane] = lanes.value
  const before: ReadonlyArray<Turn> = lane?.turns.value ?? []
  const turns: ReadonlyArray<Turn> =
    draft.value === "" && draftFiles.value.length === 0
      ? before.slice(0, before.findLastIndex(({ type }) => type !== "reply") + 1)
      : [...before, { type: "user", text: draft.value, files: draftFiles.value }]
  const body = lane?.bodyOf(turns) ?? { model: "", messages: [] }
  const options = { body, baseUrl: urlOf("v1"), needsKey: key.value !== undefined }
  const code = snippet(language.value, { ...options, isShown: true })
  return (
    <Dialog title="This request as code" close={close} wide>
      <div class="code-head">
        <fieldset class="switch">
          <legend class="hidden">Language</legend>
          {languages.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="language"
                checked={language.value === name}
                onChange={() => (language.value = name)}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
        <CopyButton text={() => snippet(language.value, options)} />
      </div>
      <pre class="snippet" tabIndex={0}>
        <code>{code}</code>
      </pre>
      <p class="fine">
        {key.value === undefined
          ? "This gateway needs no key."
          : "The key is read from the environment variable GATEWAY_API_KEY."}
      </p>
    </Dialog>
  )
}
