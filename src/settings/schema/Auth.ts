import * as Schema from "effect/Schema"
import { Duration, Name, Secret, Url } from "./Scalars.ts"
import { optional, required } from "./Setting.ts"

const Names = Schema.Array(Name)

const Jwt = Schema.Struct({
  issuer: required(Url, "Who issues the tokens: their `iss`"),
  audience: required(Name, "Whom they are issued for: their `aud`"),
  jwks: required(Url, "The address of the public keys that verify them")
}).annotate({ identifier: "Jwt", description: "Tokens that callers may send instead of keys" })

const Oidc = Schema.Struct({
  issuer: required(Url, "The address of the OpenID provider, from which its discovery document is read"),
  clientId: required(Name, "The id of the client, as the OpenID provider knows it"),
  clientSecret: required(Secret, "The secret of the client, as ${NAME}; sessions are signed with it"),
  redirectUrl: required(Url, "The address of the gateway for browsers, with /auth/callback"),
  scopes: optional(Names, "Default: openid, profile, email"),
  session: optional(Duration, "How long a session lasts. Default: 8h"),
  tokenEndpointAuthMethod: optional(
    Schema.Literals(["client_secret_basic", "client_secret_post"]),
    "How the OpenID provider wants the secret of this client. Default: client_secret_post if its discovery document names it, else client_secret_basic"
  )
}).annotate({ identifier: "Oidc", description: "Login to the page with an OpenID provider" })

const Claims = Schema.Struct({
  user: optional(Name, "The claim that is the id of the user. Default: sub"),
  team: optional(Name, "The claim that is the id of the team"),
  admin: optional(
    Schema.Struct({
      claim: required(Name, "The name of the claim, such as groups"),
      values: required(Names, "One of these has to be among its values")
    }),
    "The claim, and its values, of those who may use the admin API. Default: nobody"
  )
}).annotate({ identifier: "Claims", description: "How the claims of tokens and logins are read" })

/** Authentication by an identity provider. */
export const Auth = Schema.Struct({
  jwt: Schema.optionalKey(Jwt),
  oidc: Schema.optionalKey(Oidc),
  claims: Schema.optionalKey(Claims)
}).annotate({
  identifier: "Auth",
  description: "Callers and administrators of a gateway who sign in elsewhere and need no key"
})

export interface Auth extends Schema.Schema.Type<typeof Auth> {}
