import {
  AuthenticationError,
  InvalidRequestError,
  ModelNotFoundError,
  PermissionDeniedError,
  QuotaExceededError
} from "../../domain/CallErrors.ts"
import { OverloadedError, RateLimitError, ServerError } from "../../domain/ChatResponse.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"

/** The error that a provider responds with under an HTTP status, in the words that providers use for it. */
export const byStatus = (status: number, detail?: string | undefined): ProviderError => {
  switch (status) {
    case 401:
      return new AuthenticationError({ status, detail: detail ?? "Incorrect API key provided." })
    case 402:
      return new QuotaExceededError({ status, detail: detail ?? "You have no credit left." })
    case 403:
      return new PermissionDeniedError({ status, detail: detail ?? "Your key may not use this model." })
    case 404:
      return new ModelNotFoundError({ status, detail: detail ?? "The model does not exist." })
    case 429:
      return new RateLimitError({ status, detail: detail ?? "Rate limit reached for requests." })
    case 503:
    case 529:
      return new OverloadedError({ status, detail: detail ?? "The server is overloaded. Please try again later." })
    default:
      return status >= 500 || status === 408
        ? new ServerError({ status, detail: detail ?? "The server had an error while processing your request." })
        : new InvalidRequestError({ status, detail: detail ?? "The request is not valid." })
  }
}
