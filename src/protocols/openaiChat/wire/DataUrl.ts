export { urlOf } from "../../wire/MediaInput.ts"
