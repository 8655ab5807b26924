import { BigDecimal, Duration, Effect, Pull, Schema, Stream } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import {
  type AllFailedError,
  Anthropic,
  type Attempt,
  type ChatEvent,
  ChatModel,
  OpenAi,
  ProviderError,
  Retry
} from "effect-llm"
import * as Budget from "effect-llm/policies/Budget"
import * as CircuitBreaker from "effect-llm/policies/CircuitBreaker"
import * as Journal from "effect-llm/policies/Journal"
import * as RateLimit from "effect-llm/policies/RateLimit"
import * as Telemetry from "effect-llm/policies/Telemetry"
import { Google } from "effect-llm/providers/Google"
import * as Group from "effect-llm/router/Group"
import * as Plan from "effect-llm/router/Plan"

/** What a user may spend in an hour. */
export const budgetOf = (user = "nobody") => Budget.usd(`user-${user}`, { limit: "0.001", per: { rolling: "1 hour" } })

/** What each provider's model is wrapped in: an attempt is limited in time, paid for, watched by a breaker, and retried. */
const careful = <E, R>(model: ChatModel.ChatModel<E, R>) =>
  model.pipe(
    ChatModel.timeout({ firstToken: "2 seconds", idle: "5 seconds" }),
    Budget.enforce(({ request }) => [budgetOf(request.user)]),
    CircuitBreaker.make({ trip: { consecutive: 3 }, open: "2 seconds" }),
    ChatModel.retry(Retry.make({ base: "50 millis", times: 1 }))
  )

/** One model out of three: the others serve while the first is down. */
const makeChat = Group.make(
  "chat",
  [
    { name: "openai", model: careful(OpenAi.model("gpt-6-luna")), order: 0 },
    { name: "anthropic", model: careful(Anthropic.model("claude-haiku-5-5")), order: 1 },
    { name: "google", model: careful(Google.model("gemini-3.8-flash")), order: 2 }
  ],
  { attempts: 4, deadline: "10 seconds" }
)

/** Around them all: what a user may ask in ten seconds, spans and metrics, and one record of each call. */
const forUsers = <E, R>(model: ChatModel.ChatModel<E, R>) =>
  model.pipe(
    RateLimit.make({ key: ({ request }) => request.user, requests: 4, per: "10 seconds" }),
    Telemetry.standard,
    Journal.standard
  )

type CallError = NonNullable<Attempt["error"]> | AllFailedError

/** An error as clients of HTTP understand it. */
const refusalOf = (error: CallError) => {
  const reason = error._tag === "AllFailedError" ? error.reason : error
  const { message } = reason
  if (reason._tag === "BudgetExceededError") return { status: 402, message }
  if (reason._tag === "LocalRateLimitError") return { status: 429, message }
  return { status: 503, message: error.message }
}

const refuse = (error: CallError) => {
  const { message, status } = refusalOf(error)
  const seconds = Math.ceil(Duration.toSeconds(ProviderError.retryAfter(error) ?? Duration.zero))
  const headers: Record<string, string> = seconds === 0 ? {} : { "retry-after": String(seconds) }
  return HttpServerResponse.jsonUnsafe({ error: message }, { status, headers })
}

const Question = Schema.Struct({ message: Schema.String, stream: Schema.optional(Schema.Boolean) })

/** Waits for the first event, so that a call that is refused has a status of its own. */
const opened = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.gen(function* () {
    const pull = yield* Stream.toPull(stream)
    const first = yield* Pull.catchDone(pull, () => Effect.succeed([]))
    return Stream.concat(Stream.fromIterable(first), Stream.fromPull(Effect.succeed(pull)))
  })

/** Server-sent events: `text`, then `done` or `error`. */
const toEvents = <E extends CallError>(stream: Stream.Stream<ChatEvent.ChatEvent, E>) =>
  stream.pipe(
    Stream.map((event) => {
      if (event.type === "text-delta") return { text: event.delta }
      return event.type === "finish" ? { done: event.attempts?.at(-1)?.deployment } : undefined
    }),
    Stream.filter((event) => event !== undefined),
    Stream.catch((error) => Stream.make({ error: refusalOf(error).message })),
    Stream.map((event) => `data: ${JSON.stringify(event)}\n\n`),
    Stream.encodeText
  )

/**
 * The service: `POST /chat` answers a message, streamed or whole; `GET /plan` says whom a message would go to; `GET /stats`
 * says how the deployments are.
 */
export const chatService = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const group = yield* makeChat
    const chat = forUsers(group)

    yield* router.add(
      "POST",
      "/chat",
      Effect.gen(function* () {
        const { headers } = yield* HttpServerRequest.HttpServerRequest
        const { message, stream = false } = yield* HttpServerRequest.schemaBodyJson(Question)
        const request = { messages: message, user: headers["x-user"] ?? "nobody" }
        if (stream) {
          const events = toEvents(yield* opened(chat.stream(request)))
          return HttpServerResponse.stream(events, { contentType: "text/event-stream" })
        }
        // A stream can be stopped when the budget is used up; of a whole response, the length is known before.
        const { attempts, text } = yield* chat.generate({ ...request, maxOutputTokens: 200 })
        return HttpServerResponse.jsonUnsafe({ text, by: attempts.at(-1)?.deployment })
      }).pipe(Effect.catchTag(["AllFailedError", "LocalRateLimitError"], (error) => Effect.succeed(refuse(error))))
    )
    yield* router.add(
      "GET",
      "/plan",
      Effect.map(group.explain("Why is the sky blue?"), (plan) => HttpServerResponse.text(Plan.format(plan)))
    )
    yield* router.add(
      "GET",
      "/stats",
      Effect.map(group.stats, (all) =>
        HttpServerResponse.jsonUnsafe(
          all.map(({ calls, cost, errors, latency, name }) => ({
            name,
            calls,
            errors: Object.entries(errors)
              .map(([tag, count]) => `${count} ${tag}`)
              .join(", "),
            millis: Math.round(latency.p50 ?? 0),
            usd: BigDecimal.format(cost)
          }))
        )
      )
    )
  })
)
