import { signal } from "@preact/signals"
import { csrf, keepKey, key, open, request } from "../server/Server.ts"
import { ServerError, toServerError } from "../server/ServerError.ts"

/** Who uses the page, as the gateway knows them. */
export interface Me {
  readonly id: string
  readonly user?: string
  readonly team?: string
  readonly name?: string
  readonly isAdmin: boolean
  /** What is left of the budgets that hold for this key. */
  readonly remaining?: ReadonlyArray<Remaining>
  readonly csrf?: string
  /** A `session` is known by a cookie, after a login elsewhere. */
  readonly via?: "nothing" | "admin key" | "key" | "token" | "session"
}

export interface Remaining {
  readonly of: "key" | "user" | "team" | "settings"
  readonly id: string
  readonly unit: "usd" | "tokens"
  readonly window: string
  readonly limit: string
  readonly remaining: string
  readonly resetsAtMillis?: number
}

export type Session =
  | { readonly state: "loading" }
  | { readonly state: "signedOut"; readonly reason: ServerError | undefined }
  | { readonly state: "signedIn"; readonly me: Me }
  | { readonly state: "unreachable"; readonly reason: ServerError }

/** How one can sign in, and whether the gateway knows the browser without that. */
export interface SignInMethods {
  readonly login: string | null
  readonly signedIn: boolean
}

/** The path of calls and spend: administrators see everybody's, others their own. */
export const ownPath = (path: string): string => {
  const now = session.value
  return now.state === "signedIn" && now.me.isAdmin ? `admin/${path}` : `admin/me/${path}`
}

export const isAdmin = (): boolean => session.value.state === "signedIn" && session.value.me.isAdmin

export const session = signal<Session>({ state: "loading" })

/** Finds out who the user is, even without a key: the gateway may need none, or know the browser's cookie. */
export const begin = async (): Promise<void> => {
  try {
    if (key.value === undefined && !(await request<SignInMethods>("auth")).signedIn) {
      session.value = { state: "signedOut", reason: undefined }
      return
    }
    const me = await request<Me>("auth/session")
    csrf.value = me.csrf
    session.value = { state: "signedIn", me }
  } catch (thrown) {
    const reason = toServerError(thrown) ?? new ServerError(0, "The request was stopped.")
    if (reason.status !== 401 && reason.status !== 403) session.value = { state: "unreachable", reason }
    else {
      session.value = { state: "signedOut", reason: key.value === undefined ? undefined : reason }
      keepKey(undefined)
    }
  }
}

export const signIn = (value: string): Promise<void> => {
  keepKey(value)
  return begin()
}

export const signOut = async (): Promise<void> => {
  const now = session.value
  if (now.state === "signedIn" && now.me.via === "session") await open("auth/logout", { method: "POST" })
  keepKey(undefined)
  csrf.value = undefined
  session.value = { state: "signedOut", reason: undefined }
}
