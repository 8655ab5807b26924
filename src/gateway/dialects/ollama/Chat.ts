import { OllamaChat } from "effect-llm/protocols/OllamaChat"
import { chatRoute } from "../ChatRoute.ts"
import { ollama } from "./Ollama.ts"

/** `/api/chat`. */
export const chat = [chatRoute(ollama, OllamaChat, { path: "/api/chat" })]
