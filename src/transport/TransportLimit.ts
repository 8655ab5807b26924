/** A response that is larger than its limit. */
export class SizeLimit extends Error {
  override readonly name = "SizeLimit"
  readonly bytes: number

  constructor(bytes: number) {
    super(`the response is larger than ${bytes} bytes`)
    this.bytes = bytes
  }
}

/** A response, or the rest of it, that took longer than its limit, in milliseconds. */
export class TimeLimit extends Error {
  override readonly name = "TimeLimit"
  readonly phase: "connect" | "idle" | "total"
  readonly millis: number

  constructor(phase: TimeLimit["phase"], millis: number) {
    super(`a limit of ${millis} ms was reached`)
    this.phase = phase
    this.millis = millis
  }
}
