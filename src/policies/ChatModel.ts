/**
 * A model that can be asked, and what can be made of it: everything of `model/ChatModel`, and `withCost`.
 *
 * @since 0.1.0
 */
export * from "../model/ChatModel.ts"
export { costs, withCost, type WithCostOptions } from "./WithCost.ts"
