/**
 * The settings that configure a provider: what they are called, and which are still missing.
 *
 * @since 0.1.0
 */
export { missing, needsNothing } from "./calling/Needs.ts"
export { namesOf } from "./calling/SettingNames.ts"
