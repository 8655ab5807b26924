import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { chatRoute } from "../ChatRoute.ts"
import { anthropic } from "./Anthropic.ts"

/** Messages, with and without the version. */
export const messages = ["/v1/messages", "/messages"].map((path) => chatRoute(anthropic, AnthropicMessages, { path }))
