interface ModelRow {
  readonly id: string
  readonly match: string
  readonly encoding: "o200k_base" | "o200k_harmony" | "cl100k_base" | "p50k_base" | "r50k_base"
  readonly ratio: number
  readonly error: number
  readonly chat: string
  readonly image?: string
  readonly audio?: string
  readonly video?: string
  readonly document?: string
  readonly source: string
}

type ToolsRow =
  | {
      readonly type: "functions"
      readonly functionInit: number
      readonly propertyInit: number
      readonly propertyKey: number
      readonly enumInit: number
      readonly enumItem: number
      readonly functionEnd: number
      readonly error: number
    }
  | {
      readonly type: "json"
      readonly base: number
      readonly forced?: number
      readonly perTool: number
      readonly error: number
    }

interface ChatRow {
  readonly id: string
  readonly perMessage: number
  readonly perName: number
  readonly reply: number
  readonly reasoning: boolean
  readonly call: number
  readonly parallel: number
  readonly result: number
  readonly error: number
  readonly hidden: number
  readonly tools: ToolsRow
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
