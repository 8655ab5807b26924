import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import { rememberRequest, requestOf } from "effect-llm/domain/Wire"
import { asWritten } from "effect-llm/domain/WrittenNumbers"
import * as Estimate from "effect-llm/policies/Estimate"
import type {
  ChatProtocol,
  DecodedRequest,
  EncodeResponseOptions,
  RequestPath
} from "effect-llm/protocols/ChatProtocol"
import type { Answer, AnswerBody } from "../http/Answer.ts"
import * as Body from "../http/Body.ts"
import { isEvents } from "../http/EarlyStream.ts"
import type { Exchange } from "../http/Routes.ts"
import * as Containers from "../objects/Containers.ts"
import * as FileUse from "../objects/FileUse.ts"
import * as ObjectNames from "../objects/ObjectNames.ts"
import * as Call from "./Call.ts"
import { costOf } from "./CallNotes.ts"
import { bug, type Failure, Refused, stopped, toProviderError } from "./Failure.ts"
import { beginning, streamHeaders } from "./Beginning.ts"
import type { Models } from "./Models.ts"
import { chosen } from "./OnUnsupported.ts"
import * as PassedHeaders from "./PassedHeaders.ts"
import * as ResponseWriter from "./ResponseWriter.ts"
import { unsealed } from "./SealedReasoning.ts"
import { sealing } from "./SealingWriter.ts"
import { inWords, wordsOf } from "./Words.ts"
import * as Session from "./Session.ts"

/** Reads the chat request of a client: a provider of the same protocol will be sent what the client has sent. */
export const read = (
  exchange: Exchange,
  protocol: Pick<ChatProtocol, "id" | "decodeRequest">,
  path?: RequestPath
): Effect.Effect<DecodedRequest, Refused> =>
  Effect.flatMap(Body.json(exchange.received), (body) => decode(exchange, protocol, body, path))

/** The same of a body that has been read. */
export const decode = (
  { caller, dialect, received }: Exchange,
  protocol: Pick<ChatProtocol, "id" | "decodeRequest">,
  body: unknown,
  path?: RequestPath
): Effect.Effect<DecodedRequest, Refused> =>
  Effect.fromResult(
    Result.flatMap(
      Result.mapError(protocol.decodeRequest(body, path), (error) => new Refused({ error })),
      (decoded): Result.Result<DecodedRequest, Refused> => {
        if (!Predicate.isObject(body)) return Result.succeed(decoded)
        const forbidden = otherModels(body).find((name) => !caller.permits(name))
        if (forbidden !== undefined) return Result.fail(Call.forbidden(forbidden))
        const refused = ObjectNames.refused(body, caller)
        if (refused !== undefined) return Result.fail(refused)
        const headers = PassedHeaders.forProvider(received, dialect)
        const request = chosen(received, decoded.request)
        // Unsealed after the body is remembered, so that unsealed parts count as changes and replace the sealed ones.
        const written = asWritten(body)
        const remembered = unsealed(rememberRequest(request, { protocol: protocol.id, body, written, headers }))
        return Result.succeed({ ...decoded, request: remembered })
      }
    )
  )

/** The models that a request names beside its own: OpenRouter, and other gateways, call them in its place. */
const otherModels = ({ fallbacks, models }: { readonly [field: string]: unknown }): ReadonlyArray<string> =>
  fallbacks === undefined && models === undefined
    ? []
    : [models, fallbacks].flat().flatMap((name: unknown) => {
        if (typeof name === "string") return [name]
        return Predicate.hasProperty(name, "model") && typeof name.model === "string" ? [name.model] : []
      })

