import type { ProviderOptions } from "../../../domain/ContentPart.ts"
import { InvalidRequestError } from "../../../domain/CallErrors.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, UserMessage } from "../../../domain/Message.ts"
import { isObject, unknownFields, type WireObject } from "../../wire/WireObject.ts"

const noFields: ReadonlySet<string> = new Set()

/** A part of a user message. */
export type UserPart = UserMessage["content"][number]

/** How the messages of a protocol derived from this one differ. */
export interface MessageDialect {
  readonly protocol: string
  /** Decodes a part of a user message that is in the protocol's own form. */
  readonly decodePart?: (wire: WireObject) => UserPart | undefined
  /** Decodes the content of an assistant message that is a list of parts. */
  readonly decodeAssistantParts?: (parts: ReadonlyArray<unknown>) => ReadonlyArray<AssistantPart>
  /** Whether instructions and results may hold more than text; such content is kept in the caller's own options. */
  readonly keepsContent?: boolean
}

/** State that the values of one conversation share. */
export interface MessageContext {
  readonly dialect: MessageDialect
  /** The first issue. */
  issue: InvalidRequestError | undefined
}

/** A value of the request, with its path. Missing required values and wrong types are recorded as issues. */
export class Received {
  readonly value: unknown
  readonly at: string
  readonly context: MessageContext

  constructor(value: unknown, at: string, context: MessageContext) {
    this.value = value ?? undefined
    this.at = at
    this.context = context
  }

  fail(detail: string): undefined {
    this.context.issue ??= new InvalidRequestError({ at: this.at, detail })
  }

  field(name: string): Received {
    return new Received(this.object[name], `${this.at}.${name}`, this.context)
  }

  get object(): WireObject {
    return this.#expect(isObject, "an object") ?? {}
  }

  get items(): ReadonlyArray<Received> {
    const items = this.#expect((value): value is ReadonlyArray<unknown> => Array.isArray(value), "an array") ?? []
    return items.map((item, i) => new Received(item, `${this.at}[${i}]`, this.context))
  }

  get string(): string | undefined {
    return this.#expect((value) => typeof value === "string", "a string")
  }

  get required(): string {
    return this.string ?? this.fail("is missing") ?? ""
  }

  /** The fields that are not known, as the caller's own options. */
  rest(known: ReadonlySet<string>, more?: WireObject): { readonly providerOptions?: ProviderOptions } {
    const fields: { readonly [key: string]: Json } = {
      ...unknownFields(this.object, known),
      ...unknownFields(more ?? {}, noFields)
    }
    return Object.keys(fields).length === 0 ? {} : { providerOptions: { [this.context.dialect.protocol]: fields } }
  }

  #expect<A>(is: (value: unknown) => value is A, noun: string): A | undefined {
    if (this.value === undefined || is(this.value)) return this.value
    return this.fail(`must be ${noun}`)
  }
}
