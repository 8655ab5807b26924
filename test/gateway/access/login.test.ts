import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import * as jose from "jose"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporary } from "../../cli/cli.ts"
import { proxyTo } from "../../transport/proxy.ts"
import { gateway } from "../gateway.ts"
import { served } from "../operations/process.ts"
import { access, messageOf, models, received } from "./access.ts"
import { provider } from "./provider.ts"

const auth = (issuer: string, gatewayUrl = "http://127.0.0.1:4000") => `
auth:
  jwt: { issuer: "${issuer}", audience: models, jwks: "${issuer}/jwks" }
  oidc: { issuer: "${issuer}", clientId: gateway, clientSecret: the-secret-of-the-client, redirectUrl: "${gatewayUrl}/auth/callback" }
  claims: { team: team, admin: { claim: groups, values: [llm-admins] } }
`

describe("a token of an issuer", () => {
  it.live("acts for the user that it names, with the permissions of that user and the team", () =>
    Effect.gen(function* () {
      const { issuer, sign } = yield* provider
      const { isOpen, teams, withKey } = yield* access(models + auth(issuer))
      assert.isFalse(isOpen())
      yield* teams.create({ id: "core", models: ["a"] })
      const caller = yield* withKey(yield* Effect.promise(() => sign({ sub: "bob", team: "core" }, "models")))
      assert.deepStrictEqual(
        { user: caller.user, team: caller.team, isAdmin: caller.isAdmin, via: caller.via },
        { user: "bob", team: "core", isAdmin: false, via: "token" }
      )
      assert.deepStrictEqual(["a", "b"].filter(caller.permits), ["a"])
      const admin = yield* withKey(
        yield* Effect.promise(() => sign({ sub: "eve", groups: ["staff", "llm-admins"] }, "models"))
      )
      assert.isTrue(admin.isAdmin)
    })
  )

  it.live(
    "is rejected if forged, for another audience, expired, unsigned, without a user, or with unknown critical headers",
    () =>
      Effect.gen(function* () {
        const { issuer, sign } = yield* provider
        const { withKey } = yield* access(models + auth(issuer))
        const forger = yield* Effect.promise(() => jose.generateKeyPair("ES256"))
        const unsigned = [{ alg: "none" }, { sub: "bob", iss: issuer, aud: "models", exp: 9e9 }]
          .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
          .join(".")
        const tokens = yield* Effect.promise(() =>
          Promise.all([
            sign({ sub: "bob" }, "models", "1h", forger.privateKey),
            sign({ sub: "bob" }, "others"),
            sign({ sub: "bob" }, "models", "-1h"),
            sign({ sub: "bob" }, "models", "-1m"),
            sign({}, "models"),
            // A critical header that this verifier does not know.
            new jose.SignJWT({ sub: "bob" })
              .setProtectedHeader({ alg: "ES256", kid: "1", crit: ["acme"], acme: 1 })
              .setExpirationTime("1h")
              .sign(forger.privateKey, { crit: { acme: true } })
          ])
        )
        for (const token of [...tokens, `${unsigned}.x`]) {
          const refused = yield* Effect.flip(withKey(token))
          assert.strictEqual(refused.status, 401)
          assert.notInclude(refused.message, token)
        }
      })
  )

  it.live("is valid although its issuer's clock is some seconds off", () =>
    Effect.gen(function* () {
      const { issuer, sign } = yield* provider
      const { withKey } = yield* access(models + auth(issuer))
      const late = yield* Effect.promise(() => sign({ sub: "bob" }, "models", "-5s"))
      assert.strictEqual((yield* withKey(late)).user, "bob")
      const soon = Math.floor(Date.now() / 1000) + 5
      const early = yield* Effect.promise(() => sign({ sub: "eve", nbf: soon }, "models"))
      assert.strictEqual((yield* withKey(early)).user, "eve")
    })
  )

  it.live("without a key id is verified with each key of its issuer", () =>
    Effect.gen(function* () {
      const { issuer, sign, state } = yield* provider
      const pairs = yield* Effect.promise(() =>
        Promise.all([1, 2, 3].map(() => jose.generateKeyPair("ES256", { extractable: true })))
      )
      const [first, second, forger] = pairs
      state.otherKeys = yield* Effect.promise(() =>
        Promise.all([first, second].flatMap((pair) => (pair === undefined ? [] : [jose.exportJWK(pair.publicKey)])))
      )
      const { withKey } = yield* access(models + auth(issuer))
      const signed = (audience: string, pair: typeof first) =>
        Effect.promise(() => sign({ sub: "bob" }, audience, "1h", pair?.privateKey, ""))
      for (const pair of [first, second, undefined])
        assert.strictEqual((yield* withKey(yield* signed("models", pair))).user, "bob")
      for (const token of [yield* signed("models", forger), yield* signed("others", second)])
        assert.strictEqual((yield* Effect.flip(withKey(token))).status, 401)
    })
  )

  it.live("gets 503 instead of 401 while its issuer is down, which is logged once", () =>
    Effect.gen(function* () {
      const { issuer, sign, stop } = yield* provider
      const lines: Array<string> = []
      const { withKey } = yield* access(models + auth(issuer))
      stop()
      const token = yield* Effect.promise(() => sign({ sub: "bob" }, "models"))
      for (let call = 0; call < 2; call++) {
        const refused = yield* Effect.provide(Effect.flip(withKey(token)), logging(lines))
        assert.strictEqual(refused.status, 503)
      }
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], `${issuer}/jwks`)
      assert.include(lines[0], "ECONNREFUSED")
    })
  )
})

