import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { createHmac } from "node:crypto"
import { isSame } from "../Secrets.ts"

/** The cookie of a session, and that of a login in progress. */
export const sessionCookie = "effect_llm_session"
export const loginCookie = "effect_llm_login"

const Session = Schema.Struct({
  user: Schema.String,
  team: Schema.optionalKey(Schema.String),
  admin: Schema.Boolean,
  untilMillis: Schema.Number
})

export interface Session extends Schema.Schema.Type<typeof Session> {}

const Login = Schema.Struct({
  state: Schema.String,
  nonce: Schema.String,
  verifier: Schema.String,
  untilMillis: Schema.Number
})

export interface Login extends Schema.Schema.Type<typeof Login> {}

const sign = (text: string, purpose: string, secret: Redacted.Redacted): string =>
  createHmac("sha256", Redacted.value(secret)).update(`effect-llm ${purpose}\n${text}`).digest("base64url")

const sealed = (value: Session | Login, purpose: string, secret: Redacted.Redacted): string => {
  const text = Buffer.from(JSON.stringify(value)).toString("base64url")
  return `${text}.${sign(text, purpose, secret)}`
}

const opened = <A extends { readonly untilMillis: number }>(
  schema: Schema.Codec<A>,
  value: string,
  purpose: string,
  secret: Redacted.Redacted,
  nowMillis: number
): A | undefined => {
  const [text = "", signature = ""] = value.split(".", 2)
  const expected = sign(text, purpose, secret)
  if (signature.length !== expected.length || !isSame(signature, expected)) return undefined
  const json = Result.try((): unknown => JSON.parse(Buffer.from(text, "base64url").toString()))
  const decoded = Result.isSuccess(json) ? Schema.decodeUnknownResult(schema)(json.success) : json
  return Result.isSuccess(decoded) && nowMillis < decoded.success.untilMillis ? decoded.success : undefined
}

/** All instances that have the secret of the client know a session by its signature. */
export const seal = (session: Session, secret: Redacted.Redacted): string => sealed(session, "session", secret)
export const open = (value: string, secret: Redacted.Redacted, nowMillis: number): Session | undefined =>
  opened(Session, value, "session", secret, nowMillis)
export const sealLogin = (login: Login, secret: Redacted.Redacted): string => sealed(login, "login", secret)
export const openLogin = (value: string, secret: Redacted.Redacted, nowMillis: number): Login | undefined =>
  opened(Login, value, "login", secret, nowMillis)

/** What a page of ours sends with changes, and no page of others can know. */
export const csrfOf = (value: string, secret: Redacted.Redacted): string => sign(value, "csrf", secret)

/** One of the cookies of a request. */
export const cookieIn = (header: string | undefined, name: string): string | undefined => {
  for (const part of header?.split(";") ?? []) {
    const cookie = part.trim()
    if (cookie.startsWith(`${name}=`)) return cookie.slice(name.length + 1)
  }
  return undefined
}

/** A cookie that no script reads, and that other sites' requests do not carry. */
export const cookie = (name: string, value: string, maxAgeSeconds: number, isSecure: boolean): string =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${isSecure ? "; Secure" : ""}`
