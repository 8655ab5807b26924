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

/** It cannot be as it was asked for, such as with a time zone that is none. */
export class RecordInvalidError extends Schema.TaggedError<RecordInvalidError>()(
  "RecordInvalidError",
  { detail: Schema.String },
  { httpApiStatus: 400 }
) {
  override get message(): string {
    return this.detail
  }
}

/** What is there already stands against it: the same id, or the settings, where alone it can be changed. */
export class RecordConflictError extends Schema.TaggedError<RecordConflictError>()(
  "RecordConflictError",
  { detail: Schema.String },
  { httpApiStatus: 409 }
) {
  override get message(): string {
    return this.detail
  }
}
