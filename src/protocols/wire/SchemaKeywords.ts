import { isObject, type WireObject } from "./Wire.ts"

/** Keywords of JSON Schema whose values are data, not schemas. */
export const dataKeywords: ReadonlySet<string> = new Set(
  "const enum default example examples required type dependentRequired discriminator".split(" ")
)

/** Keywords whose values are schemas by names of their own, which may be those of keywords. */
export const recordKeywords: ReadonlySet<string> = new Set(
  "properties patternProperties dependentSchemas $defs definitions".split(" ")
)

/** The schemas that stand directly within a schema. */
export const schemasIn = (schema: WireObject): ReadonlyArray<WireObject> =>
  Object.entries(schema).flatMap(([key, value]) => {
    if (dataKeywords.has(key)) return []
    if (Array.isArray(value)) return (value as ReadonlyArray<unknown>).filter(isObject)
    if (!isObject(value)) return []
    return recordKeywords.has(key) ? Object.values(value).filter(isObject) : [value]
  })
