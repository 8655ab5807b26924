import { estimated, exact, type TokenCount } from "./TokenCount.ts"

/** Adds up what is exact and what is estimated. */
export class TokenTally {
  #tokens = 0
  #error = 0
  readonly #reasons = new Set<string>()

  /** `error` is a share of `tokens`, 0 when they are exact; `reason` says what made them an estimate. */
  add(tokens: number, error = 0, reason = ""): void {
    this.#tokens += tokens
    if (error === 0 || tokens === 0) return
    this.#error += Math.abs(tokens) * error
    this.#reasons.add(reason)
  }

  /** So many tokens may be there or not. */
  addDoubt(tokens: number, reason: string): void {
    if (tokens === 0) return
    this.#error += tokens
    this.#reasons.add(reason)
  }

  addCount({ precision, tokens }: TokenCount): void {
    if (precision._tag === "Exact") return this.add(tokens)
    for (const reason of precision.reasons) this.#reasons.add(reason)
    this.#tokens += tokens
    this.#error += tokens * precision.expectedError
  }

  addTally(that: TokenTally): void {
    this.#tokens += that.#tokens
    this.#error += that.#error
    for (const reason of that.#reasons) this.#reasons.add(reason)
  }

  /** The sum, rounded up. */
  get count(): TokenCount {
    const tokens = Math.ceil(this.#tokens - epsilon)
    return this.#error === 0 ? exact(tokens) : estimated(tokens, this.#error / Math.max(1, tokens), [...this.#reasons])
  }
}

/** What adding up fractions may be off by. */
const epsilon = 1e-6
