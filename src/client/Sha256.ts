import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"

/** Longer inputs are left to the platform, which is faster but only responds later. */
const mostAtOnce = 32 * 1024

const isPrime = (n: number): boolean => {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return false
  return true
}

const primes = Array.from({ length: 310 }, (_, index) => index + 2).filter(isPrime)

/** The first 32 bits of the fractional part. */
const fraction = (n: number): number => ((n % 1) * 2 ** 32) | 0

const initial = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))
const constants = Int32Array.from(primes.slice(0, 64), (prime) => fraction(Math.cbrt(prime)))

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/**
 * SHA-256 in hexadecimal. Short inputs are hashed at once, so that a call does not wait for a promise.
 *
 * Source: FIPS 180-4.
 */
export const sha256 = (bytes: Uint8Array<ArrayBuffer>): Effect.Effect<string> =>
  bytes.length <= mostAtOnce
    ? Effect.sync(() => Hex.encode(digest(bytes)))
    : Effect.map(
        Effect.promise(() => globalThis.crypto.subtle.digest("SHA-256", bytes)),
        (digest) => Hex.encode(new Uint8Array(digest))
      )

export const digest = (bytes: Uint8Array): Uint8Array => {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, 8n * BigInt(bytes.length))
  const state = initial.slice()
  const words = new Int32Array(64)
  for (let at = 0; at < padded.length; at += 64) addBlock(state, words, view, at)
  const result = new Uint8Array(32)
  const out = new DataView(result.buffer)
  state.forEach((word, index) => out.setInt32(4 * index, word))
  return result
}

const addBlock = (state: Int32Array, words: Int32Array, view: DataView, at: number): void => {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i)
  for (let i = 16; i < 64; i++) {
    const early = words[i - 15] ?? 0
    const late = words[i - 2] ?? 0
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    words[i] = (words[i - 16] ?? 0) + s0 + (words[i - 7] ?? 0) + s1
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const choice = (e & f) ^ (~e & g)
    const t1 = (h + s1 + choice + (constants[i] ?? 0) + (words[i] ?? 0)) | 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + s0 + majority) | 0
  }
  const added = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = (state[i] ?? 0) + (added[i] ?? 0)
}
