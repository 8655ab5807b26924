/**
 * What a chat has beyond its texts: for each message and named message, for the beginning of the reply, for each tool
 * call, for several of them in one message, for each tool result. `reasoning` tells whether earlier thoughts are sent
 * at all. `error` is the share by which these may be off, and `hidden` how many tokens the host may add unseen.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatRule {
  readonly perMessage: number
  readonly perName: number
  readonly reply: number
  readonly reasoning: boolean
  readonly call: number
  readonly parallel: number
  readonly result: number
  readonly error: number
  readonly hidden: number
  readonly tools: ToolsRule
}

/**
 * How tools are written out for the model: as lines for the function, its properties and the values of an enum
 * (`functions`), or as JSON below instructions of `base` tokens, `forced` where a call is demanded (`json`).
 *
 * @since 0.1.0
 * @category models
 */
export type ToolsRule =
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
