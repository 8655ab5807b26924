/** The protocols of images: they are small, and loaded together. */
export { GoogleImages } from "./GoogleImages.ts"
export { OpenAiImages } from "./OpenAiImages.ts"
export { XaiImages } from "./XaiImages.ts"
