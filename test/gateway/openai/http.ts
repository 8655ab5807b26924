import { Effect } from "effect"

export type Json = ReturnType<typeof JSON.parse>

/** What a request with a key is responded to with. */
export interface Responded {
  readonly status: number
  readonly headers: Headers
  readonly body: Json
}

/** Sends requests of the holder of a key; responds with JSON, or with the text where it is none. */
export const holder =
  (url: string, key: string, headers: { readonly [name: string]: string } = {}) =>
  (method: string, path: string, body?: object) =>
    Effect.promise(async (signal): Promise<Responded> => {
      const isForm = body instanceof FormData
      const response = await fetch(url + path, {
        method,
        signal,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined || isForm ? {} : { "content-type": "application/json" }),
          ...headers
        },
        ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) })
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: jsonOf(text) }
    })

const jsonOf = (text: string): Json => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
