export { ContentPolicyError } from "../ChatResponse.ts"
