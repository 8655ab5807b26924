import type { BudgetExceededError } from "effect-llm/domain/ChatResponse"
import type { LocalRateLimitError, PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import type { Annotations } from "effect-llm/policies/Journal"
import type * as Policy from "effect-llm/policies/Policy"

/** Who makes a request, and what it may do. */
export interface Caller {
  /** The id of the key, which is no secret; `anonymous` where no keys are needed. */
  readonly id: string
  readonly isAdmin: boolean
  /** Whether it may call the model of this name. */
  readonly permits: (model: string) => boolean
  /** Its limits and budgets, around the models that it calls. */
  readonly policy: Policy.Policy<LocalRateLimitError | BudgetExceededError | PolicyStoreError>
  /** Whose calls they are, in the record of each. */
  readonly annotations: Annotations
}
