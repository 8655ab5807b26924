/**
 * Settings: providers, models, policies, keys, budgets and prices in one file, which loads as models that are ready to call.
 * The smallest file is
 *
 * ```yaml
 * models:
 *   fast: openai/gpt-6-luna
 *   smart: [anthropic/claude-haiku-5-5, openai/gpt-6-luna]
 * ```
 *
 * A file is YAML, JSON, or a TypeScript module with settings as its default export. All mistakes in it are reported at once,
 * each with its place and what would be right.
 *
 * @since 0.1.0
 */
export { build, type Built } from "./build/Build.ts"
export { type Loaded, load, type LoadOptions } from "./file/Load.ts"
export { format as formatMistake, formatPath, Mistake, SettingsError } from "./file/Mistake.ts"
export { jsonSchema } from "./JsonSchema.ts"
export { Settings, type SettingsInput } from "./schema/Settings.ts"
export { type Reload, watch, type Watched } from "./Watch.ts"