const logging = (lines: Array<string>) => Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])

/** Signs in as a browser does, and gives the last response. */
const signedIn = (url: string) =>
  Effect.promise(async () => {
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(new URL(path, url), { headers, redirect: "manual" })
    const begun = await get("/auth/login")
    if (begun.status !== 302) return { status: begun.status, text: await begun.text() }
    const back = new URL((await get(begun.headers.get("location") ?? "")).headers.get("location") ?? "")
    const done = await get(back.pathname + back.search, {
      cookie: begun.headers.get("set-cookie")?.split(";")[0] ?? ""
    })
    return { status: done.status, text: await done.text() }
  })

describe("a login at an OpenID provider", () => {
  it.live("gives the page a session, protected against cross-site requests", () =>
    Effect.gen(function* () {
      const { issuer, state } = yield* provider
      const { url } = yield* gateway(`models: { a: openai/gpt-5.4-mini }\n${auth(issuer)}`)
      const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
        Effect.promise(() => fetch(new URL(path, url), { method, headers, redirect: "manual" }))
      const cookieOf = (response: Response) => response.headers.get("set-cookie")?.split(";")[0] ?? ""
      const signIn = Effect.gen(function* () {
        const begun = yield* get("/auth/login")
        const asked = yield* get(begun.headers.get("location") ?? "")
        const back = new URL(asked.headers.get("location") ?? "")
        const path = back.pathname + back.search
        assert.strictEqual((yield* get(path)).status, 401)
        return yield* get(path, { cookie: cookieOf(begun) })
      })
      const methods = yield* get("/auth")
      assert.deepStrictEqual(yield* Effect.promise(() => methods.json()), { login: "/auth/login", signedIn: false })
      const done = yield* signIn
      assert.strictEqual(done.status, 302)
      assert.match(done.headers.get("set-cookie") ?? "", /HttpOnly; SameSite=Lax/)
      const cookie = cookieOf(done)
      const me = yield* Effect.promise(async () => (await fetch(`${url}/auth/session`, { headers: { cookie } })).json())
      assert.deepInclude(me, { user: "ann", team: "core", isAdmin: true, via: "session" })
      const known = yield* get("/auth", { cookie })
      assert.isTrue((yield* Effect.promise(() => known.json())).signedIn)
      assert.strictEqual((yield* get("/auth/logout", { cookie }, "POST")).status, 403)
      assert.strictEqual((yield* get("/auth/logout", { cookie, "x-effect-llm-csrf": "x" }, "POST")).status, 403)
      const out = yield* get("/auth/logout", { cookie, "x-effect-llm-csrf": String(me.csrf) }, "POST")
      assert.include(out.headers.get("set-cookie"), "Max-Age=0")
      const forged = cookie.replace(/.$/, (last) => (last === "A" ? "B" : "A"))
      assert.strictEqual((yield* get("/auth/session", { cookie: forged })).status, 401)
      state.claims = { sub: "bob" }
      const bob = cookieOf(yield* signIn)
      const he = yield* Effect.promise(async () =>
        (await fetch(`${url}/auth/session`, { headers: { cookie: bob } })).json()
      )
      assert.deepInclude(he, { user: "bob", isAdmin: false })
      state.isForged = true
      assert.strictEqual((yield* signIn).status, 401)
    })
  )
  it.live("sends the secret as the discovery document or the settings say", () =>
    Effect.gen(function* () {
      const { issuer, state } = yield* provider
      const settings = (method = "") =>
        `models: { a: openai/gpt-5.4-mini }\n${auth(issuer).replace("clientSecret:", `${method}clientSecret:`)}`
      const plain = yield* gateway(settings())
      const inHeader = yield* gateway(settings("tokenEndpointAuthMethod: client_secret_basic, "))
      const inBody = yield* gateway(settings("tokenEndpointAuthMethod: client_secret_post, "))
      const both = ["client_secret_basic", "client_secret_post"]
      const statuses = (url: string) =>
        Effect.forEach([undefined, both, ["client_secret_basic"], ["client_secret_post"]], (methods) => {
          state.methods = methods
          return Effect.map(signedIn(url), ({ status }) => status)
        })
      assert.deepStrictEqual(yield* statuses(plain.url), [302, 401, 302, 401])
      assert.deepStrictEqual(yield* statuses(inHeader.url), [302, 302, 302, 302])
      state.secretIn = "body"
      assert.deepStrictEqual(yield* statuses(plain.url), [401, 302, 401, 302])
      assert.deepStrictEqual(yield* statuses(inBody.url), [302, 302, 302, 302])
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("that fails is logged with the provider's error, without secrets", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const { issuer, state, stop } = yield* provider
      const settings = `models: { a: openai/gpt-5.4-mini }\n${auth(issuer)}`
      const { url } = yield* gateway(settings.replace("the-secret-of-the-client", "not-the-secret-of-the-client"))
      const refused = yield* signedIn(url)
      assert.strictEqual(refused.status, 401)
      assert.include(refused.text, "the log of this gateway says why")
      assert.include(lines.at(-1), `A login at ${issuer} failed`)
      assert.include(lines.at(-1), "invalid_client: not the client")
      state.isForged = true
      yield* signedIn((yield* gateway(settings)).url)
      assert.include(lines.at(-1), "signature")
      const misnamed = yield* gateway(settings.replaceAll(issuer, issuer.replace("127.0.0.1", "localhost")))
      assert.strictEqual((yield* signedIn(misnamed.url)).status, 503)
      assert.include(lines.at(-1), "issuer does not match")
      stop()
      assert.strictEqual((yield* signedIn(url)).status, 503)
      assert.include(lines.at(-1), "(auth.oidc.issuer) gives no discovery document")
      assert.notInclude(lines.join("\n"), "the-secret-of-the-client")
    }).pipe(Effect.provide(logging(lines)))
  })
})

