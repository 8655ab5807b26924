import { computed, signal } from "@preact/signals"

export const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const
export type Effort = (typeof efforts)[number]
export type Format = "text" | "json_object" | "json_schema"

/** Parameters of every request of the playground, as typed. */
export const system = signal("")
export const temperature = signal("")
export const topP = signal("")
export const maxTokens = signal("")
export const seed = signal("")
export const stop = signal("")
export const effort = signal<Effort | "">("")
export const format = signal<Format>("text")
export const schema = signal("")
export const tools = signal("")

export const exampleSchema = `{
  "type": "object",
  "properties": {
    "city": { "type": "string" },
    "population": { "type": "integer" }
  },
  "required": ["city", "population"],
  "additionalProperties": false
}`

export const exampleTools = `[
  {
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {
      "type": "object",
      "properties": { "city": { "type": "string" } },
      "required": ["city"]
    }
  }
]`

type Parsed = { readonly value: unknown } | { readonly problem: string }

const parse = (text: string): Parsed => {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (thrown) {
    return { problem: `This is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}` }
  }
}

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parsedSchema = computed((): Parsed => {
  const parsed = parse(schema.value)
  return "value" in parsed && !isObject(parsed.value) ? { problem: "A schema is a JSON object." } : parsed
})

/** The tools of a request; bare functions are wrapped. */
const parsedTools = computed((): Parsed => {
  if (tools.value.trim() === "") return { value: undefined }
  const parsed = parse(tools.value)
  if ("problem" in parsed) return parsed
  const all: unknown = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
  const list = all as ReadonlyArray<unknown>
  if (!list.every(isObject)) return { problem: "Tools are a list of JSON objects." }
  return { value: list.map((tool) => ("type" in tool ? tool : { type: "function", function: tool })) }
})

export const toolsProblem = computed(() => ("problem" in parsedTools.value ? parsedTools.value.problem : undefined))
export const schemaProblem = computed(() =>
  format.value === "json_schema" && "problem" in parsedSchema.value ? parsedSchema.value.problem : undefined
)

const numberIn = (text: string): number | undefined => (text.trim() === "" ? undefined : Number(text))

const responseFormat = (): unknown => {
  if (format.value === "text") return undefined
  if (format.value === "json_object") return { type: "json_object" }
  const value = "value" in parsedSchema.value ? parsedSchema.value.value : {}
  return { type: "json_schema", json_schema: { name: "answer", strict: true, schema: value } }
}

/** The request's fields for the parameters that are set. */
export const fields = computed((): { readonly [field: string]: unknown } => {
  const stops = stop.value.split("\n").filter((line) => line !== "")
  const all = {
    temperature: numberIn(temperature.value),
    top_p: numberIn(topP.value),
    max_completion_tokens: numberIn(maxTokens.value),
    seed: numberIn(seed.value),
    stop: stops.length === 0 ? undefined : stops,
    reasoning_effort: effort.value === "" ? undefined : effort.value,
    tools: "value" in parsedTools.value ? parsedTools.value.value : undefined,
    response_format: responseFormat()
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
})

/** How many parameters are set, for the button that shows them. */
export const settingCount = computed(() => Object.keys(fields.value).length + (system.value.trim() === "" ? 0 : 1))
