export * from "../../wire/WireObject.ts"

/** The id of the protocol: `providerOptions` and provider parts under it belong to the wire objects below. */
export const protocolId = "bedrock-converse"
