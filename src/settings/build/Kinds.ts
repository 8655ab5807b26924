import * as Effect from "effect/Effect"
import * as OpenAiCompatible from "effect-llm/providers/OpenAiCompatible"
import * as Protocols from "effect-llm/providers/Protocols"
import type { AnyService } from "effect-llm/providers/Registry"

/** What settings need to know of a provider's class. */
export interface ProviderKind {
  readonly definition: Omit<AnyService["definition"], "protocol"> & Partial<Pick<AnyService["definition"], "protocol">>
}

/** The providers that settings can name, by id. */
export type Kinds = ReadonlyMap<string, ProviderKind>

/** The id of a server that speaks OpenAI's API, wherever it is. */
export const claudeCli = "claude-cli"

export const compatible = "openai-compatible"

const compatibleKind: ProviderKind = OpenAiCompatible.Service<unknown>()({
  id: compatible,
  keyOptional: true,
  capabilities: {
    embedding: Protocols.openAiEmbeddings,
    moderation: Protocols.openAiModerations,
    image: Protocols.openAiImages,
    speech: Protocols.openAiSpeech,
    transcription: Protocols.openAiTranscription
  }
})

const load: Effect.Effect<Kinds> = Effect.map(
  Effect.promise(() =>
    Promise.all([
      import("effect-llm/providers/KnownProviders"),
      import("effect-llm/providers/ProviderTable"),
      import("effect-llm/providers/ClaudeCli")
    ])
  ),
  ([{ knownProviders, knownServices }, { ids, Service }, { ClaudeCli }]) => {
    const all: ReadonlyArray<ProviderKind> = [
      ...knownProviders,
      ...knownServices,
      ...ids.map((id) => Service<unknown>()(id)),
      { definition: { ...ClaudeCli.definition, settings: { command: { config: "CLAUDE_CLI_PATH" } } } },
      compatibleKind
    ]
    return new Map(all.map((kind) => [kind.definition.id, kind]))
  }
)

/** Every provider of this package, loaded once. */
export const kinds: Effect.Effect<Kinds> = Effect.runSync(Effect.cached(load))
