import * as Duration from "effect/Duration"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { Scenario, type Scenario as AnyScenario } from "../Scenario.ts"
import type { SimulatedRequest } from "../SimulatedRequest.ts"
import * as EstimatedTokens from "./EstimatedTokens.ts"

/** How to handle one request: a scenario with nothing left to decide. */
export type Step = Extract<AnyScenario, { readonly type: "respond" | "fail" | "raw" | "reset" | "hang" }>

/** The last prompts of a model that are compared with the next. */
const mostRemembered = 100

/** The scenario of one model, and its progress through it. */
export class Script {
  readonly #scenario: AnyScenario
  /** How often a step has been taken, or since when (in milliseconds) it is gone through. */
  readonly #state = new Map<AnyScenario, number>()
  readonly #prompts: Array<ReadonlyArray<string>> = []

  constructor(scenario: AnyScenario) {
    this.#scenario = scenario
  }

  /** What happens to the next request, at `now` milliseconds. */
  next(request: ChatRequest, seen: SimulatedRequest, now: number): Step {
    const resolve = (scenario: AnyScenario): Step => {
      switch (scenario.type) {
        case "sequence": {
          const step = this.#state.get(scenario) ?? 0
          this.#state.set(scenario, step + 1)
          return resolve(scenario.steps[Math.min(step, scenario.steps.length - 1)] ?? Scenario.healthy)
        }
        case "down": {
          const since = this.#state.get(scenario) ?? now
          this.#state.set(scenario, since)
          const isOver = now - since >= Duration.toMillis(Duration.fromInputUnsafe(scenario.duration))
          return resolve(isOver ? scenario.afterwards : scenario.during)
        }
        case "window": {
          const tokens = EstimatedTokens.ofRequest(request)
          return tokens > scenario.limit ? Scenario.contextTooLong(scenario.limit, tokens) : resolve(scenario.within)
        }
        case "choose":
          return resolve(scenario.choose(seen))
        default:
          return scenario
      }
    }
    return resolve(this.#scenario)
  }

  /** Tokens of the prompt read from the cache and written to it. */
  remember(request: ChatRequest): { readonly read: number; readonly write: number } {
    const prompt = [JSON.stringify(request.tools ?? []), ...request.messages.map((message) => JSON.stringify(message))]
    const common = (earlier: ReadonlyArray<string>) => {
      const end = prompt.findIndex((part, index) => part !== earlier[index])
      return end < 0 ? prompt.length : end
    }
    const known = Math.max(0, ...this.#prompts.map(common))
    this.#prompts.push(prompt)
    if (this.#prompts.length > mostRemembered) this.#prompts.shift()
    const messages = request.messages.slice(0, Math.max(0, known - 1))
    const read = known === 0 ? 0 : EstimatedTokens.ofRequest({ ...request, messages })
    return { read, write: EstimatedTokens.ofRequest(request) - read }
  }
}