/** Calls the model of a chat request, those deployments first, and responds in the words of a protocol. */
export const answer = (
  exchange: Exchange,
  spoken: ResponseWriter.Writing,
  decoded: DecodedRequest,
  given: Omit<Call.Routing, "session"> = {}
): Effect.Effect<Answer, Failure, Models | Scope.Scope> => {
  const { model, request } = decoded
  const body = requestOf(request)?.body ?? {}
  const session = exchange.caller.annotations.session ?? Session.inBody(body)
  const files = FileUse.filesIn(request)
  const called =
    files.read.size === 0 && files.named.size === 0
      ? answerWith(exchange, spoken, decoded, { session, ...given })
      : Effect.flatMap(FileUse.placeOf(exchange.caller, model, files), (kept) =>
          answerWith(exchange, spoken, decoded, { session, ...kept, ...given })
        )
  return Containers.mayMakeSome(body) ? Containers.guarded(exchange.caller, body, called) : called
}

const answerWith = (
  exchange: Exchange,
  spoken: ResponseWriter.Writing,
  { includeUsage, model: name, request, stream }: DecodedRequest,
  routing: Call.Routing
): Effect.Effect<Answer, Failure, Models | Scope.Scope> => {
  const { received } = exchange
  const protocol = sealing(spoken)
  const options: EncodeResponseOptions = {
    model: name,
    created: Math.floor(received.startedAtMillis / 1000),
    id: received.id,
    includeUsage,
    estimateInput: () => Estimate.inputTokens(request)
  }
  const wordOf = wordsOf(spoken, requestOf(request)?.body)
  const worded = (failure: Failure) => inWords(failure, wordOf)
  if (!stream) {
    return Effect.matchEffect(Call.whole(exchange, "chat", name, request, routing, wordOf), {
      onFailure: (failure) => Effect.fail(worded(failure)),
      onSuccess: ({ headers, response }) => {
        headers["content-type"] = "application/json"
        return Effect.succeed({ headers, ...ResponseWriter.whole(protocol, response, options) })
      }
    })
  }
  const writer = ResponseWriter.stream(protocol, options)
  const called = Effect.mapError(Call.stream(exchange, "chat", name, request, routing, wordOf), worded)
  const open = Effect.map(called, ({ first, headers, pull }): Answer => {
    const head = streamHeaders(writer.contentType, headers)
    const isCommented = received.headers["x-effect-llm-comments"] !== undefined && isEvents(head)
    return {
      status: writer.statusOf(first),
      headers: head,
      body: written(first, pull, writer, isCommented),
      ending: () => writer.fail(stopped)
    }
  })
  return beginning(exchange, writer.contentType, (error) => writer.fail(error), open)
}

const commentOf = (event: ChatEvent): string =>
  event.type !== "finish"
    ? ""
    : Object.entries({ ...costOf(event), "x-effect-llm-attempts": String(event.attempts?.length ?? 1) })
        .map(([name, value]) => `: ${name}: ${value}\n`)
        .join("") + "\n"

/** The body of a stream; an error ends it in the words of the dialect. By choice, what the call cost is a comment at its end. */
const written = (
  first: ReadonlyArray<ChatEvent>,
  pull: Call.Streamed<ChatEvent>["pull"],
  writer: ResponseWriter.StreamWriter,
  isCommented: boolean
): Exclude<AnswerBody, string | Uint8Array> => {
  let isBegun = false
  let isOver = false
  let comment = ""
  const write = (events: ReadonlyArray<ChatEvent>): Pull.Pull<ReadonlyArray<string>> => {
    const last = events.at(-1)
    if (isCommented && last !== undefined) comment = commentOf(last)
    const text = writer.write(events)
    isOver = writer.hasFailed
    return Effect.succeed(text === "" ? [] : [text])
  }
  const next = Effect.matchCauseEffect(pull, {
    onSuccess: write,
    onFailure: (cause): Pull.Pull<ReadonlyArray<string>> => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
      isOver = true
      if (Pull.isDoneCause(cause)) return Effect.succeed([writer.end() + comment])
      const error = Call.errorIn(cause)
      const failed = error === undefined ? bug : toProviderError(error)
      return Effect.as(error === undefined ? Effect.logError("A stream ended in a defect", cause) : Effect.void, [
        writer.fail(failed)
      ])
    }
  })
  return Effect.suspend(() => {
    if (isOver) return Cause.done()
    if (isBegun || first.length === 0) return next
    isBegun = true
    return write(first)
  })
}
