import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import type { CallEvent } from "effect-llm/domain/CallEvent"
import type { CallResponse } from "effect-llm/domain/CallResponse"
import type { Frame } from "effect-llm/domain/Frame"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import * as Wire from "effect-llm/domain/Wire"
import {
  Bytes,
  type CallServer,
  type CallStreamEncoder,
  type DecodedCall,
  type EncodeCallOptions,
  Form
} from "effect-llm/protocols/Protocol"
import type { Capabilities, ModelKind } from "../../settings/build/ModelKind.ts"
import { type Answer, type AnswerBody, json } from "../http/Answer.ts"
import type { Exchange } from "../http/Routes.ts"
import { forClients } from "./Advice.ts"
import { beginning, streamHeaders } from "./Beginning.ts"
import * as Call from "./Call.ts"
import { type Failure, stopped, toProviderError } from "./Failure.ts"
import type { Models } from "./Models.ts"
import { events, sse, statusWithContent, type StreamWriter } from "./ResponseWriter.ts"
import { inWords, wordsOf } from "./Words.ts"

/** Every kind of model but chats. */
export type CallKind = Exclude<ModelKind, "chat">

/** The server half of a protocol for a kind of model. */
export type ServerOf<K extends CallKind> = CallServer<
  Capabilities[K]["Request"],
  Capabilities[K]["Response"],
  Capabilities[K]["Event"]
>

/** Calls a model of any kind but chat and responds in the words of a protocol. */
export const answer = Effect.fnUntraced(function* <K extends CallKind>(
  exchange: Exchange,
  kind: K,
  server: ServerOf<K>,
  decoded: DecodedCall<Capabilities[K]["Request"] & Capabilities[K]["Input"]>,
  { body, routing }: { readonly body: unknown; readonly routing: Call.Routing }
): Effect.fn.Return<Answer, Failure, Models | Scope.Scope> {
  const { dialect, received } = exchange
  const { model, request, stream = false } = decoded
  const options: EncodeCallOptions<Capabilities[K]["Request"]> = {
    ...decoded,
    created: Math.floor(received.startedAtMillis / 1000),
    id: received.id
  }
  const wordOf = wordsOf(server, body instanceof Form ? fieldsOf(body) : body)
  const worded = (failure: Failure) => inWords(failure, wordOf)
  if (stream && server.makeEncoder !== undefined) {
    const encoder = server.makeEncoder(options)
    const open = Effect.gen(function* () {
      const { first, headers, pull } = yield* Effect.mapError(
        Call.stream(exchange, kind, model, request, routing, wordOf),
        worded
      )
      const writer = encoder.framing === "bytes" ? undefined : writerOf(server.id, encoder, dialect)
      const write = (events: ReadonlyArray<Capabilities[K]["Event"]>) =>
        writer === undefined ? events.flatMap((event) => bytesOf(encoder, event)) : [writer.write(events)]
      // What has arrived names the media type.
      const body = write(first)
      return {
        status: 200,
        headers: streamHeaders(encoder.mediaType(), headers),
        body: written(body, pull, write, writer),
        ending: writer && (() => writer.fail(stopped))
      }
    })
    return encoder.framing === "bytes" ? yield* open : yield* beginningOf(exchange, open)
  }
  const whole = Effect.mapError(Call.whole(exchange, kind, model, request, routing, wordOf), worded)
  const { encodeWholeStream } = server
  if (stream && encodeWholeStream !== undefined) {
    const open = Effect.map(whole, ({ headers, response }): Answer => {
      const frames = encodeWholeStream(response, options)
      return { status: 200, headers: streamHeaders(sse.contentType, headers), body: frames.map(sse.text).join("") }
    })
    return yield* beginningOf(exchange, open)
  }
  const { headers, response } = yield* whole
  const passed = passedOf<Capabilities[K]["Response"]>(server, decoded.format, response)
  if (passed !== undefined) {
    headers["content-type"] = "application/json"
    return { status: statusWithContent(passed.status), headers, body: passed.text }
  }
  const encoded = server.encodeResponse(response, options)
  return encoded instanceof Bytes
    ? { status: 200, headers: { ...headers, "content-type": encoded.mediaType }, body: encoded.bytes }
    : json(encoded, { headers })
})

/** The provider's own body, if it speaks the client's protocol, nothing was changed, and it has the requested format. */
export const passedOf = <Response extends CallResponse>(
  { id, isInFormat }: Pick<CallServer<never, Response>, "id" | "isInFormat">,
  format: string | undefined,
  response: Response
): Wire.WireResponse | undefined => {
  const received = Wire.responseOf(response)
  return received?.protocol === id &&
    received.text !== "" &&
    (format === undefined || isInFormat?.(response, format) === true)
    ? received
    : undefined
}

/** The fields that a form has. */
const fieldsOf = ({ parts }: Form): { readonly [name: string]: true } =>
  Object.fromEntries(parts.map(({ name }) => [name, true] as const))

/** Writes server-sent events: the provider's own where it speaks the client's protocol. */
const writerOf = <Event extends CallEvent>(
  protocol: string,
  encoder: CallStreamEncoder<Event>,
  dialect: Exchange["dialect"]
): StreamWriter<Event> =>
  events(protocol, {
    encode: (event) => encoder.encode(event).filter((piece): piece is Frame => !(piece instanceof Uint8Array)),
    end: () => [],
    fail: (error) => [{ event: "error", data: JSON.stringify(dialect.encodeError(error).body) }]
  })

const bytesOf = <Event>(encoder: CallStreamEncoder<Event>, event: Event): ReadonlyArray<Uint8Array> =>
  encoder.encode(event).filter((piece) => piece instanceof Uint8Array)

const beginningOf = <R>(exchange: Exchange, open: Effect.Effect<Answer, Failure, R>) =>
  beginning(exchange, sse.contentType, (error) => errorEvent(error, exchange.dialect), open)

const errorEvent = (error: ProviderError, { encodeError }: Exchange["dialect"]): string =>
  sse.text({ event: "error", data: JSON.stringify(encodeError(forClients(error)).body) })

/** Bytes have no words for an error: the connection is broken, so that no client takes them for the whole. */
const written = <Event>(
  first: ReadonlyArray<string | Uint8Array>,
  pull: Call.Streamed<Event>["pull"],
  write: (events: ReadonlyArray<Event>) => ReadonlyArray<string | Uint8Array>,
  writer: StreamWriter<Event> | undefined
): Exclude<AnswerBody, string | Uint8Array> => {
  let isBegun = false
  const next = Effect.matchCauseEffect(pull, {
    onSuccess: (events): Pull.Pull<ReadonlyArray<string | Uint8Array>> => Effect.succeed(write(events)),
    onFailure: (cause): Pull.Pull<ReadonlyArray<string | Uint8Array>> => {
      const error = Call.errorIn(cause)
      if (error === undefined) return Effect.failCause(cause as Cause.Cause<Cause.Done>)
      return writer === undefined ? Effect.die(error) : Effect.succeed([writer.fail(toProviderError(error))])
    }
  })
  return Effect.suspend((): Pull.Pull<ReadonlyArray<string | Uint8Array>> => {
    if (writer?.hasFailed === true) return Cause.done()
    if (isBegun) return next
    isBegun = true
    return Effect.succeed(first)
  })
}
