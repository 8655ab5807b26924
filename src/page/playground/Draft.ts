import { signal } from "@preact/signals"
import type { Attachment } from "./Attachment.ts"

/** The prompt that is being written; it stays when one looks at another place of the page. */
export const draft = signal("")
export const draftFiles = signal<ReadonlyArray<Attachment>>([])
