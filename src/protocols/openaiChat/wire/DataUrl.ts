export { urlOf } from "../../wire/DataUrl.ts"
