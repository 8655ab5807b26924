export { ResponseWriter as AnswerWriter } from "./ResponseWriter.ts"
