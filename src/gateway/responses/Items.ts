import type { Json } from "effect-llm/domain/Json"
import type { WireObject } from "./ResponseStore.ts"

/** The items of the `input` of a request: a text is a message of the user. */
export const itemsOf = (input: unknown): ReadonlyArray<WireObject> =>
  typeof input === "string"
    ? [{ role: "user", content: input }]
    : Array.isArray(input)
      ? input.filter((item): item is WireObject => typeof item === "object" && item !== null && !Array.isArray(item))
      : []

/** The id of an item that stands for one of an earlier response. */
export const referenceOf = ({ content, id, role, type }: WireObject): string | undefined =>
  typeof id === "string" &&
  (type === "item_reference" || (type === undefined && role === undefined && content === undefined))
    ? id
    : undefined

/** An item as lists of items show it: with an id and a status, and with content in parts. */
export const listed = (item: WireObject, id: string): WireObject => {
  const isMessage = item.type === "message" || (item.type === undefined && item.role !== undefined)
  if (!isMessage) return withStatus({ id, ...item })
  const text =
    item.role === "assistant" ? { type: "output_text", annotations: [], logprobs: [] } : { type: "input_text" }
  const content: Json =
    typeof item.content === "string"
      ? [{ ...text, text: item.content }]
      : Array.isArray(item.content)
        ? (item.content as ReadonlyArray<WireObject>).map((part) =>
            part.type === "input_image" ? Object.assign({ detail: "auto" }, part) : part
          )
        : []
  return withStatus({ id, ...item, type: "message", content })
}

const withStatus = (item: WireObject): WireObject => ({ ...item, status: item.status ?? "completed" })
