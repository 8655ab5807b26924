/**
 * What providers refuse in a request, as their documentation and their errors say it: a checker for each protocol that
 * names every rule which a body breaks. The sources stand with the code that keeps the rules.
 */
import type { Wire } from "./halves.ts"

export type Check = (body: Wire) => ReadonlyArray<string>

const plainName = /^[a-zA-Z0-9_-]{1,64}$/

const list = (value: Wire): ReadonlyArray<Wire> => (Array.isArray(value) ? value : [])

const when = (isBroken: boolean, rule: string): ReadonlyArray<string> => (isBroken ? [rule] : [])

const all = (...rules: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => rules.flat()

const isBlank = (text: unknown): boolean => typeof text === "string" && text.trim() === ""

/** An object at the root that says its properties, and no choice there; arrays with items; no empty `enum`. */
const parameters = (schema: Wire, properties?: RegExp): ReadonlyArray<string> =>
  all(
    when(schema?.type !== "object", "parameters are an object"),
    when(typeof schema?.properties !== "object", "parameters have properties"),
    ["anyOf", "oneOf", "allOf", "not", "enum", "const", "$ref"].flatMap((key) =>
      when(schema?.[key] !== undefined, `no ${key} at the root`)
    ),
    when(
      properties !== undefined && Object.keys(schema?.properties ?? {}).some((key) => !properties.test(key)),
      "names of properties"
    ),
    within(schema, schema)
  )

const within = (node: Wire, root: Wire): ReadonlyArray<string> => {
  if (Array.isArray(node)) return node.flatMap((one) => within(one, root))
  if (typeof node !== "object" || node === null) return []
  const reference = node.$ref
  return all(
    when([node.type].flat().includes("array") && node.items === undefined, "arrays have items"),
    when(Array.isArray(node.items), "items are one schema"),
    when(Array.isArray(node.enum) && node.enum.length === 0, "an enum has values"),
    when(
      Object.values(node.properties ?? {}).some((inner) => typeof inner === "boolean"),
      "no schema is a boolean"
    ),
    when(typeof reference === "string" && lookUp(reference, root) === undefined, `${reference} leads somewhere`),
    when(
      typeof reference === "string" && !/^#(\/(\$defs|definitions)\/[\w.-]+)?$/.test(reference),
      `${reference} is one that all resolve`
    ),
    when(
      ["description", "items", "required", "properties", "title"].some((key) => node[key] === null),
      "no keyword is null"
    ),
    when(node.required !== undefined && !Array.isArray(node.required), "what is required is a list"),
    when(
      [node.type].flat().some((type) => /[A-Z]/.test(type)),
      "types are in lower case"
    ),
    when(typeof node.exclusiveMinimum === "boolean", "exclusive bounds are numbers"),
    Object.entries(node).flatMap(([key, inner]) => {
      if (["enum", "const", "default", "required"].includes(key)) return []
      return records.has(key) ? Object.values(inner as object).flatMap((one) => within(one, root)) : within(inner, root)
    })
  )
}

const records = new Set(["properties", "patternProperties", "$defs", "definitions"])

const lookUp = (reference: string, root: Wire): Wire =>
  reference.startsWith("#")
    ? reference
        .split("/")
        .slice(1)
        .reduce<Wire>((node, key) => node?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], root)
    : undefined

/** Results come right after the calls that they answer, one for each. */
const answered = (calls: ReadonlyArray<string>, results: ReadonlyArray<string>): ReadonlyArray<string> =>
  all(
    when(new Set(calls).size !== calls.length, "ids of calls differ"),
    when([...calls].sort().join("\n") !== [...results].sort().join("\n"), "each call has one result, right after it")
  )

const chatMessages = (messages: ReadonlyArray<Wire>, callId: RegExp): ReadonlyArray<string> =>
  messages.flatMap((message, index) => {
    if (message.role === "tool") {
      return when(!["tool", "assistant"].includes(messages[index - 1]?.role), "a tool follows an assistant")
    }
    if (message.role !== "assistant" || message.tool_calls === undefined) return []
    const end = messages.findIndex(({ role }, after) => after > index && role !== "tool")
    const results = messages.slice(index + 1, end < 0 ? undefined : end)
    const ids = message.tool_calls.map(({ id }: Wire) => id)
    return all(
      answered(
        ids,
        results.map(({ tool_call_id }) => tool_call_id)
      ),
      when(!ids.every((id: string) => callId.test(id)), `ids of calls are ${callId.source}`),
      when(!message.tool_calls.every((call: Wire) => plainName.test(call.function.name)), "names of calls"),
      when(message.tool_calls.length === 0, "a list of calls is not empty")
    )
  })

