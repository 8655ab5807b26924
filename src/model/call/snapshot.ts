/** A request as it is now, for what looks at it later: the caller's own object may change until then. */
export const snapshot = <Input>(input: Input): Input =>
  typeof input === "object" && input !== null && Object.getPrototypeOf(input) === Object.prototype
    ? { ...input }
    : input
