import * as Schema from "effect/Schema"
import { Json } from "./Json.ts"

const providerOptionsSchema = Schema.Record(Schema.String, Schema.Record(Schema.String, Json))

/**
 * The schema of `ProviderOptions`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ProviderOptions: Schema.Codec<ProviderOptions> = providerOptionsSchema

/**
 * Settings that only one provider or protocol knows, keyed by its id; merged into the wire object as they are.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderOptions extends Schema.Schema.Type<typeof providerOptionsSchema> {}
