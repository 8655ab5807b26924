import type { Message } from "../../domain/Message.ts"

/**
 * What a chat has beyond its texts, in tokens:
 * - `base` once, `preamble` where no message is of the system (a default system prompt), `roles` for each message by
 *   its role (the name of the role included), `name` for each named message;
 * - `call` for each tool call, `parallel` more for a message with several, `result` for each tool result;
 * - `reasoning`: whether the reasoning of the last turn is sent (that of earlier turns never is);
 * - `thinking` where reasoning is asked for, `json` in JSON mode, `citations` where a document is to be cited;
 * - `schema`: `base` and `share` of the JSON Schema that the response must follow;
 * - `images`: for each image beside its own tokens.
 *
 * Nine of ten requests lie within `spread` tokens, besides the errors of texts, tools and media. `serverTools` is how
 * many tokens the provider's own tools may add (instructions, and what they find).
 */
export interface ChatRule {
  readonly id: string
  readonly base: number
  readonly preamble: number
  readonly roles: { readonly [role in Message["role"]]: number }
  readonly name: number
  readonly call: number
  readonly parallel: number
  readonly result: number
  readonly reasoning: boolean
  readonly thinking: number
  readonly json: number
  readonly schema: { readonly base: number; readonly share: number }
  readonly citations: number
  readonly tools: ToolsRule
  readonly spread: number
  readonly serverTools: number
}

/**
 * How tools are written out for the model: as a TypeScript namespace (`typescript`), or as JSON, dense or with the
 * spaces that Python writes, `wrapped` in `{"type": "function", "function": ...}` or not. `base` is what comes with them
 * (instructions), `required` where a call is demanded, `alone` more where there is no system message to hold them;
 * `perTool` comes with each; `error` is a share of the whole. Where `omitsEmpty`, a tool without parameters has no schema.
 */
export interface ToolsRule {
  readonly style: "typescript" | "json" | "spaced-json"
  readonly wrapped?: boolean
  readonly omitsEmpty?: boolean
  readonly base: number
  readonly required?: number
  readonly alone?: number
  readonly perTool: number
  readonly error: number
}
