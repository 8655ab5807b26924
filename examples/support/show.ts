import { Console, Duration, Effect, Stream } from "effect"
import type { Attempt, ChatEvent, Usage } from "effect-llm"

const print = (text: string) => Effect.sync(() => process.stdout.write(text))

/** Prints a response as it streams, then its usage and attempts. */
export const show = <E, R>(stream: Stream.Stream<ChatEvent.ChatEvent, E, R>): Effect.Effect<void, E, R> =>
  Stream.runForEach(stream, (event) => {
    switch (event.type) {
      case "text-delta":
        return print(event.delta)
      case "restarted":
        return Console.log("\n  … cut off: discard that, the response starts over …")
      case "finish":
        return Console.log(`\n\n  ${usageOf(event.usage)}\n${attemptsOf(event.attempts ?? [])}`)
      default:
        return Effect.void
    }
  })

const usageOf = ({ inputTokens, outputTokens }: Usage.Usage): string =>
  `usage: ${inputTokens.total ?? "?"} tokens in (${inputTokens.cacheRead ?? 0} from the cache), ${outputTokens.total ?? "?"} out`

const attemptsOf = (attempts: ReadonlyArray<Attempt>): string =>
  attempts
    .map(({ duration, error, model, wait }, index) => {
      const waited = wait === undefined || Duration.isZero(wait) ? "" : `after ${Duration.format(wait)}, `
      return `  attempt ${index + 1}: ${model}, ${waited}${error?._tag ?? "succeeded"} in ${Duration.format(duration)}`
    })
    .join("\n")
