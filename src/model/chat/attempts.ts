import { isContent } from "../../domain/ChatEvent.ts"
import { type Plan, streamed, whole } from "../call/attempts.ts"
import { type Any, type ChatModel, wrap } from "./make.ts"

/**
 * A model that asks one model after another until one answers. Of a stream, only the opening is asked again in silence.
 * The tries stand in `attempts` of the response or the `finish` event, the answered one last.
 */
export const attempts = <E, R, E1, R1, E2>(
  self: Pick<Any, "id" | "contextWindow" | "structuredOutput">,
  plan: Plan<ChatModel<E, R>, E, E1, R1, E2>
): ChatModel<E1 | E2, R | R1> =>
  wrap<E1 | E2, R | R1>(self, {
    generate: (request) =>
      whole(
        plan,
        (model) => model.generate(request),
        (response, attempts) => response.with({ attempts })
      ),
    stream: (request) => streamed(plan, (model) => model.stream(request), isContent)
  })
