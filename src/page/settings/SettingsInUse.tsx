import { useSignal } from "@preact/signals"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { type ServerError, toServerError } from "../server/ServerError.ts"
import { Heading } from "../ui/Heading.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Code } from "../ui/Markdown.tsx"
import { Failed, Notice } from "../ui/Notice.tsx"

export const SettingsInUse = () => {
  const inUse = useResource("settings", (signal) =>
    request<{ readonly settings: unknown }>("admin/settings", { signal })
  )
  const changes = useSignal<ReadonlyArray<string> | undefined>(undefined)
  const error = useSignal<ServerError | undefined>(undefined)
  const reload = async () => {
    try {
      const { difference } = await request<{ readonly difference: ReadonlyArray<string> }>("admin/reload", {
        method: "POST"
      })
      changes.value = difference
      error.value = undefined
      void inUse.reload()
    } catch (thrown) {
      error.value = toServerError(thrown)
    }
  }
  return (
    <>
      <Heading
        title="Settings"
        says="The settings in use, without their secrets. The file is the truth: change it there."
      >
        <button type="button" onClick={reload}>
          Reload the file
        </button>
      </Heading>
      {error.value !== undefined && <Failed error={error.value} />}
      {changes.value !== undefined && (
        <Notice kind="info">
          {changes.value.length === 0 ? (
            "The file was read again. Nothing has changed."
          ) : (
            <ul class="mono">
              {changes.value.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )}
        </Notice>
      )}
      <Loaded of={inUse}>
        {({ settings }) => <Code language="settings" code={JSON.stringify(settings, null, 2)} />}
      </Loaded>
    </>
  )
}