const chatTools = (tools: Wire): ReadonlyArray<string> =>
  list(tools).flatMap((tool) =>
    all(when(!plainName.test(tool.function.name), "names of tools"), parameters(tool.function.parameters))
  )

const openAiChat: Check = (body) => all(chatMessages(body.messages, /^.{1,40}$/s), chatTools(body.tools))

const mistralAfter: { readonly [role: string]: ReadonlyArray<string> } = {
  system: ["user", "assistant", "system"],
  user: ["assistant", "system", "user"],
  assistant: ["assistant", "user", "tool"],
  tool: ["assistant", "tool"]
}

const mistral: Check = ({ messages, tools }) =>
  all(
    chatMessages(messages, /^[a-zA-Z0-9]{9}$/),
    chatTools(tools),
    messages.flatMap((message: Wire, index: number) => {
      const before = messages[index - 1]?.role
      const { content, prefix, role, tool_calls: calls } = message
      const isLast = index === messages.length - 1
      return all(
        when(before !== undefined && !mistralAfter[before]?.includes(role), `no ${role} after ${before}`),
        when(
          role === "assistant" && calls === undefined && (content ?? "").length === 0,
          "an assistant says something"
        ),
        when(role === "assistant" && isLast && prefix !== true, "a last assistant is a prefix"),
        when(prefix === true && !isLast, "a prefix comes last"),
        when(isLast && role === "system" && before !== undefined && before !== "system", "no system message comes last")
      )
    })
  )

const openAiResponses: Check = ({ input, tools }) => {
  const calls = input.filter(({ type }: Wire) => type === "function_call")
  const results = input.filter(({ type }: Wire) => type === "function_call_output")
  const ids = (items: ReadonlyArray<Wire>): ReadonlyArray<string> => items.map(({ call_id }) => call_id)
  return all(
    answered(ids(calls), ids(results)),
    when(!ids(calls).every((id) => id.length > 0 && id.length <= 64), "ids of calls have at most 64 characters"),
    when(!calls.every(({ name }: Wire) => plainName.test(name)), "names of calls"),
    list(tools).flatMap((tool) => all(when(!plainName.test(tool.name), "names of tools"), parameters(tool.parameters)))
  )
}

/** Turns of two roles in turn, each with content; the results of calls stand in the next. */
const turns = (
  messages: ReadonlyArray<Wire>,
  idsOf: (block: Wire) => { readonly call?: string | undefined; readonly result?: string | undefined }
): ReadonlyArray<string> =>
  messages.flatMap(({ content, role }, index) => {
    const pick = (blocks: ReadonlyArray<Wire>, key: "call" | "result") =>
      blocks.flatMap((block) => idsOf(block)[key] ?? [])
    return all(
      when(list(content).length === 0, "a message has content"),
      when(messages[index - 1]?.role === role, "roles take turns"),
      when(pick(content, "call").length > 0 && role !== "assistant", "an assistant calls"),
      when(index === 0 && role !== "user", "a user begins"),
      role === "assistant" ? answered(pick(content, "call"), pick(messages[index + 1]?.content ?? [], "result")) : []
    )
  })

const anthropic: Check = ({ messages, system, tools }) => {
  const ids = messages.flatMap(({ content }: Wire) =>
    content.flatMap((block: Wire) => (block.type === "tool_use" ? [block.id] : []))
  )
  const last = messages.at(-1)
  return all(
    turns(messages, (block) => ({
      call: block.type === "tool_use" ? block.id : undefined,
      result: block.type === "tool_result" ? block.tool_use_id : undefined
    })),
    when(new Set(ids).size !== ids.length, "ids of calls differ in the whole conversation"),
    when(!ids.every((id: string) => /^[a-zA-Z0-9_-]+$/.test(id)), "ids of calls"),
    when(
      list(system).some(({ text }) => isBlank(text)),
      "instructions are not blank"
    ),
    messages.flatMap(({ content }: Wire) =>
      all(
        when(
          list(content).every(({ text }) => isBlank(text)),
          "a message is not blank"
        ),
        when(
          list(content).some(({ text }) => text === ""),
          "text is not empty"
        ),
        when(isBlank(content.at(-1)?.text) || isBlank(content[0]?.text), "no blank text at an end")
      )
    ),
    messages.flatMap(({ content }: Wire) =>
      content.flatMap((block: Wire) =>
        when(
          block.type === "server_tool_use" && !block.id.startsWith("srvtoolu_") && !isServed(content, block.id),
          "calls of server tools are its own"
        )
      )
    ),
    list(tools).flatMap((tool) =>
      when(
        tool.strict === true && JSON.stringify(tool.input_schema).includes('"additionalProperties":{'),
        "no free keys"
      )
    ),
    when(list(tools).filter(({ strict }) => strict === true).length > 20, "at most 20 strict tools"),
    when(last?.role === "assistant" && /\s$/.test(last.content.at(-1)?.text ?? ""), "a prefill ends in a word"),
    messages.flatMap(({ content }: Wire) =>
      content.flatMap((block: Wire) => when(block.type === "tool_use" && !plainName.test(block.name), "names of calls"))
    ),
    list(tools).flatMap((tool) =>
      all(when(!plainName.test(tool.name), "names of tools"), parameters(tool.input_schema, /^[a-zA-Z0-9_.-]{1,64}$/))
    )
  )
}

