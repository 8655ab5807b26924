import type { Part } from "./Message.ts"

/** A file that goes with a message, within the request. */
export interface Attachment {
  readonly name: string
  readonly type: string
  readonly bytes: number
  readonly dataUrl: string
}

/** The largest file, so that a request stays below the gateway's 32 MB. */
const mostBytes = 20_000_000

export const isImage = ({ type }: Attachment): boolean => type.startsWith("image/")

const textual = /^text\/|[/+](json|xml|yaml|csv|javascript|typescript)$/

/** Reads a file; rejects with a sentence when it is too large. */
export const attach = (file: File): Promise<Attachment> => {
  const { name, size: bytes } = file
  if (bytes > mostBytes) return Promise.reject(new Error(`${name} is larger than ${mostBytes / 1_000_000} MB.`))
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener("load", () =>
      resolve({ name, type: file.type || "text/plain", bytes, dataUrl: String(reader.result) })
    )
    reader.addEventListener("error", () => reject(new Error(`${name} cannot be read.`)))
    reader.readAsDataURL(file)
  })
}

const base64Of = (dataUrl: string): string => dataUrl.slice(dataUrl.indexOf(",") + 1)

const utf8 = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))

/** The part of a chat message that holds a file: an image, a recording, the text of a text file, or the file itself. */
export const partOf = (file: Attachment): Part => {
  const { dataUrl, name, type } = file
  if (isImage(file)) return { type: "image_url", image_url: { url: dataUrl } }
  if (type === "audio/mpeg" || type === "audio/wav" || type === "audio/x-wav")
    return {
      type: "input_audio",
      input_audio: { data: base64Of(dataUrl), format: type === "audio/mpeg" ? "mp3" : "wav" }
    }
  if (textual.test(type)) return { type: "text", text: `${name}:\n\n${utf8(base64Of(dataUrl))}` }
  return { type: "file", file: { filename: name, file_data: dataUrl } }
}
