import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Persistence from "effect/persistence/Persistence"
import type * as Scope from "effect/Scope"
import type * as Redacted from "effect/Redacted"
import type { Settings } from "../schema/Settings.ts"
import type { Account } from "./Accounts.ts"
import type { FindModeration } from "../policies/Content.ts"
import type { AccountBook } from "./AccountBook.ts"
import type { Stores } from "./Deployments.ts"
import type { Recorded } from "../stores/JournalBook.ts"
import type { ShadowCalls } from "./Shadowing.ts"

/** What the models of settings are made of. */
export interface State {
  readonly settings: Settings
  readonly accounts: AccountBook
  /** The account of any known provider, by its id; fails with what keeps it from being used. */
  readonly accountOf: (provider: string) => Effect.Effect<Account, string>
  /** The same with another key in place of its own, and nothing else that is secret; fails with what keeps it from being used. */
  readonly accountWith: (provider: string, key: Redacted.Redacted) => Effect.Effect<Account, string>
  readonly context: Context.Context<Stores | Persistence.Persistence>
  readonly recorded: Recorded
  /** How long what goes on beside calls lasts, and where that is written down. */
  readonly scope: Scope.Scope
  readonly shadowCalls: ShadowCalls
  /** The moderation model of a name, by the settings in use. */
  readonly moderation: FindModeration
}
