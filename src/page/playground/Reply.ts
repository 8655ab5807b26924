import { signal } from "@preact/signals"
import type { ServerError } from "../server/ServerError.ts"
import { GrowingText } from "./GrowingText.ts"

export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

/** The figures of a response. */
export interface Figures {
  readonly firstTokenMillis?: number
  readonly totalMillis?: number
  readonly inputTokens?: number
  readonly cachedTokens?: number
  readonly outputTokens?: number
  readonly reasoningTokens?: number
  /** Dollars, as the ledger has them. */
  readonly cost?: string
  readonly attempts?: number
  readonly servedBy?: string
  readonly requestId?: string
  readonly finishReason?: string
}

export type ReplyState = "waiting" | "streaming" | "done" | "stopped" | "failed"

/** A response of one model, as it arrives and afterwards. */
export class Reply {
  readonly model: string
  readonly text = new GrowingText()
  readonly reasoning = new GrowingText()
  readonly hasReasoning = signal(false)
  readonly state = signal<ReplyState>("waiting")
  readonly toolCalls = signal<ReadonlyArray<ToolCall>>([])
  readonly images = signal<ReadonlyArray<string>>([])
  readonly figures = signal<Figures>({})
  readonly error = signal<ServerError | undefined>(undefined)
  readonly #abort = new AbortController()

  constructor(model: string) {
    this.model = model
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get isOver(): boolean {
    return this.state.value !== "waiting" && this.state.value !== "streaming"
  }

  stop(): void {
    this.#abort.abort()
  }

  learn(figures: Figures): void {
    this.figures.value = { ...this.figures.value, ...figures }
  }
}
