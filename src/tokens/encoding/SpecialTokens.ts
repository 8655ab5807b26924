const shape = /<\|[a-z0-9_]+\|>/g

/**
 * The tokens of an encoding that stand for no text: marks between messages, the end of a document. They are written
 * `<|name|>`; a text that holds such a word means the word, unless the caller says otherwise.
 */
export class SpecialTokens {
  readonly #ids: ReadonlyMap<string, number>
  readonly #names: ReadonlyMap<number, string>

  constructor(ids: { readonly [name: string]: number }) {
    this.#ids = new Map(Object.entries(ids))
    this.#names = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
  }

  /** The bytes of the word for an id. */
  bytesOf(id: number): Uint8Array | undefined {
    const name = this.#names.get(id)
    return name === undefined ? undefined : new TextEncoder().encode(name)
  }

  /** Cuts a text at the allowed words: text, id, text, id, ..., text. */
  split(text: string, allowed: "all" | ReadonlyArray<string>): ReadonlyArray<string | number> {
    const parts: Array<string | number> = []
    let start = 0
    for (const match of text.matchAll(shape)) {
      const id = this.#ids.get(match[0])
      if (id === undefined || (allowed !== "all" && !allowed.includes(match[0]))) continue
      parts.push(text.slice(start, match.index), id)
      start = match.index + match[0].length
    }
    parts.push(text.slice(start))
    return parts
  }
}

/**
 * What o200k_harmony adds to the special tokens of o200k_base
 * (openai/tiktoken, `tiktoken_ext/openai_public.py`, `o200k_harmony`).
 */
export const harmony = (base: { readonly [name: string]: number }): { readonly [name: string]: number } => {
  const ids: Record<string, number> = {}
  for (let id = 200_000; id < 201_088; id++) ids[`<|reserved_${id}|>`] = id
  for (const [id, name] of Object.entries(named)) {
    delete ids[`<|reserved_${id}|>`]
    ids[`<|${name}|>`] = Number(id)
  }
  return { ...ids, ...base }
}

const named = {
  199_998: "startoftext",
  199_999: "endoftext",
  200_002: "return",
  200_003: "constrain",
  200_005: "channel",
  200_006: "start",
  200_007: "end",
  200_008: "message",
  200_012: "call"
}
