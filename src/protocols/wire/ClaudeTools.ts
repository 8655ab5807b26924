import type { ToolDefinition } from "../../domain/Tool.ts"
import { outsideSubset, toSubset } from "./JsonSchemaSubset.ts"
import type { Issues } from "./Issues.ts"
import { schemasIn } from "./PlainSchema.ts"
import { array, isObject, type WireObject } from "./WireObject.ts"

/**
 * What is wrong with the name of a property of a tool's parameters, if anything is.
 * Source: https://github.com/modelcontextprotocol/go-sdk/issues/169
 */
export const claudeProperty = (name: string): string | undefined =>
  /^[a-zA-Z0-9_.-]{1,64}$/.test(name)
    ? undefined
    : `Claude takes no property ${JSON.stringify(name)}: letters, digits, "_", "." and "-", 64 at most`

/**
 * What may be compiled for one request, an answer's schema and tools together.
 * Sources: https://github.com/camel-ai/camel/pull/4171 and https://github.com/elizaOS/eliza/issues/16499 (2026-07)
 */
const most = { tools: 20, optional: 24, unions: 16 }

/**
 * The tools as the API takes them: schemas of strict tools within its subset. A tool is not strict, which is told, where
 * the subset would say something else than its schema does (objects with free keys would have none), and where the tools
 * before it use up what may be compiled for one request.
 */
export const withinLimits = (
  tools: ReadonlyArray<ToolDefinition>,
  strictTools: boolean,
  issues: Issues
): ReadonlyArray<ToolDefinition> => {
  const used = { tools: 0, optional: 0, unions: 0 }
  return tools.map((tool) => {
    if (tool.strict === undefined || !strictTools) return { ...tool, strict: undefined }
    if (!tool.strict) return tool
    const counts = { tools: 1, ...countsOf(tool.inputSchema) }
    const over = (["tools", "optional", "unions"] as const).find((key) => used[key] + counts[key] > most[key])
    const why = outsideSubset(tool.inputSchema) ?? (over === undefined ? undefined : told[over])
    if (why !== undefined) {
      issues.warn("other", "tools", `${tool.name} is not strict: ${why}`)
      return { ...tool, strict: undefined }
    }
    for (const key of ["tools", "optional", "unions"] as const) used[key] += counts[key]
    return { ...tool, inputSchema: toSubset(tool.inputSchema) as ToolDefinition["inputSchema"] }
  })
}

const told = {
  tools: `at most ${most.tools} tools of a request may be`,
  optional: `strict tools may have ${most.optional} optional parameters in all`,
  unions: `strict tools may have ${most.unions} parameters of several types in all`
}

/** Why a schema is too large to be compiled, if it is. */
export const beyondLimits = (schema: WireObject): string | undefined => {
  const { optional, unions } = countsOf(schema)
  if (optional > most.optional) return `it has ${optional} optional properties, and at most ${most.optional} are taken`
  if (unions > most.unions) return `it has ${unions} unions, and at most ${most.unions} are taken`
  return undefined
}

interface Counts {
  readonly optional: number
  readonly unions: number
}

const countsOf = (schema: WireObject): Counts => {
  const { anyOf, oneOf, properties, required, type } = schema
  const names = isObject(properties) ? Object.keys(properties) : []
  const own: Counts = {
    optional: names.filter((name) => !array(required).includes(name)).length,
    unions: [type, anyOf, oneOf].some(Array.isArray) ? 1 : 0
  }
  return schemasIn(schema).reduce((counts, inner) => {
    const { optional, unions } = countsOf(inner)
    return { optional: counts.optional + optional, unions: counts.unions + unions }
  }, own)
}
