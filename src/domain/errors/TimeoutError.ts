export { TimeoutError } from "../ChatResponse.ts"
