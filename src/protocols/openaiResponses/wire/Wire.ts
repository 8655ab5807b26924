export * from "../../wire/Wire.ts"

/**
 * The id of the protocol: `providerOptions` and provider parts under it belong to the wire objects below.
 *
 * @since 0.1.0
 * @category constants
 */
export const protocolId = "openai-responses"
