import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as Schema from "effect/Schema"
import { Message } from "effect-llm/domain/Message"
import { type CliFailure, failed, usage } from "../CliFailure.ts"

const Stored = Schema.Struct({
  /** `provider/model`. */
  model: Schema.String,
  messages: Schema.Array(Message)
})

/** A conversation and its model. */
export interface LastConversation extends Schema.Schema.Type<typeof Stored> {}

const Json = Schema.fromJsonString(Schema.toCodecJson(Stored))

const location = Effect.gen(function* () {
  const path = yield* Path.Path
  const { data } = yield* UserDirectories.UserDirectories
  const folder = path.join(yield* data("effect-llm"), "chat")
  return { folder, file: path.join(folder, "last.json") }
}).pipe(Effect.provide(UserDirectories.layer))

/** Saves the last conversation, readable only by the user. The file is replaced atomically. */
export const save = Effect.fnUntraced(
  function* (conversation: LastConversation) {
    const fs = yield* FileSystem.FileSystem
    const { file, folder } = yield* location
    yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
    const draft = yield* fs.makeTempFileScoped({ directory: folder, prefix: "draft-" })
    yield* fs.chmod(draft, 0o600)
    yield* fs.writeFileString(draft, yield* Schema.encodeEffect(Json)(conversation))
    yield* fs.rename(draft, file)
  },
  Effect.scoped,
  Effect.mapError(({ message }) => failed(`the conversation was not saved: ${message}`))
)

/** Loads the last conversation; fails if there is none or it cannot be read. */
export const load: Effect.Effect<LastConversation, CliFailure, FileSystem.FileSystem | Path.Path> = Effect.gen(
  function* () {
    const fs = yield* FileSystem.FileSystem
    const { file } = yield* Effect.mapError(location, ({ message }) =>
      failed(`the last conversation cannot be read: ${message}`)
    )
    const text = yield* Effect.option(fs.readFileString(file))
    if (Option.isNone(text)) return yield* usage("there is no conversation to continue")
    return yield* Effect.mapError(Schema.decodeEffect(Json)(text.value), () =>
      failed(`the conversation in ${file} cannot be read; delete it to start a new one`)
    )
  }
)
