/**
 * The settings that configure a provider: what they are called, and which are still missing.
 *
 * @since 0.1.0
 */
export { missing, needsNothing } from "./registry/Needs.ts"
export { namesOf } from "../client/SettingNames.ts"
