/** The work that agents are given, and the model that does it by their tools. */
import { ChatResponse, Usage } from "effect-llm"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import type { Json } from "effect-llm/domain/Json"
import { Scenario } from "effect-llm/testing/Scenario"
import type { SimulatedRequest } from "effect-llm/testing/SimulatedRequest"

/** A call of one of an agent's tools. */
export interface Step {
  readonly tool: string
  readonly input: Json
}

export const file = "notes.txt"
export const before = "The number of the house is 4711.\n"
export const after = "The number of the house is 4712.\n"
export const prompt = `Raise the number in ${file} by one, check the file with a command, and say the number.`
export const command = `cat ${file} && wc -c ${file}`
export const answer = "The number is 4712 now."

/** What the results of the steps must have in them when they reach the model. */
export const results = ["house is 4711", "", "33 notes.txt"]

/** The usage of every response that belongs to the work. */
export const usage = Usage.make({ input: 1200, cacheRead: 900, output: 40, reasoning: 10 })

/** The proof of the reasoning before a step. */
export const proofOf = (step: number): string => `c2lnbmF0dXJlIG9mIA${step}`

/** Whether a request is one of the work, rather than one for a title or the like. */
export const isWork = ({ tools = [] }: ChatRequest, steps: ReadonlyArray<Step>): boolean =>
  steps.every(({ tool }) => tools.some(({ name }) => name === tool))

const respond = (content: ChatResponse["content"], finishReason: ChatResponse["finishReason"]): Scenario =>
  Scenario.reply(new ChatResponse({ content, finishReason, usage, warnings: [], attempts: [] }))

/** Takes the steps one after the other, as far as the conversation has no results, and then answers. */
export const working = (steps: ReadonlyArray<Step>, says = answer) =>
  Scenario.choose(({ index, protocol, request }: SimulatedRequest) => {
    if (request === undefined || !isWork(request, steps)) return Scenario.healthy
    const done = request.messages.reduce((sum, { content, role }) => sum + (role === "tool" ? content.length : 0), 0)
    const proof = protocol === "openai-responses" ? { encrypted: proofOf(done) } : { signature: proofOf(done) }
    const reasoning = { type: "reasoning", text: `Step ${done}.`, protocol, ...proof } as const
    const step = steps[done]
    if (step === undefined) return respond([reasoning, { type: "text", text: says }], "stop")
    const call = { type: "tool-call", id: `call_${index}_${done}`, name: step.tool, input: step.input } as const
    return respond([reasoning, call], "tool-calls")
  })
