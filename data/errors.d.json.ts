type Tag =
  | "AuthenticationError"
  | "PermissionDeniedError"
  | "RateLimitError"
  | "QuotaExceededError"
  | "InvalidRequestError"
  | "UnsupportedParameterError"
  | "ContextWindowExceededError"
  | "ContentPolicyError"
  | "ModelNotFoundError"
  | "EndpointNotFoundError"
  | "OverloadedError"
  | "ServerError"

interface Row {
  readonly status?: number
  readonly code?: string
  readonly type?: string
  readonly param?: string
  readonly tag: Tag
  readonly broad?: true
}

interface TextRow {
  readonly pattern: string
  readonly provider?: string
  readonly in?: "body"
  readonly status?: ReadonlyArray<number>
  readonly tag: Tag
  readonly limit?: string
  readonly asked?: string
  readonly kind?: string
}

interface Refusal {
  readonly pattern: string
  readonly status?: ReadonlyArray<number>
  readonly parameter?: string
  readonly param?: string
}

interface WaitRow {
  readonly pattern: string
  readonly in?: "body"
}

declare const table: {
  readonly providers: { readonly [provider: string]: ReadonlyArray<Row> }
  readonly status: ReadonlyArray<{ readonly status: number; readonly tag: Tag }>
  readonly otherwise: { readonly "4xx": Tag; readonly "5xx": Tag; readonly none: Tag }
  readonly text: ReadonlyArray<TextRow>
  readonly unsupported: { readonly [provider: string]: ReadonlyArray<Refusal> }
  readonly parameters: { readonly [name: string]: string }
  readonly wait: ReadonlyArray<WaitRow>
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const providers: (typeof table)["providers"]
export declare const status: (typeof table)["status"]
export declare const otherwise: (typeof table)["otherwise"]
export declare const text: (typeof table)["text"]
export declare const unsupported: (typeof table)["unsupported"]
export declare const parameters: (typeof table)["parameters"]
export declare const wait: (typeof table)["wait"]
