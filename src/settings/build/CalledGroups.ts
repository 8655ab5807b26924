import * as Effect from "effect/Effect"
import type { AllFailedError } from "effect-llm/domain/AllFailedError"
import type * as Group from "effect-llm/router/Group"
import type { Stats } from "effect-llm/router/LiveStats"
import type { Stores } from "./Deployments.ts"
import * as Groups from "./Groups.ts"
import type { Capabilities, ModelKind } from "./ModelKind.ts"

type KindGroup<K extends ModelKind> = Group.Group<Capabilities[K], AllFailedError, Stores>

/** How many are kept: callers may make up any name. */
const capacity = 1000

/** The groups of models that a pattern or a provider stands for, each made with its first call. */
export class CalledGroups<K extends ModelKind> {
  readonly #groups = new Map<string, KindGroup<K>>()
  /** Those of the settings before: a model that is called again goes on with its statistics. */
  readonly #before: Map<string, KindGroup<K>>

  constructor(before?: CalledGroups<K>) {
    if (before !== undefined) before.#keepBefore()
    this.#before = before === undefined ? new Map() : before.#groups
  }

  /** The statistics of all, also of those that were called before the settings changed, where these still name them. */
  stats(
    isNamed: (name: string) => Effect.Effect<boolean>
  ): Effect.Effect<ReadonlyArray<readonly [name: string, stats: ReadonlyArray<Stats>]>> {
    return Effect.gen({ self: this }, function* () {
      const before = yield* Effect.filter(this.#before, ([name]) => isNamed(name))
      return yield* Effect.forEach([...before, ...this.#groups], ([name, group]) =>
        Effect.map(group.stats, (stats) => [name, stats] as const)
      )
    })
  }

  /** Keeps the groups that were not called since the last change too. */
  #keepBefore(): void {
    for (const [name, group] of this.#before) if (this.#groups.size < capacity) this.#groups.set(name, group)
    this.#before.clear()
  }

  /** The group of a model, set up like this from now on. */
  group(setup: Groups.GroupSetup<Capabilities[K]>): Effect.Effect<KindGroup<K>> {
    return Effect.suspend(() => {
      const { name } = setup
      const known = this.#groups.get(name) ?? this.#before.get(name)
      this.#before.delete(name)
      const group = known === undefined ? Groups.make(setup) : Effect.as(Groups.replace(known, setup), known)
      return Effect.tap(group, (group) => Effect.sync(() => this.#keep(name, group)))
    })
  }

  #keep(name: string, group: KindGroup<K>): void {
    const [oldest] = this.#groups.keys()
    if (this.#groups.size >= capacity && oldest !== undefined) this.#groups.delete(oldest)
    this.#groups.set(name, group)
  }
}
