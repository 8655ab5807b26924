export { StreamInterruptedError } from "../ChatResponse.ts"
