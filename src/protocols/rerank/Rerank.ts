/** The protocols of rerank: they are small, and loaded together. */
export { CohereRerank, CompatibleRerank } from "./CohereRerank.ts"
export { JinaRerank } from "./JinaRerank.ts"
export { VoyageRerank } from "./VoyageRerank.ts"