describe("the key of the administrator", () => {
  it.effect("that is easy to guess prevents the start of a gateway", () =>
    Effect.gen(function* () {
      for (const key of [
        "sk-1234",
        "admin",
        "password",
        "changeme",
        "short",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "change-me-change-me"
      ]) {
        const message = yield* messageOf(Effect.scoped(access(models, { env: { EFFECT_LLM_ADMIN_KEY: key } })))
        assert.include(message, "openssl rand")
        assert.isFalse(key.length > 8 && message.includes(key))
      }
    })
  )

  it.effect("is accepted in every header for keys, and no other key is", () =>
    Effect.gen(function* () {
      const key = "an-administrator-of-this-test"
      const { authenticate } = yield* access(models, { env: { EFFECT_LLM_ADMIN_KEY: key } })
      for (const headers of [
        { authorization: `Bearer ${key}` },
        { "x-api-key": key },
        { "x-goog-api-key": key },
        { "api-key": key }
      ])
        assert.isTrue((yield* authenticate(received("/admin/keys", headers))).isAdmin)
      assert.strictEqual(
        (yield* Effect.flip(authenticate(received("/admin/keys", { "x-api-key": `${key}x` })))).status,
        401
      )
    })
  )
})

describe("an identity provider behind a proxy", () => {
  it.live("is called through the proxy of the environment, as models are", () =>
    Effect.gen(function* () {
      const { issuer, sign } = yield* provider
      const proxy = yield* proxyTo(Number(new URL(issuer).port))
      const cwd = yield* temporary
      writeFileSync(join(cwd, "settings.yaml"), `models: { a: openai/x }\nserver: { port: 0 }\n${auth(issuer)}`)
      const { url } = yield* served([], { cwd, env: { HTTP_PROXY: proxy.url, OPENAI_API_KEY: "sk-openai" } })
      const token = yield* Effect.promise(() => sign({ sub: "bob" }, "models"))
      const get = (path: string) =>
        Effect.promise(() =>
          fetch(url + path, { headers: { authorization: `Bearer ${token}` }, redirect: "manual" }).then(
            ({ status }) => status
          )
        )
      assert.deepStrictEqual([yield* get("/v1/models"), yield* get("/auth/login")], [200, 302])
      assert.deepStrictEqual(proxy.asked, [`${issuer}/jwks`, `${issuer}/.well-known/openid-configuration`])
    })
  )
})
