import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { rememberRequest } from "effect-llm/domain/Wire"
import { asWritten } from "effect-llm/domain/WrittenNumbers"
import * as Protocols from "effect-llm/providers/Protocols"
import { type DecodedCall, Form } from "effect-llm/protocols/Protocol"
import { Refused } from "../../calls/Failure.ts"
import * as KindCall from "../../calls/KindCall.ts"
import { chosen } from "../../calls/OnUnsupported.ts"
import type { Models } from "../../calls/Models.ts"
import * as PassedHeaders from "../../calls/PassedHeaders.ts"
import * as Body from "../../http/Body.ts"
import * as FileUse from "../../objects/FileUse.ts"
import type { Route } from "../../http/Routes.ts"
import type { Capabilities } from "../../../settings/build/ModelKind.ts"
import type { Dialect } from "../Dialect.ts"
import { openAi } from "./OpenAi.ts"
import { pathsOf } from "./Paths.ts"

/** An endpoint for one kind of model, whose protocol is loaded with the first request. */
interface Endpoint<K extends KindCall.CallKind> {
  readonly paths: ReadonlyArray<string>
  readonly kind: K
  readonly server: Effect.Effect<KindCall.ServerOf<K>>
  /** What the path itself says of the request. */
  readonly refine?: (request: Capabilities[K]["Request"]) => Capabilities[K]["Request"]
  readonly dialect?: Dialect
  /** The name of a model as settings have it, where the dialect has other names. */
  readonly nameOf?: (model: string) => Effect.Effect<string, never, Models>
}

/** The routes of an endpoint. */
export const callRoutes = <K extends KindCall.CallKind>({
  dialect = openAi,
  kind,
  nameOf = Effect.succeed,
  paths,
  refine,
  server
}: Endpoint<K>): ReadonlyArray<Route<Models>> =>
  paths.map((path) => ({
    method: "POST",
    path,
    dialect,
    access: "key",
    run: Effect.fnUntraced(function* (exchange) {
      const body = yield* Body.formOrJson(exchange.received)
      const protocol = yield* server
      const decoded = yield* Effect.mapError(
        Effect.fromResult(protocol.decodeRequest(body, exchange.params.model)),
        (error) => new Refused({ error })
      )
      const request = chosen(exchange.received, refine === undefined ? decoded.request : refine(decoded.request))
      const headers = PassedHeaders.forProvider(exchange.received, dialect)
      const isJson = Predicate.isObject(body) && !(body instanceof Form)
      const remembered = isJson
        ? rememberRequest(request, { protocol: protocol.id, body, written: asWritten(body), isEncoded: true, headers })
        : request
      const call = { ...decoded, model: yield* nameOf(decoded.model), request: remembered } as DecodedCall<
        Capabilities[K]["Request"] & Capabilities[K]["Input"]
      >
      const kept = yield* FileUse.placeOf(exchange.caller, call.model, FileUse.filesInInputs(request))
      return yield* KindCall.answer(exchange, kind, protocol, call, { body, routing: kept ?? {} })
    })
  }))

/** Everything of OpenAI's that is not a chat. */
export const calls: ReadonlyArray<Route<Models>> = [
  ...callRoutes({ paths: pathsOf("/embeddings"), kind: "embedding", server: Protocols.openAiEmbeddings }),
  ...callRoutes({ paths: pathsOf("/moderations"), kind: "moderation", server: Protocols.openAiModerations }),
  ...callRoutes({
    paths: [...pathsOf("/images/generations"), ...pathsOf("/images/edits")],
    kind: "image",
    server: Protocols.openAiImages
  }),
  ...callRoutes({ paths: pathsOf("/audio/speech"), kind: "speech", server: Protocols.openAiSpeech }),
  ...callRoutes({
    paths: pathsOf("/audio/transcriptions"),
    kind: "transcription",
    server: Protocols.openAiTranscription
  }),
  ...callRoutes({
    paths: pathsOf("/audio/translations"),
    kind: "transcription",
    server: Protocols.openAiTranscription,
    refine: (request) => ({ ...request, translate: true })
  })
]
