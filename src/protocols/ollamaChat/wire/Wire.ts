export * from "../../wire/WireObject.ts"

/** The id of the protocol: `providerOptions` under it belong to the wire objects below. */
export const protocolId = "ollama-chat"
