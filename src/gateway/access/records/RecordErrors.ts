import * as Schema from "effect/Schema"

const Kind = Schema.Literals(["key", "user", "team"])

/** There is no such key, user or team. */
export class RecordNotFoundError extends Schema.TaggedError<RecordNotFoundError>()(
  "RecordNotFoundError",
  { kind: Kind, id: Schema.String },
  { httpApiStatus: 404 }
) {
  override get message(): string {
    return `there is no ${this.kind} ${this.id}`
  }
}

/** The change is invalid, for example because of an unknown time zone. */
export class RecordInvalidError extends Schema.TaggedError<RecordInvalidError>()(
  "RecordInvalidError",
  { detail: Schema.String },
  { httpApiStatus: 400 }
) {
  override get message(): string {
    return this.detail
  }
}

/** The change conflicts with what exists: the same id, or a record of the settings, which only they can change. */
export class RecordConflictError extends Schema.TaggedError<RecordConflictError>()(
  "RecordConflictError",
  { detail: Schema.String },
  { httpApiStatus: 409 }
) {
  override get message(): string {
    return this.detail
  }
}
