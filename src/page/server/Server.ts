import { signal } from "@preact/signals"
import { errorOf } from "./ServerError.ts"

const storedKey = "effect-llm-key"

/** The key of the session, kept until the tab is closed, and sent to this gateway only. */
export const key = signal<string | undefined>(sessionStorage.getItem(storedKey) ?? undefined)

/** The token that a session by cookie sends with changes, so that no other site can make them. */
export const csrf = signal<string | undefined>(undefined)

export const keepKey = (value: string | undefined): void => {
  key.value = value
  if (value === undefined) sessionStorage.removeItem(storedKey)
  else sessionStorage.setItem(storedKey, value)
}

/** The address of an endpoint; the gateway may be served below a path of another server. */
export const urlOf = (path: string): string => new URL(path, document.baseURI).href

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  readonly headers?: { readonly [name: string]: string }
}

/** A successful response; anything else is thrown as a `ServerError`. */
export const open = async (path: string, { body, headers, method, signal }: RequestOptions = {}): Promise<Response> => {
  const response = await fetch(urlOf(path), {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key.value !== undefined && { authorization: `Bearer ${key.value}` }),
      ...(csrf.value !== undefined && { "x-effect-llm-csrf": csrf.value }),
      ...headers
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
    cache: "no-store",
    referrerPolicy: "no-referrer"
  })
  if (!response.ok) throw await errorOf(response)
  return response
}

/** The JSON of a response. Its shape is the endpoint's promise. */
export const request = async <A>(path: string, options?: RequestOptions): Promise<A> => {
  const response = await open(path, options)
  const text = await response.text()
  return (text === "" ? undefined : JSON.parse(text)) as A
}
