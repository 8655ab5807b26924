import type { ChatParameter } from "../src/domain/ChatRequest.ts"

type Parameter =
  | Exclude<ChatParameter, "responseFormat">
  | "responseFormat.json"
  | "responseFormat.json_schema"
  | "reasoning.effort"
  | "reasoning.budget"
  | "image"
  | "audio"
  | "file"

type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max"

interface Row {
  readonly provider: string
  readonly model: string
  readonly reject?: ReadonlyArray<Parameter>
  readonly ignore?: ReadonlyArray<Parameter | "*">
  readonly rejectValues?: { readonly toolChoice?: ReadonlyArray<"auto" | "none" | "required" | "tool"> }
  readonly together?: ReadonlyArray<Parameter>
  readonly when?: { readonly reasoningEffort?: ReadonlyArray<Effort | "default">; readonly reasoning?: "on" }
  readonly unless?: { readonly reasoningEffort?: ReadonlyArray<Effort | "default"> }
  readonly protocol?: string
  readonly atLeast?: { readonly topP?: number }
  readonly instead?: { readonly reasoningEffort?: Effort }
  readonly allow?: { readonly temperature?: number; readonly topP?: number }
  readonly rename?: { readonly maxOutputTokens?: string }
  readonly reasoningEfforts?: ReadonlyArray<Effort>
  readonly reasoningBudget?: { readonly atLeast: number; readonly belowMaxOutputTokens: boolean }
  readonly thinking?: "budget" | "adaptive" | "both"
  readonly strictTools?: boolean
  readonly thinkingOff?: "disabled" | "between_tools"
  readonly maxOutputTokens?: number
  readonly reasoningParameter?: "reasoning_effort"
  readonly note?: string
  readonly source: string
  readonly checked: string
}

declare const table: {
  readonly checked: string
  readonly restrictions: ReadonlyArray<Row>
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const checked: (typeof table)["checked"]
export declare const restrictions: (typeof table)["restrictions"]
