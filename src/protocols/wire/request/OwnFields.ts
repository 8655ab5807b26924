import type { ProviderOptions, ProviderPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import { ownOptions, patch } from "./ProviderOptionsPatch.ts"
import { compact, isObject, unknownFields, type WireObject } from "../WireObject.ts"

/** What only one protocol knows: `providerOptions` under its id, and parts that the domain has no type for. */
export class OwnFields {
  readonly protocol: string
  constructor(protocol: string) {
    this.protocol = protocol
  }

  /** Fields that the domain has none for, as options. */
  options(fields: WireObject | undefined): ProviderOptions | undefined {
    const own = fields && compact(fields)
    return own === undefined || Object.keys(own).length === 0
      ? undefined
      : { [this.protocol]: own as ProviderOptions[string] }
  }

  /** The same, to be spread into a message, part or tool. */
  spread(fields: WireObject | undefined): { readonly providerOptions?: ProviderOptions } {
    const providerOptions = this.options(fields)
    return providerOptions === undefined ? {} : { providerOptions }
  }

  /** The fields of an object that are not `known`, to be spread. */
  rest(wire: WireObject, known: ReadonlySet<string>): { readonly providerOptions?: ProviderOptions } {
    return this.spread(unknownFields(wire, known))
  }

  /** A wire object with the options of its message, part or tool merged into it. */
  patched(wire: WireObject, options: ProviderOptions | undefined, provider = this.protocol): WireObject {
    return options === undefined ? wire : ownOptions(options, this.protocol, provider).reduce(patch, wire)
  }

  /** A wire object that the domain has no part for. */
  part(value: WireObject): ProviderPart {
    return { type: "provider", protocol: this.protocol, value: value as Json }
  }

  /** The wire object of such a part; none of another protocol's. */
  value({ protocol, value }: ProviderPart): WireObject | undefined {
    return protocol === this.protocol && isObject(value) ? value : undefined
  }

  values(part: ProviderPart): ReadonlyArray<WireObject> {
    const value = this.value(part)
    return value === undefined ? [] : [value]
  }
}
