/** An error of the gateway, or of the connection to it. */
export class ServerError extends Error {
  override readonly name = "ServerError"
  /** 0: the gateway could not be reached. */
  readonly status: number
  readonly requestId: string | undefined

  constructor(status: number, message: string, requestId?: string) {
    super(message)
    this.status = status
    this.requestId = requestId
  }
}

const record = (value: unknown): { readonly [key: string]: unknown } | undefined =>
  typeof value === "object" && value !== null ? (value as { readonly [key: string]: unknown }) : undefined

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

/** The sentence in the body of an error, whichever endpoint wrote it. */
export const messageIn = (body: string): string | undefined => {
  try {
    const parsed = record(JSON.parse(body))
    return text(record(parsed?.error)?.message) ?? text(parsed?.message) ?? text(parsed?.error) ?? text(parsed?.detail)
  } catch {
    return undefined
  }
}

/** The error for a non-2xx response. */
export const errorOf = async (response: Response): Promise<ServerError> => {
  const body = await response.text().catch(() => "")
  const message = messageIn(body) ?? `The gateway responded with status ${response.status}.`
  return new ServerError(response.status, message, response.headers.get("x-request-id") ?? undefined)
}

/** Anything thrown, as an error to show; `undefined` for a request that was aborted. */
export const toServerError = (thrown: unknown): ServerError | undefined => {
  if (thrown instanceof ServerError) return thrown
  if (thrown instanceof DOMException && thrown.name === "AbortError") return undefined
  if (thrown instanceof TypeError) return new ServerError(0, "The gateway cannot be reached. Is it still running?")
  return new ServerError(0, thrown instanceof Error ? thrown.message : String(thrown))
}
