import type {
  Chat,
  Embedding,
  Image,
  Moderation,
  Rerank,
  Speech,
  TokenCounting,
  Transcription
} from "../../domain/Capability.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { attribute, type Names } from "./Conventions.ts"

export type Attributes = { readonly [name: string]: unknown }

/** How a capability is called in the conventions, and which attributes its requests have. */
interface Operation<in Request> {
  readonly name: string
  readonly attributes: (request: Request, names: Names) => Attributes
}

type Described = Chat | Embedding | Image | Moderation | Rerank | Speech | TokenCounting | Transcription

const none = (): Attributes => ({})

const operations: { readonly [C in Described as C["id"]]: Operation<C["Request"]> } = {
  chat: {
    name: "chat",
    attributes: (request, { reasoningLevel }) => ({
      [attribute.maxTokens]: request.maxOutputTokens,
      [attribute.temperature]: request.temperature,
      [attribute.topP]: request.topP,
      [attribute.topK]: request.topK,
      [attribute.stop]: request.stop,
      [attribute.seed]: request.seed,
      [attribute.frequencyPenalty]: request.frequencyPenalty,
      [attribute.presencePenalty]: request.presencePenalty,
      [attribute.outputType]: request.responseFormat && (request.responseFormat.type === "text" ? "text" : "json"),
      ...(reasoningLevel === undefined ? undefined : { [reasoningLevel]: request.reasoning?.effort })
    })
  },
  embedding: {
    name: "embeddings",
    attributes: (request) => ({
      [attribute.dimensions]: request.dimensions,
      [attribute.encodings]: request.encoding && [request.encoding]
    })
  },
  image: {
    name: "generate_content",
    attributes: (request) => ({
      [attribute.outputType]: "image",
      [attribute.choices]: request.n === 1 ? undefined : request.n,
      [attribute.seed]: request.seed
    })
  },
  speech: {
    name: "generate_content",
    attributes: (request) => ({ [attribute.outputType]: "speech", [attribute.seed]: request.seed })
  },
  transcription: {
    name: "transcription",
    attributes: (request) => ({ [attribute.outputType]: "text", [attribute.temperature]: request.temperature })
  },
  moderation: { name: "moderation", attributes: none },
  rerank: { name: "rerank", attributes: none },
  "token-count": { name: "token_count", attributes: none }
}

/** The operation of a capability; one of the user's own goes by its id. */
export const operationOf = (capability: string): Operation<CallRequest> =>
  Object.hasOwn(operations, capability)
    ? (operations[capability as keyof typeof operations] as Operation<CallRequest>)
    : { name: capability, attributes: none }
