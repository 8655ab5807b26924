export { ServerError } from "../ChatResponse.ts"
