import * as Schema from "effect/Schema"
import { Duration, Name, Secret, Url } from "./Scalars.ts"

const Names = Schema.Array(Name)

const Jwt = Schema.Struct({
  issuer: Url.annotateKey({ description: "Who issues the tokens: their `iss`" }),
  audience: Name.annotateKey({ description: "Whom they are issued for: their `aud`" }),
  jwks: Url.annotateKey({ description: "The address of the public keys that verify them" })
}).annotate({ identifier: "Jwt", description: "Tokens that callers may send instead of keys" })

const Oidc = Schema.Struct({
  issuer: Url.annotateKey({
    description: "The address of the OpenID provider, from which its discovery document is read"
  }),
  clientId: Name,
  clientSecret: Secret.annotateKey({
    description: "The secret of the client, as ${NAME}; sessions are signed with it"
  }),
  redirectUrl: Url.annotateKey({ description: "The address of the gateway for browsers, with /auth/callback" }),
  scopes: Schema.optionalKey(Names).annotateKey({ description: "Default: openid, profile, email" }),
  session: Schema.optionalKey(Duration).annotateKey({ description: "How long a session lasts. Default: 8h" })
}).annotate({ identifier: "Oidc", description: "Login to the page with an OpenID provider" })

const Claims = Schema.Struct({
  user: Schema.optionalKey(Name).annotateKey({ description: "The claim that is the id of the user. Default: sub" }),
  team: Schema.optionalKey(Name).annotateKey({ description: "The claim that is the id of the team" }),
  admin: Schema.optionalKey(Schema.Struct({ claim: Name, values: Names })).annotateKey({
    description: "The claim, and its values, of those who may use the admin API. Default: nobody"
  })
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
