type Data = string | ArrayBuffer | ArrayBufferView

const encoder = new TextEncoder()

const bytesOf = (data: Data): Uint8Array<ArrayBuffer> => {
  if (typeof data === "string") return encoder.encode(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

/** SHA-256, or with a secret its HMAC, by the platform's own cryptography. */
export class WebSha256 {
  readonly #secret: Data | undefined
  #chunks: Array<Uint8Array<ArrayBuffer>> = []

  constructor(secret?: Data) {
    this.#secret = secret
  }

  update(data: Data): void {
    this.#chunks.push(bytesOf(data))
  }

  reset(): void {
    this.#chunks = []
  }

  digest(): Promise<Uint8Array> {
    const { subtle } = globalThis.crypto
    const data = this.#joined()
    const made =
      this.#secret === undefined
        ? subtle.digest("SHA-256", data)
        : subtle
            .importKey("raw", bytesOf(this.#secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
            .then((key) => subtle.sign("HMAC", key, data))
    return made.then((bytes) => new Uint8Array(bytes))
  }

  #joined(): Uint8Array<ArrayBuffer> {
    const [first] = this.#chunks
    if (first !== undefined && this.#chunks.length === 1) return first
    const whole = new Uint8Array(this.#chunks.reduce((size, chunk) => size + chunk.length, 0))
    let at = 0
    for (const chunk of this.#chunks) {
      whole.set(chunk, at)
      at += chunk.length
    }
    return whole
  }
}
