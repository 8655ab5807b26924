/** The decision for a deployment. It is a class, since V8 takes long for a literal with a getter. */
export class Decided {
  readonly type = "routed"
  readonly group: string
  readonly deployment: string
  readonly model: string
  readonly #because: () => string

  constructor(group: string, deployment: string, model: string, because: () => string) {
    this.group = group
    this.deployment = deployment
    this.model = model
    this.#because = because
  }

  /** Worded only for those who read it. */
  get because(): string {
    return this.#because()
  }
}
