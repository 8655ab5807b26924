interface ModelRow {
  readonly id: string
  readonly match: string
  readonly encoding: "o200k_base" | "o200k_harmony" | "cl100k_base" | "p50k_base" | "r50k_base"
  readonly ratio: number
  /** How many tokens more for each that only continues a word. */
  readonly fragments?: number
  /** Whether each digit is a token. */
  readonly digits?: boolean
  readonly error: number
  readonly chat: string
  readonly image?: string
  readonly audio?: string
  readonly video?: string
  readonly document?: string
  readonly source: string
}

interface ToolsRow {
  readonly style: "typescript" | "json" | "spaced-json"
  readonly wrapped?: boolean
  readonly omitsEmpty?: boolean
  readonly base: number
  readonly required?: number
  readonly alone?: number
  readonly perTool: number
  readonly error: number
}

interface ChatRow {
  readonly id: string
  readonly base: number
  readonly preamble: number
  readonly roles: { readonly system: number; readonly user: number; readonly assistant: number; readonly tool: number }
  readonly name: number
  readonly call: number
  readonly parallel: number
  readonly result: number
  readonly reasoning: boolean
  readonly thinking: number
  readonly json: number
  readonly schema: { readonly base: number; readonly share: number }
  readonly citations: number
  readonly tools: ToolsRow
  readonly spread: number
  readonly serverTools: number
  /** The fields that are fitted to recorded calls; the others are published. */
  readonly fitted: ReadonlyArray<string>
  readonly source: string
}

declare const table: {
  readonly models: ReadonlyArray<ModelRow>
  readonly chats: ReadonlyArray<ChatRow>
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const models: (typeof table)["models"]
export declare const chats: (typeof table)["chats"]
