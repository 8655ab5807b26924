import { signal } from "@preact/signals"
import type { Attachment } from "./Attachment.ts"

/** The prompt that is being written, which stays when another place is opened. */
export const draft = signal("")
export const draftFiles = signal<ReadonlyArray<Attachment>>([])
