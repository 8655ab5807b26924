import { hash as digest, randomBytes, timingSafeEqual } from "node:crypto"

/** What the secrets of virtual keys begin with: so that one that is found is recognized. */
export const prefix = "sk-ellm-"

/** A secret of 256 random bits. */
export const make = (): string => prefix + randomBytes(32).toString("base64url")

/** What is kept of a secret. It has too many random bits for a hash to need salt, or to be slow. */
export const hash = (secret: string): string => digest("sha256", secret)

/** The start and end of a secret, by which people recognize it. */
export const hint = (secret: string): string => `${secret.slice(0, prefix.length + 4)}...${secret.slice(-4)}`

/** Whether two hashes are the same; takes as long whatever they are. */
export const isSame = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other))
