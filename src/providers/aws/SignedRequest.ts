import * as Clock from "effect/Clock"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import type { Authorize } from "../../client/ProviderDefinition.ts"
import { AuthenticationError } from "../../domain/CallErrors.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import * as ConfigErrors from "../../transport/ConfigErrors.ts"
import type { AwsCredentials } from "./CredentialSources.ts"

/** Other headers are not signed, since the HTTP client may change them. */
const signed = /^(?:content-type|x-amzn?-.*)$/

/** Loads the signer, an optional package, when the layer is built. */
export const loadSigner: Effect.Effect<typeof import("@smithy/signature-v4"), Config.ConfigError> =
  ConfigErrors.loadPeer("signing for AWS", "@smithy/signature-v4", () =>
    import("@smithy/signature-v4").catch(ConfigErrors.absent)
  )

/**
 * Signs requests with Signature Version 4.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export const signWith = (
  credentials: Effect.Effect<AwsCredentials, ProviderError>,
  options: { readonly provider: string; readonly service: string; readonly region: string }
): Authorize => {
  const { provider, region, service } = options
  return Effect.fnUntraced(function* (request) {
    const { SignatureV4 } = yield* Effect.orDie(loadSigner)
    const { accessKeyId, sessionToken, value } = yield* credentials
    const now = yield* Clock.currentTimeMillis
    const url = new URL(request.url)
    const signer = new SignatureV4({
      service,
      region,
      sha256: WebSha256,
      applyChecksum: false,
      credentials: {
        accessKeyId,
        secretAccessKey: Redacted.value(value),
        ...(sessionToken === undefined ? {} : { sessionToken: Redacted.value(sessionToken) })
      }
    })
    const headers: Record<string, string> = { host: url.host }
    for (const [name, value] of Object.entries(request.headers)) if (signed.test(name)) headers[name] = value
    const { headers: digest } = yield* Effect.tryPromise({
      try: () =>
        signer.sign(
          {
            method: request.method,
            protocol: url.protocol,
            hostname: url.hostname,
            path: url.pathname,
            query: Object.fromEntries(url.searchParams),
            headers,
            ...(request.body._tag === "Uint8Array" ? { body: request.body.body } : {})
          },
          { signingDate: new Date(now) }
        ),
      catch: () =>
        new AuthenticationError({ provider, detail: "the request could not be signed with these credentials" })
    })
    const { host: _, ...rest } = digest
    return HttpClientRequest.setHeaders(request, rest)
  })
}

type Data = string | ArrayBuffer | ArrayBufferView

const encoder = new TextEncoder()

const bytesOf = (data: Data): Uint8Array<ArrayBuffer> => {
  if (typeof data === "string") return encoder.encode(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

/** SHA-256, or HMAC with a secret, by Web Crypto. */
export class WebSha256 {
  readonly #secret: Data | undefined
  #chunks: Array<Uint8Array<ArrayBuffer>> = []

  constructor(secret?: Data) {
    this.#secret = secret
  }

  update(data: Data): void {
    this.#chunks.push(bytesOf(data))
  }

  reset(): void {
    this.#chunks = []
  }

  digest(): Promise<Uint8Array> {
    const { subtle } = globalThis.crypto
    const data = this.#joined()
    const digest =
      this.#secret === undefined
        ? subtle.digest("SHA-256", data)
        : subtle
            .importKey("raw", bytesOf(this.#secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
            .then((key) => subtle.sign("HMAC", key, data))
    return digest.then((bytes) => new Uint8Array(bytes))
  }

  #joined(): Uint8Array<ArrayBuffer> {
    const [first] = this.#chunks
    if (first !== undefined && this.#chunks.length === 1) return first
    const joined = new Uint8Array(this.#chunks.reduce((size, chunk) => size + chunk.length, 0))
    let offset = 0
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset)
      offset += chunk.length
    }
    return joined
  }
}
