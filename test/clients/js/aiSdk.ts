import { createAnthropic } from "@ai-sdk/anthropic"
import { createGoogle } from "@ai-sdk/google"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import {
  generateText,
  isStepCount,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  type TextStreamPart,
  tool as aiTool,
  type ToolSet
} from "ai"
import { type Cell, type Context, gateway, key, type Observation, run, tool } from "./program.ts"
import { review } from "./review.ts"

/** What each provider package is set up by, and how it is asked for reasoning. */
const providers: {
  readonly [name: string]: { readonly model: (id: string) => LanguageModel; readonly thinking?: object }
} = {
  "openai responses": {
    model: createOpenAI({ baseURL: `${gateway}/v1`, apiKey: key }).responses,
    // The package sends what reasons only to models whose names it knows.
    thinking: { openai: { forceReasoning: true, reasoningEffort: "low", reasoningSummary: "auto" } }
  },
  "openai chat": { model: createOpenAI({ baseURL: `${gateway}/v1`, apiKey: key }).chat },
  "openai-compatible": {
    model: createOpenAICompatible({
      name: "gateway",
      baseURL: `${gateway}/v1`,
      apiKey: key,
      includeUsage: true,
      supportsStructuredOutputs: true
    }),
    thinking: { gateway: { reasoningEffort: "low" } }
  },
  anthropic: {
    model: createAnthropic({ baseURL: `${gateway}/v1`, apiKey: key }),
    thinking: { anthropic: { thinking: { type: "adaptive" }, effort: "low" } }
  },
  google: {
    model: createGoogle({ baseURL: `${gateway}/v1beta`, apiKey: key }),
    thinking: { google: { thinkingConfig: { includeThoughts: true } } }
  }
}

const { model, thinking } = providers[process.argv[2] ?? ""]!

const request = (cell: Cell, { signal }: Pick<Context, "signal">) => ({
  model: model(cell.model),
  maxRetries: 0,
  abortSignal: signal,
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: cell.prompt },
        ...(cell.image === undefined ? [] : [{ type: "image", image: cell.image, mediaType: "image/png" }])
      ]
    } as ModelMessage
  ],
  ...(cell.reasoning === true && thinking !== undefined && { providerOptions: thinking as never })
})

const usageOf = (usage: {
  inputTokens: number | undefined
  outputTokens: number | undefined
}): Observation["usage"] => ({
  input: usage.inputTokens,
  output: usage.outputTokens
})

/** What goes through the two turns of a conversation with a tool. */
const withTool = (cell: Cell, calls: Array<{ name: string; input: unknown }>) => ({
  tools: {
    [tool.name]: aiTool({
      description: tool.description,
      inputSchema: jsonSchema<object>(tool.parameters),
      execute: (input) => {
        calls.push({ name: tool.name, input })
        return cell.toolResult
      }
    })
  },
  stopWhen: isStepCount(2)
})

/** Reads a stream to its end; an error in it is thrown, as an application has to. */
const read = async (result: { readonly stream: AsyncIterable<TextStreamPart<ToolSet>> }, piece?: Context["piece"]) => {
  let text = ""
  let reasoning = ""
  for await (const part of result.stream) {
    if (part.type === "error") throw part.error
    if (part.type === "abort") throw new Error("aborted")
    if (part.type === "reasoning-delta") reasoning += part.text
    if (part.type === "text-delta") {
      text += part.text
      piece?.()
    }
    // How the package says that a stream broke off.
    if (part.type === "finish" && ["interrupted", "error"].includes(part.finishReason))
      throw new Interrupted(part.finishReason)
  }
  return { text, reasoning }
}

class Interrupted extends Error {}

const quiet = { onError: () => {} }

await run({
  whole: async (cell, context) => {
    const { finalStep, text, usage } = await generateText(request(cell, context))
    return { text, reasoning: finalStep.reasoningText, usage: usageOf(usage) }
  },
  stream: async (cell, context) => {
    const result = streamText({ ...request(cell, context), ...quiet })
    const pieces = await read(result, context.piece)
    return { ...pieces, usage: usageOf(await result.usage) }
  },
  helper: async (cell, context) => {
    const result = streamText({ ...request(cell, context), ...quiet })
    await result.consumeStream()
    const finish = await result.finishReason
    if (["interrupted", "error"].includes(finish)) throw new Interrupted(finish)
    return { text: await result.text, usage: usageOf(await result.usage) }
  },
  tools: async (cell, context) => {
    const calls: Array<{ name: string; input: unknown }> = []
    const { text } = await generateText({ ...request(cell, context), ...withTool(cell, calls) })
    return { calls, text }
  },
  streamedTools: async (cell, context) => {
    const calls: Array<{ name: string; input: unknown }> = []
    const { text } = await read(streamText({ ...request(cell, context), ...quiet, ...withTool(cell, calls) }))
    return { calls, text }
  },
  structured: async (cell, context) => {
    const { output } = await generateText({ ...request(cell, context), output: Output.object({ schema: review }) })
    return { value: output }
  }
})
