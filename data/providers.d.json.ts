import type { RowId as Id, RowSetting as Setting } from "../src/providers/ProviderTable.ts"

interface Row {
  readonly baseUrl: string
  readonly keys: readonly [string, ...ReadonlyArray<string>]
  readonly protocol?: string
  readonly auth?: string
  readonly keyOptional?: true
  readonly settings?: {
    readonly [name in Setting]?: {
      readonly config: readonly [string, ...ReadonlyArray<string>]
      readonly default?: string
    }
  }
  readonly rows?: string
  readonly quirks?: "local" | { readonly [name: string]: string | boolean }
  readonly body?: { readonly [name: string]: boolean }
}

/** The rest of what is known of it is in its class. */
interface ClassRow {
  readonly class: string
}

declare const table: {
  readonly providers: { readonly [id in Id]: Row } & { readonly [id: string]: Row | ClassRow }
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const providers: (typeof table)["providers"]
