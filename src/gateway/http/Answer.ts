import type * as Pull from "effect/Pull"

/** The bytes of a response: all at once, or as they are made until the pull is done. It has no errors: a stream says in its own words that it failed. */
export type AnswerBody = string | Uint8Array | Pull.Pull<ReadonlyArray<string | Uint8Array>>

/** The headers of a response, by names in lower case. */
export type AnswerHeaders = { readonly [name: string]: string }

/** A response as it goes out, whatever server it goes through. */
export interface Answer {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body?: AnswerBody | undefined
  /** Writes the end of a body in pieces that cannot be waited for, so that no client takes it for whole. */
  readonly ending?: (() => string | Uint8Array) | undefined
}

/** A JSON response. */
export const json = (
  value: unknown,
  { headers, status = 200 }: { readonly status?: number; readonly headers?: { readonly [name: string]: string } } = {}
): Answer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value)
})
