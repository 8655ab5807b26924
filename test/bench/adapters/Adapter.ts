/** One way to ask for a chat completion. Each adapter is measured in a process of its own. */
export interface Adapter {
  readonly name: string
  /** Asks once and gives the answer's text, or its bytes for a client that reads no further. */
  readonly unary: () => Promise<string | number>
  /** Asks once with streaming, consumes every piece as it comes, and gives what they come to. */
  readonly stream: () => Promise<string | number>
  readonly close?: () => Promise<void>
}

export type MakeAdapter = (baseUrl: string, variant?: string) => Promise<Adapter>
