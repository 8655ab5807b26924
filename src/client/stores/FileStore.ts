import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { FileInfo, FileUpload } from "../../domain/File.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { CallProtocol, ExchangeOf } from "../../protocols/Protocol.ts"
import type { FileProtocol } from "../../protocols/files/FileProtocol.ts"
import type { ValueResponse } from "../../protocols/wire/ValueCall.ts"
import * as Pages from "./Pages.ts"
import { callsBy, type Provider } from "../Provider.ts"

/** The files stored at a provider. */
export interface FileStore<out R> {
  readonly upload: (file: FileUpload) => Effect.Effect<FileInfo, ProviderError, R>
  /** All files; pages of `limit` are requested as they are read. */
  readonly list: (query?: {
    readonly purpose?: string | undefined
    readonly limit?: number | undefined
  }) => Stream.Stream<FileInfo, ProviderError, R>
  readonly get: (id: string) => Effect.Effect<FileInfo, ProviderError, R>
  readonly content: (id: string) => Effect.Effect<Uint8Array, ProviderError, R>
  readonly delete: (id: string) => Effect.Effect<void, ProviderError, R>
}

/** The subject of errors, in place of a model. */
const subject = "files"

export const make = <Self>(
  provider: Effect.Effect<Provider, ProviderError, Self>,
  loading: FileProtocol | Effect.Effect<FileProtocol>
): FileStore<Self> => {
  const protocol = Effect.isEffect(loading) ? loading : Effect.succeed(loading)
  const call = <Request extends CallRequest, A>(
    protocol: CallProtocol<Request, ValueResponse<A>>,
    request: NoInfer<Request>
  ): Effect.Effect<A, ProviderError, Self> =>
    Effect.flatMap(provider, (provider) =>
      Effect.map(
        callsBy<ExchangeOf<Request, ValueResponse<A>>>(provider, protocol).generate(subject, request),
        ({ value }) => value
      )
    )
  return {
    upload: (file) =>
      Effect.flatMap(protocol, ({ start, upload }) =>
        start === undefined
          ? call(upload, file)
          : Effect.flatMap(call(start, file), (address) => call(upload, { ...file, address }))
      ),
    list: (query = {}) =>
      Stream.unwrap(
        Effect.map(provider, ({ id }) =>
          Pages.read({ provider: id, model: subject }, (after) =>
            Effect.map(
              Effect.flatMap(protocol, ({ list }) => call(list, { ...query, after })),
              ({ files, next }) => ({ items: files, next })
            )
          )
        )
      ),
    get: (file) => Effect.flatMap(protocol, ({ get }) => call(get, { file })),
    content: (file) => Effect.flatMap(protocol, ({ content }) => call(content, { file })),
    delete: (file) => Effect.flatMap(protocol, (protocol) => call(protocol.delete, { file }))
  }
}
