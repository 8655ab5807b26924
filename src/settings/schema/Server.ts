import * as Schema from "effect/Schema"
import { isIP } from "node:net"
import { Count, Duration, Name, Secret, Size } from "./Scalars.ts"
import { optional, required } from "./Setting.ts"

const Port = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }, { expected: "a port, 0 to 65535" }))

/** An IP address, or a network in CIDR notation. */
const Network = Schema.String.check(
  Schema.makeFilter((text) => isNetwork(text), { expected: "an address or a network, such as 10.0.0.1 or 10.0.0.0/8" })
)

const isNetwork = (text: string): boolean => {
  const [address = "", bits, ...more] = text.split("/")
  const family = isIP(address)
  const most = family === 4 ? 32 : 128
  return family !== 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
}

/** What browsers send as `Origin`, to the letter. */
const Origin = Schema.String.check(
  Schema.isPattern(/^(?:\*|null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#A-Z]+)$/u, {
    expected: 'an origin as browsers send it, such as "https://app.example.com", or "*"'
  })
)

const Limits = Schema.Struct({
  body: optional(Size, "The largest body of a request. Default: 32MB"),
  uploads: optional(
    Size,
    "The memory that bodies above 1MB may take together, until their calls end; more gets a 503. Default: 512MB, but at most a quarter of the memory that the process may have"
  ),
  headers: optional(Size, "The largest headers of a request, together. Default: 32KiB"),
  depth: optional(Count, "How deep JSON may be nested. Default: 256"),
  receive: optional(Duration, "How long a client may take to send a request; responses may take any time. Default: 5m"),
  connections: optional(
    Count,
    "Open connections; further ones get 503. Default: 20000, but at most half of the files that the process may open"
  )
}).annotate({ identifier: "ServerLimits", description: "The largest requests that are accepted" })

const Cors = Schema.Struct({
  origins: required(
    Schema.Array(Origin),
    'The origins whose pages may call the gateway, such as https://app.example.com; "*" for all'
  ),
  maxAge: optional(Duration, "How long browsers remember what is allowed. Default: 10m")
}).annotate({ identifier: "Cors", description: "Which web pages may call the gateway. Default: none" })

const Logs = Schema.Struct({
  format: optional(
    Schema.Literals(["json", "pretty"]),
    "A line of JSON for each event, or readable lines. Default: pretty in a terminal, else json"
  ),
  level: optional(
    Schema.Literals(["debug", "info", "warn", "error"]),
    "The lowest level that is logged. Default: info"
  ),
  access: optional(Schema.Boolean, "Whether every request is logged. Default: false")
}).annotate({ identifier: "Logs", description: "What is logged, on stderr; never the texts of requests, nor secrets" })

/** How a gateway listens, and what it accepts from whom. */
export const Server = Schema.Struct({
  host: optional(Name, "Where it listens. Default: 127.0.0.1, which only this machine reaches; others need keys"),
  port: optional(Port, "Default: 4000; with 0, any free port"),
  adminKey: optional(Secret, "The key of the administrator, as ${NAME}"),
  limits: Schema.optionalKey(Limits),
  cors: Schema.optionalKey(Cors),
  keepAlive: optional(
    Duration,
    "How long an idle connection stays open; set it longer than that of a load balancer in front. Default: 75s"
  ),
  streamKeepAlive: optional(
    Schema.Union([Duration, Schema.Literal(false)]),
    "How long a stream may be silent before a comment is sent, so that no load balancer cuts it; false sends none. Default: 15s"
  ),
  drain: optional(Duration, "How long requests in progress may take to finish after SIGTERM. Default: 30s"),
  metrics: optional(
    Schema.Literals(["off", "admin", "open"]),
    "Who may read /metrics: nobody, administrators, or everybody. Default: admin"
  ),
  logs: Schema.optionalKey(Logs),
  tls: optional(
    Schema.Struct({
      cert: required(Name, "The file of the certificate chain, in PEM"),
      key: required(Name, "The file of its key, in PEM")
    }),
    "Serves HTTPS. Default: HTTP, behind a load balancer with TLS"
  ),
  trustedProxies: optional(
    Schema.Array(Network),
    "The addresses or networks, such as 10.0.0.0/8, whose X-Forwarded-For is believed. Default: none"
  )
}).annotate({ identifier: "Server", description: "How a gateway listens, and what it accepts from whom" })

export interface Server extends Schema.Schema.Type<typeof Server> {}
