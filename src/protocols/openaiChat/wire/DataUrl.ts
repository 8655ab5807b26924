export { urlOf } from "../../DataUrl.ts"
