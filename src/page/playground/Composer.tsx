import { useSignal } from "@preact/signals"
import { useRef } from "preact/hooks"
import { fileSize } from "../Format.ts"
import { Icon } from "../ui/Icon.tsx"
import { Notice } from "../ui/Notice.tsx"
import { type Attachment, attach, isImage } from "./Attachment.ts"
import { draft, draftFiles } from "./Draft.ts"
import { isRunning, lanes, sendToAll, stopAll } from "./Lane.ts"
import { schemaProblem, toolsProblem } from "./Setup.ts"

/** Where the prompt is written: Enter sends it, Shift and Enter break a line, Escape stops the responses. */
export const Composer = ({ sent }: { readonly sent: () => void }) => {
  const problem = useSignal<string | undefined>(undefined)
  const picker = useRef<HTMLInputElement>(null)
  const blocked = toolsProblem.value ?? schemaProblem.value
  const canSend =
    blocked === undefined &&
    !isRunning.value &&
    (draft.value.trim() !== "" || draftFiles.value.length > 0) &&
    lanes.value.some(({ model }) => model.value.trim() !== "")

  const add = async (files: Iterable<File>) => {
    problem.value = undefined
    const results = await Promise.allSettled([...files].map(attach))
    const added = results.flatMap((result): ReadonlyArray<Attachment> =>
      result.status === "fulfilled" ? [result.value] : []
    )
    draftFiles.value = [...draftFiles.value, ...added]
    const failed = results.find((result) => result.status === "rejected")
    if (failed !== undefined) problem.value = (failed.reason as Error).message
  }
  const send = () => {
    if (!canSend) return
    sendToAll(draft.value, draftFiles.value)
    draft.value = ""
    draftFiles.value = []
    sent()
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => (event.preventDefault(), send())}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => (event.preventDefault(), void add(event.dataTransfer?.files ?? []))}
    >
      {(problem.value ?? blocked) !== undefined && <Notice kind="bad">{problem.value ?? blocked}</Notice>}
      {draftFiles.value.length > 0 && (
        <ul class="files">
          {draftFiles.value.map((file) => (
            <li key={file.name} class="chip">
              {isImage(file) && <img src={file.dataUrl} alt="" />}
              {file.name} <span class="muted">{fileSize(file.bytes)}</span>
              <button
                type="button"
                class="quiet"
                aria-label={`Remove ${file.name}`}
                onClick={() => (draftFiles.value = draftFiles.value.filter((other) => other !== file))}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="composer-row">
        <button type="button" class="quiet" aria-label="Attach images or files" onClick={() => picker.current?.click()}>
          <Icon name="attach" />
        </button>
        <input
          ref={picker}
          type="file"
          multiple
          class="hidden"
          tabIndex={-1}
          aria-label="Files"
          onChange={(event) => {
            void add(event.currentTarget.files ?? [])
            event.currentTarget.value = ""
          }}
        />
        <textarea
          aria-label="Prompt"
          placeholder="Write a prompt"
          rows={1}
          autofocus
          value={draft.value}
          onInput={(event) => (draft.value = event.currentTarget.value)}
          onPaste={(event) => {
            const { files } = event.clipboardData ?? { files: [] }
            if (files.length > 0) void add(files)
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") stopAll()
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
            event.preventDefault()
            send()
          }}
        />
        {isRunning.value ? (
          <button type="button" class="primary round" aria-label="Stop" onClick={stopAll}>
            <Icon name="stop" />
          </button>
        ) : (
          <button type="submit" class="primary round" aria-label="Send" disabled={!canSend}>
            <Icon name="send" />
          </button>
        )}
      </div>
    </form>
  )
}
