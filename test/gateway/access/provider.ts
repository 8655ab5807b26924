/** An OpenID provider on this machine, which signs real tokens and checks what a client must send. */
import { Effect } from "effect"
import * as jose from "jose"
import { createHash } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export const provider = Effect.acquireRelease(
  Effect.promise(async () => {
    const { privateKey, publicKey } = await jose.generateKeyPair("ES256")
    const jwk = { ...(await jose.exportJWK(publicKey)), kid: "1", alg: "ES256", use: "sig" }
    const codes = new Map<string, URLSearchParams>()
    let issuer = ""
    const sign = (
      claims: Record<string, unknown>,
      audience: string,
      expires = "1h",
      key: jose.CryptoKey = privateKey,
      kid: string | undefined = "1"
    ) =>
      new jose.SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", ...(kid !== "" && { kid }) })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(key)
    const others = await jose.generateKeyPair("ES256")
    const state = {
      claims: { sub: "ann", team: "core", groups: ["llm-admins"] } as Record<string, unknown>,
      /** How it wants the secret of the client, and what its discovery document says of that. */
      secretIn: "header" as "header" | "body",
      methods: undefined as ReadonlyArray<string> | undefined,
      /** Keys that it publishes beside its own. */
      otherKeys: [] as ReadonlyArray<jose.JWK>,
      /** Whether tokens are signed by somebody else. */
      isForged: false
    }
    const secretOf = (form: URLSearchParams, authorization = ""): string | null =>
      state.secretIn === "body"
        ? form.get("client_secret")
        : decodeURIComponent(Buffer.from(authorization.slice("Basic ".length), "base64").toString().split(":")[1] ?? "")
    const server = createServer((request, response): unknown => {
      const url = new URL(request.url ?? "/", issuer)
      const send = (value: unknown, status = 200) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value))
      if (url.pathname === "/.well-known/openid-configuration")
        return send({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["ES256"],
          code_challenge_methods_supported: ["S256"],
          token_endpoint_auth_methods_supported: state.methods
        })
      if (url.pathname === "/jwks") return send({ keys: [...state.otherKeys, jwk] })
      if (url.pathname === "/authorize") {
        const code = crypto.randomUUID()
        codes.set(code, url.searchParams)
        const back = new URL(url.searchParams.get("redirect_uri") ?? "")
        back.search = new URLSearchParams({ code, state: url.searchParams.get("state") ?? "" }).toString()
        return response.writeHead(302, { location: back.href }).end()
      }
      let body = ""
      request.on("data", (chunk) => (body += chunk))
      request.on("end", async () => {
        const form = new URLSearchParams(body)
        const asked = codes.get(form.get("code") ?? "")
        codes.delete(form.get("code") ?? "")
        const challenge = createHash("sha256")
          .update(form.get("code_verifier") ?? "")
          .digest("base64url")
        const isRight =
          asked !== undefined &&
          secretOf(form, request.headers.authorization) === "the-secret-of-the-client" &&
          challenge === asked.get("code_challenge")
        if (!isRight) return send({ error: "invalid_client", error_description: "not the client" }, 401)
        const key = state.isForged ? others.privateKey : privateKey
        const id_token = await sign({ ...state.claims, nonce: asked.get("nonce") }, "gateway", "1h", key)
        return send({ access_token: "opaque", token_type: "bearer", id_token })
      })
      return undefined
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { issuer, sign, state, stop: () => server.close().closeAllConnections() }
  }),
  ({ stop }) => Effect.sync(stop)
)
