/**
 * Local servers need no key. Each preset knows its server's URL and quirks: chat template tokens that leak into the
 * response are removed, and `<think>` becomes reasoning.
 */
import { Console, Effect, Layer } from "effect"
import { type ChatModel, LlamaCpp, LmStudio, Ollama, type ProviderError, Vllm } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"

const greet = <R>(model: ChatModel.ChatModel<ProviderError.ProviderError, R>) =>
  model.generate("Say hello.").pipe(
    Effect.map((reply) => reply.text),
    Effect.catchTag("NetworkError", () => Effect.succeed("is not running")),
    Effect.catchTag("ModelNotFoundError", () => Effect.succeed("is running, but has no such model")),
    Effect.catch((error) => Effect.succeed(error.message)),
    Effect.timeoutOrElse({ duration: "20 seconds", orElse: () => Effect.succeed("takes its time") }),
    Effect.flatMap((outcome) => Console.log(`${model.id}: ${outcome}`))
  )

const program = Effect.all([
  greet(Ollama.model("qwen3:8b")),
  greet(Vllm.model("Qwen/Qwen3-8B")),
  greet(LmStudio.model("qwen3-8b")),
  greet(LlamaCpp.model("default"))
])

// *_BASE_URL moves any of them elsewhere: OLLAMA_BASE_URL=http://gpu-1:11434
const local = Layer.mergeAll(Ollama.layerConfig, Vllm.layerConfig, LmStudio.layerConfig, LlamaCpp.layerConfig)

await program.pipe(Effect.provide(local), Effect.provide(UndiciClient.layer), Effect.runPromise)
