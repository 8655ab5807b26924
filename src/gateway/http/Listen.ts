import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES
} from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import type { InProgress } from "./InProgress.ts"
import { ListenError } from "./ListenError.ts"
import { listenAt, type SharedPort } from "./SharedPort.ts"

/** A certificate with its key, in PEM. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** The certificate of a server, which is renewed while it runs: connections that are open keep the one they have. */
export interface Certificate {
  readonly current: CertificatePair
  onRenewed: (pair: CertificatePair) => void
}

/** Where a server listens, and how patient it is. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly shared: SharedPort | undefined
  /** Speaks HTTPS with this, and with each that comes after it. */
  readonly certificate: Certificate | undefined
  /** The most that the headers of a request may be, in bytes. */
  readonly headerBytes: number
  /** How long a client may take to send a request. */
  readonly receive: Duration.Duration
  readonly keepAlive: Duration.Duration
  readonly connections: number
  /** How long requests in progress may go on when the server stops. */
  readonly drain: Duration.Duration
  /** The body of the response to bytes that are not HTTP. */
  readonly malformed: (status: number, message: string) => string
}

/** How many connections may wait to be taken while the process is busy; systems have a limit of their own. */
const backlog = 16_384

/** How long headers alone may take. */
const mostHeaderMillis = 20_000

/** Listens until the scope is closed; then no connection is taken any more, and requests in progress come to their ends. */
export const listen = (
  options: ListenOptions,
  listener: RequestListener,
  inProgress: InProgress,
  context: Context.Context<never>
): Effect.Effect<AddressInfo, ListenError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.suspend(() => {
        const { host, port, shared } = options
        const server = make(options, listener)
        return listenAt(server, { port, host, backlog }, shared).pipe(
          Effect.as(server),
          Effect.mapError((cause) => new ListenError({ host, port, cause }))
        )
      }),
      (server) => close(server, options.drain, inProgress, context)
    ),
    (server) => server.address() as AddressInfo
  )

const make = (options: ListenOptions, listener: RequestListener): Server => {
  const { certificate, connections, headerBytes, keepAlive, receive } = options
  const receiveMillis = Duration.toMillis(receive)
  const headersTimeout = Math.min(mostHeaderMillis, receiveMillis)
  const settings = {
    maxHeaderSize: headerBytes,
    headersTimeout,
    requestTimeout: receiveMillis,
    keepAliveTimeout: Duration.toMillis(keepAlive),
    connectionsCheckingInterval: Math.min(5000, Math.ceil(headersTimeout / 4)),
    // Whatever NODE_OPTIONS says, ambiguous requests are rejected, so that none is smuggled past a proxy.
    insecureHTTPParser: false,
    // The listener refuses in the client's words what Node would without any.
    requireHostHeader: false
  }
  const refused = new WeakSet<object>()
  // The last request of each connection: those before it are responded to first.
  const last = new WeakMap<object, { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }>()
  const serve: RequestListener = (incoming, outgoing) => {
    const { socket } = incoming
    last.set(socket, { incoming, outgoing })
    if (!refused.has(socket)) listener(incoming, outgoing)
  }
  const server = certificate === undefined ? createServer(settings, serve) : secure(settings, certificate, serve)
  server.on("checkExpectation", serve)
  let open = 0
  server.on("connection", (socket: Socket) => {
    open++
    socket.once("close", () => open--)
    if (open <= connections) return
    refused.add(socket)
    if (certificate === undefined) reject(socket, 503, options.malformed(503, "too many connections are open"))
    else socket.destroy()
  })
  server.on("clientError", (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket
    const refuse = () => {
      if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy()
      const status = statuses[error.code ?? ""] ?? 400
      reject(socket, status, options.malformed(status, messages[status] ?? "this is no valid HTTP request"))
    }
    const { incoming, outgoing } = openOf(last.get(socket))
    // What follows a request that was whole takes nothing from its response.
    if (outgoing !== undefined && incoming?.complete === true && socket.writable) outgoing.once("close", refuse)
    // In the middle of a response there is no room for another.
    else if (outgoing?.headersSent === true) socket.destroy()
    else refuse()
  })
  return server
}

/** A request, unless it has been responded to. */
const openOf = (
  last: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse } | undefined
): Partial<NonNullable<typeof last>> => (last === undefined || last.outgoing.closed ? {} : last)

const secure = (settings: ServerOptions, certificate: Certificate, serve: RequestListener): Server => {
  const server = createTlsServer({ ...settings, ...certificate.current }, serve)
  certificate.onRenewed = (pair) => server.setSecureContext(pair)
  return server
}

const statuses: { readonly [code: string]: number } = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }

const messages: { readonly [status: number]: string } = {
  408: "the request took too long to arrive",
  431: "the headers are too large"
}

/** How long a client has to read why it was refused. */
const drainMillis = 1000

const reject = (socket: Socket, status: number, body: string): void => {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? ["retry-after: 1"] : []),
    "connection: close"
  ]
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`)
  setTimeout(() => socket.destroy(), drainMillis).unref()
}

/** How long clients that were told the end may take to read it. */
const farewell = "2 seconds"

const close = Effect.fnUntraced(function* (
  server: Server,
  drain: Duration.Duration,
  inProgress: InProgress,
  context: Context.Context<never>
): Effect.fn.Return<void> {
  inProgress.isClosing = true
  server.close()
  yield* inProgress.empty(drain, context)
  inProgress.stop()
  yield* inProgress.empty(farewell, context)
  server.closeAllConnections()
})
