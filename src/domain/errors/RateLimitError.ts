export { RateLimitError, isTooLarge } from "../ChatResponse.ts"
