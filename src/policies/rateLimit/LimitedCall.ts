import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { LocalRateLimitError, PolicyStoreError } from "../../domain/PolicyErrors.ts"
import { record } from "../Decision.ts"
import { type Entry, isDone } from "../watch/Entry.ts"
import type { CallEnd } from "../watch/CallEnd.ts"
import type { Settlement } from "../RateLimitStore.ts"
import type { Access } from "./Access.ts"
import type { Admission, Asking } from "./Admission.ts"
import type { Amounts, Left, NamedClaim } from "./Limits.ts"
import type { Places } from "./Places.ts"
import { settlementsOf } from "./Settling.ts"

/** What a policy keeps for the calls of this process, by the store that they use. */
export interface Gate {
  readonly access: Access
  readonly admission: Admission
  /** Where places are to be renewed. */
  readonly places: Places | undefined
}

/** What of the options of a policy one call needs. */
export interface PassOptions {
  readonly learn?: boolean | undefined
  readonly whenStoreFails?: "allow" | "fail" | undefined
  readonly onPass?:
    | ((left: ReadonlyArray<Left>, context: Entry["context"]) => Effect.Effect<unknown> | undefined)
    | undefined
}

/** What a call is, and what it asks for. */
type Asked = Pick<Asking, "id" | "tenant" | "claims"> & { readonly amounts: Amounts; readonly isStream: boolean }

/** One call that asks to pass: what it takes, and gives back at its end. */
export class LimitedCall implements Asking {
  readonly id: string
  readonly tenant: string
  readonly claims: ReadonlyArray<NamedClaim>
  ticket: number | undefined
  isKnown = false
  remaining: ReadonlyArray<number> = []
  readonly #gate: Gate
  readonly #entry: Entry
  readonly #options: PassOptions
  readonly #amounts: Amounts
  /** A place is free when all within the call is closed, which a stream is only after its end. */
  readonly #outlivesEnd: boolean
  #settlements: ReadonlyArray<Settlement> | undefined
  #isSettled = false

  constructor(gate: Gate, entry: Entry, options: PassOptions, { amounts, claims, id, isStream, tenant }: Asked) {
    this.id = id
    this.tenant = tenant
    this.claims = claims
    this.#gate = gate
    this.#entry = entry
    this.#options = options
    this.#amounts = amounts
    this.#outlivesEnd = isStream && claims.some(({ type }) => type === "concurrency")
  }

  /** Waits until the call may pass. `undefined` lets it through without a store that responds. */
  pass(): Effect.Effect<LimitedCall | undefined, LocalRateLimitError> {
    const admitted = this.#gate.admission.admit(this, this.#entry.clock)
    return Effect.matchCauseEffectEager(isDone(admitted) ? admitted : this.#entry.restore(admitted), {
      onSuccess: () => this.#passed(),
      onFailure: (cause) => this.#failed(cause)
    })
  }

  /** The call is over: what it really took is taken. */
  end(ended: CallEnd<CallRequest, unknown, unknown>): Effect.Effect<void> {
    this.#settlements = settlementsOf(this.claims, this.#amounts, ended, this.#options.learn ?? true)
    return this.#outlivesEnd ? Effect.void : this.#settled()
  }

  #passed(): Effect.Effect<LimitedCall> {
    const { context, restore, scope } = this.#entry
    const { places } = this.#gate
    const { onPass } = this.#options
    const released = this.#outlivesEnd
      ? Scope.addFinalizer(
          scope(),
          Effect.suspend(() => this.#settled())
        )
      : Effect.void
    const held = places === undefined ? released : Effect.andThen(places.hold(this), released)
    const shown = onPass && Result.try(() => onPass(leftOf(this), context))
    const seen = shown !== undefined && Result.isFailure(shown) ? Effect.die(shown.failure) : shown?.success
    if (seen === undefined) return Effect.mapEager(held, () => this)
    const settled = () => this.#settled()
    return Effect.as(Effect.andThen(held, Effect.onError(restore(seen), settled)), this)
  }

  #failed(cause: Cause.Cause<LocalRateLimitError | PolicyStoreError>): Effect.Effect<undefined, LocalRateLimitError> {
    return Effect.andThen(
      Effect.ignore(Effect.suspend(() => this.#settle())),
      Effect.suspend((): Effect.Effect<undefined, LocalRateLimitError> => {
        const error = Option.getOrUndefined(Cause.findErrorOption(cause))
        if (error === undefined || error._tag === "LocalRateLimitError")
          return Effect.failCause(cause as Cause.Cause<LocalRateLimitError>)
        // The overloads of `make` say so in its type.
        const outcome =
          this.#options.whenStoreFails === "fail"
            ? Effect.fail(error as unknown as LocalRateLimitError)
            : Effect.undefined
        return Effect.andThen(storeFailed, outcome)
      })
    )
  }

  #settled(): Effect.Effect<void> {
    return Effect.catchEager(this.#settle(), () => storeFailed)
  }

  /** If nothing was sent, what the store took nevertheless is given back. */
  #settle(): Effect.Effect<void, PolicyStoreError> {
    if (this.#isSettled || !this.isKnown) return Effect.void
    this.#isSettled = true
    const { access, places } = this.#gate
    places?.release(this.id)
    const settlements = this.#settlements ?? this.claims.map((claim) => ({ claim, amount: 0 }))
    return access.settle({ id: this.id, ticket: this.ticket, settlements }, this.#entry.clock)
  }
}

const leftOf = ({ claims, remaining }: Asking): ReadonlyArray<Left> =>
  claims.map(({ limit, meter, millis, name }, index) => ({
    key: name,
    meter,
    limit,
    remaining: remaining[index] ?? 0,
    millis
  }))

const storeFailed = record({ type: "store-failed", policy: "RateLimit" })
