import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import type { Capability } from "effect-llm/domain/Capability"
import * as Journal from "effect-llm/policies/Journal"
import * as JournalFile from "effect-llm/policies/JournalFile"
import * as JournalSql from "effect-llm/policies/JournalSql"
import * as Model from "effect-llm/policies/Model"
import type { Journal as JournalSettings } from "../schema/Journal.ts"

/** Records the calls of a model. */
export type Recorded = <C extends Capability, E>(model: Model.Model<C, E>) => Model.Model<C, E>

/**
 * Finds the journal of settings: the same for settings that say the same, so that files go on. One that is replaced still writes
 * what calls in progress record, and is closed with the scope.
 */
export const make = Effect.gen(function* () {
  const scope = yield* Effect.scope
  let current: readonly [key: string, sql: SqlClient.SqlClient | undefined, recorded: Recorded] | undefined

  return Effect.fnUntraced(function* (
    settings: JournalSettings | undefined,
    sql: SqlClient.SqlClient | undefined
  ): Effect.fn.Return<Recorded> {
    if (settings === undefined) return (model) => model
    const key = JSON.stringify(settings)
    if (current !== undefined && current[0] === key && current[1] === sql) return current[2]
    const journal = yield* Layer.buildWithScope(layerOf(settings, sql), scope)
    const policy = Journal.make({ content: settings.content })
    const recorded: Recorded = (model) => Model.provideContext(policy(model), journal)
    current = [key, sql, recorded]
    return recorded
  })
})

const layerOf = (
  { console, file, sql: table }: JournalSettings,
  sql: SqlClient.SqlClient | undefined
): Layer.Layer<Journal.Journal> => {
  const fileSink = file && provided(JournalFile.sink(file), NodeFileSystem.layer)
  const sqlSink = table && sql && provided(JournalSql.sink(table), Layer.succeed(SqlClient.SqlClient, sql))
  return Journal.layer([
    ...(console === true ? [Journal.console] : []),
    ...[fileSink, sqlSink].flatMap((sink) => sink ?? [])
  ])
}

/** A sink that has what it needs. */
const provided = <R>({ make, name }: Journal.Sink<R>, layer: Layer.Layer<R>): Journal.Sink => ({
  name,
  make: Effect.gen(function* () {
    const context: Context.Context<R> = yield* Layer.build(layer)
    const write = yield* Effect.provideContext(make, context)
    return (entries) => Effect.provideContext(write(entries), context)
  })
})