const isServed = (content: ReadonlyArray<Wire>, id: string): boolean =>
  content.some(({ tool_use_id }) => tool_use_id === id)

const bedrock: Check = ({ messages, system, toolConfig }) => {
  const blocks = messages.flatMap(({ content }: Wire) => content)
  const calls = blocks.flatMap((block: Wire) => (block.toolUse === undefined ? [] : [block.toolUse]))
  return all(
    turns(messages, (block) => ({ call: block.toolUse?.toolUseId, result: block.toolResult?.toolUseId })),
    when(
      blocks.some((block: Wire) => block.toolUse ?? block.toolResult) && list(toolConfig?.tools).length === 0,
      "calls need tools"
    ),
    blocks.flatMap((block: Wire, index: number) =>
      when(
        block.toolUse?.type === "server_tool_use" &&
          blocks[index + 1]?.toolResult?.toolUseId !== block.toolUse.toolUseId,
        "calls of server tools have results"
      )
    ),
    when(!calls.every(({ toolUseId }: Wire) => /^[a-zA-Z0-9_-]{1,64}$/.test(toolUseId)), "ids of calls of a Claude"),
    when(!calls.every(({ name }: Wire) => plainName.test(name)), "names of calls"),
    when(
      [...blocks, ...list(system)].some(({ text }: Wire) => isBlank(text)),
      "text is not blank"
    ),
    list(toolConfig?.tools).flatMap(({ toolSpec }) =>
      toolSpec === undefined
        ? []
        : all(when(!plainName.test(toolSpec.name), "names of tools"), parameters(toolSpec.inputSchema.json))
    )
  )
}

const google: Check = ({ contents, systemInstruction, tools }) =>
  all(
    when(contents.length === 0, "there is a turn"),
    when(
      list(systemInstruction?.parts).some(({ text }) => text === ""),
      "instructions are not empty"
    ),
    when(systemInstruction !== undefined && list(systemInstruction.parts).length === 0, "instructions have parts"),
    contents.flatMap(({ parts, role }: Wire, index: number) => {
      const calls = parts.filter((part: Wire) => part.functionCall !== undefined)
      const results = list(contents[index + 1]?.parts).filter((part) => part.functionResponse !== undefined)
      return all(
        when(parts.length === 0, "a turn has parts"),
        when(index === 0 && role !== "user", "a user begins"),
        when(contents[index - 1]?.role === role, "roles take turns"),
        when(role === "model" && calls.length !== results.length, "each call has one result, in the turn after it"),
        when(!calls.every(({ functionCall }: Wire) => plainName.test(functionCall.name)), "names of calls")
      )
    }),
    list(tools).flatMap(({ functionDeclarations }) =>
      list(functionDeclarations).flatMap((tool) =>
        all(
          when(!plainName.test(tool.name), "names of tools"),
          when(
            tool.parametersJsonSchema !== undefined && tool.parametersJsonSchema.type !== "object",
            "parameters are an object"
          )
        )
      )
    )
  )

const cohere: Check = ({ messages, tools }) =>
  all(
    chatMessages(messages, /^.+$/s),
    chatTools(tools),
    when(
      messages.some((message: Wire) => message.role === "assistant" && Object.keys(message).length === 1),
      "an assistant says something"
    )
  )

const ollama: Check = ({ messages, tools }) =>
  all(
    messages.flatMap((message: Wire, index: number) =>
      when(
        message.role === "tool" && !["tool", "assistant"].includes(messages[index - 1]?.role),
        "a tool follows a call"
      )
    ),
    chatTools(tools)
  )

/** By the id of the protocol. */
export const vendorRules: { readonly [protocol: string]: Check } = {
  "openai-chat": openAiChat,
  "openai-responses": openAiResponses,
  "anthropic-messages": anthropic,
  "bedrock-anthropic": anthropic,
  "vertex-anthropic": anthropic,
  "google-generate-content": google,
  "bedrock-converse": bedrock,
  "mistral-chat": mistral,
  "cohere-chat": cohere,
  "ollama-chat": ollama
}
