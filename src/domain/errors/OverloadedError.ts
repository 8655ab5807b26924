export { OverloadedError } from "../ChatResponse.ts"
