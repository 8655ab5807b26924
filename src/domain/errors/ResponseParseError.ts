export { ResponseParseError } from "../ChatResponse.ts"
