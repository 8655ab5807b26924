/** Checks what the gateway says by OpenAI's published document, where that is at hand. */
import { assert } from "@effect/vitest"
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"

const file = new URL("../../../../shared/gateway/openai-openapi.json.gz", import.meta.url)

/** Whether there is a document to check by. */
export const isAvailable = existsSync(file)

type Node = { readonly [key: string]: unknown }

interface Document {
  readonly paths: {
    readonly [path: string]: {
      readonly [method: string]: {
        readonly responses: {
          readonly [status: string]: { readonly content?: { readonly [mediaType: string]: { readonly schema?: Node } } }
        }
      }
    }
  }
  readonly components: { readonly schemas: { readonly [name: string]: Node } }
}

/** Variants of a union overlap in the document, so any one that holds will do; what only generators read is left out. */
const asJsonSchema = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(asJsonSchema)
  if (typeof node !== "object" || node === null) return node
  const { nullable, ...fields } = node as Node
  const schema = Object.fromEntries(
    Object.entries(fields)
      .filter(([key]) => !["discriminator", "example", "format"].includes(key) && !key.startsWith("x-"))
      .map(([key, value]) => [
        key === "oneOf" ? "anyOf" : key,
        key === "$ref" && typeof value === "string" ? value.replace("#/", "openai#/") : asJsonSchema(value)
      ])
  )
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema
}

let loaded: { readonly document: Document; readonly ajv: Ajv2020 } | undefined

const load = () => {
  if (loaded !== undefined) return loaded
  const document = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Document
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false, logger: false })
  ajv.addSchema({ $id: "openai", components: asJsonSchema(document.components) })
  loaded = { document, ajv }
  return loaded
}

const validators = new Map<string, ValidateFunction>()

const validatorOf = (reference: string): ValidateFunction => {
  const known = validators.get(reference)
  if (known !== undefined) return known
  const made = load().ajv.compile({ $ref: reference })
  validators.set(reference, made)
  return made
}

const check = (name: string, value: unknown): void => {
  if (!isAvailable) return
  const validate = validatorOf(`openai#/components/schemas/${name}`)
  if (validate(value)) return
  const errors = validate.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`).join("; ")
  assert.fail(`not a ${name}: ${errors}\n${JSON.stringify(value, undefined, 1).slice(0, 3000)}`)
}

/** What is served of the document, of paths that the gateway has, as a document whose requests name these models. */
export const servedOf = (served: ReadonlyArray<string>, models: ReadonlyArray<string>): object => {
  const { components, paths, ...document } = load().document
  const withoutNames = (path: string) => path.replaceAll(/\{[^}]+\}/g, "{}")
  const known = new Set(served.map(withoutNames))
  return {
    ...document,
    security: [],
    paths: Object.fromEntries(Object.entries(paths).filter(([path]) => known.has(`/v1${withoutNames(path)}`))),
    components: naming(components, models)
  }
}

const naming = (node: unknown, models: ReadonlyArray<string>): unknown => {
  if (Array.isArray(node)) return node.map((item) => naming(item, models))
  if (typeof node !== "object" || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === "model" && typeof value === "object" && ("anyOf" in value || "type" in value || "$ref" in value)
        ? { type: "string", enum: models }
        : naming(value, models)
    ])
  )
}

/** Checks a value by a schema of the document. */
export const checkSchema = check

/** Checks the body of a successful response of an operation, such as `post /embeddings`. */
export const checkResponse = (operation: string, value: unknown): void => {
  if (!isAvailable) return
  const [method = "", path = ""] = operation.split(" ")
  const content = load().document.paths[path]?.[method]?.responses["200"]?.content?.["application/json"]
  check(nameOf(content?.schema ?? {}), value)
}

const nameOf = ({ $ref: reference }: Node): string => {
  if (typeof reference !== "string") return assert.fail("the operation has no response of its own name")
  return reference.replace("#/components/schemas/", "")
}

/** Checks an error of any operation. */
export const checkError = (value: unknown): void => check("ErrorResponse", value)

/** Checks an event by the variant of a union that has its type, so that it is clear what is wrong with it. */
export const checkEvent = (union: string, event: unknown): void => {
  if (!isAvailable) return
  const { type } = event as { readonly type?: unknown }
  const variants = variantsOf(union).filter((name) => typesOf(name).includes(String(type)))
  assert.isNotEmpty(variants, `${union} has no event ${String(type)}`)
  for (const name of variants) check(name, event)
}

const schemaOf = (name: string): Node => load().document.components.schemas[name] ?? assert.fail(`no schema ${name}`)

const variantsOf = (union: string): ReadonlyArray<string> => {
  const { anyOf, oneOf } = schemaOf(union)
  return ((anyOf ?? oneOf ?? []) as ReadonlyArray<Node>).flatMap((variant) => {
    const name = nameOf(variant)
    const schema = schemaOf(name)
    return schema.anyOf === undefined && schema.oneOf === undefined ? [name] : variantsOf(name)
  })
}

const typesOf = (name: string): ReadonlyArray<string> => {
  const type = (schemaOf(name).properties as { readonly type?: Node } | undefined)?.type
  return type?.const === undefined ? ((type?.enum ?? []) as ReadonlyArray<string>) : [String(type.const)]
}

/** The events of a stream; the last is `[DONE]` where the protocol has it. */
export const eventsIn = (text: string): ReadonlyArray<{ readonly event: string | undefined; readonly data: string }> =>
  text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      const lines = block.split("\n")
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      return { event: field("event"), data: field("data") ?? "" }
    })
