import { hash } from "node:crypto"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"

/** How many pieces of reasoning are remembered. */
const most = 50_000

/**
 * Which deployment encrypted a piece of reasoning: no other account can read it. What is forgotten, or was made by another instance,
 * goes wherever other calls go.
 */
export class Origins {
  readonly #deployments = new Map<string, string>()

  /** Remembers who encrypted what a response holds. */
  note(model: string, encrypted: string, deployment: string): void {
    const key = keyOf(model, encrypted)
    this.#deployments.delete(key)
    this.#deployments.set(key, deployment)
    const [oldest] = this.#deployments.size > most ? this.#deployments.keys() : []
    if (oldest !== undefined) this.#deployments.delete(oldest)
  }

  /** The deployment that encrypted the latest reasoning of a request. */
  of(model: string, { messages }: ChatRequest): string | undefined {
    if (this.#deployments.size === 0) return undefined
    for (let index = messages.length - 1; index >= 0; index--) {
      const message = messages[index]
      if (message?.role !== "assistant") continue
      for (const part of message.content) {
        const encrypted = part.type === "reasoning" ? part.encrypted : undefined
        const known = encrypted === undefined ? undefined : this.#deployments.get(keyOf(model, encrypted))
        if (known !== undefined) return known
      }
    }
    return undefined
  }
}

const keyOf = (model: string, encrypted: string): string => hash("sha1", `${model} ${encrypted}`)

/** Those of this process. */
export const origins = new Origins()
