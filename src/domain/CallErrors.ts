/**
 * The errors of one call to one model that hold no response. Those that may hold a part of one, and `ProviderError`, the
 * union of both, are in `ChatResponse`.
 *
 * ```ts
 * model.generate("Hello").pipe(Effect.catchTag("AuthenticationError", (error) => Console.error(error.message)))
 * ```
 *
 * `effect-llm` exports them all.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { errorClass, type Explanation, isFromProvider } from "./ErrorFields.ts"

/**
 * The provider does not accept the key (usually 401). Where credentials are something other than a key, `remedy` says
 * what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthenticationError extends errorClass<AuthenticationError>()("AuthenticationError", {
  remedy: Schema.optional(Schema.String)
}) {
  override get explanation(): Explanation {
    if (this.remedy !== undefined) return { happened: "access is not set up", advice: this.remedy }
    return {
      happened: "the key was not accepted",
      advice: "Check that the key is set, current and meant for this provider."
    }
  }
}

/**
 * The key is valid but may not do this (usually 403).
 *
 * @since 0.1.0
 * @category errors
 */
export class PermissionDeniedError extends errorClass<PermissionDeniedError>()("PermissionDeniedError") {
  override get explanation(): Explanation {
    return {
      happened: "the key may not do this",
      advice: "Ask the owner of the account for access, or use another model."
    }
  }
}

/**
 * The account has no credit or quota left; waiting does not help (usually 402, or 429 with a quota code).
 *
 * @since 0.1.0
 * @category errors
 */
export class QuotaExceededError extends errorClass<QuotaExceededError>()("QuotaExceededError") {
  override get explanation(): Explanation {
    return {
      happened: "the account has no quota left",
      advice: "Add credit or raise the limit in the provider's console, or fall back to another provider."
    }
  }
}

/**
 * The request is invalid and would fail with any model: either the provider says so (400), or it was found before
 * anything was sent. `at` names the place, such as `messages[2].content[0]`.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequestError extends errorClass<InvalidRequestError>()("InvalidRequestError", {
  at: Schema.optional(Schema.String)
}) {
  override get explanation(): Explanation {
    return {
      happened: `the request is not valid${this.at === undefined || this.at === "" ? "" : ` at ${this.at}`}`,
      advice: "Correct the request; sending it again will not help."
    }
  }
}

/**
 * This model does not support something in the request: a parameter, its value or a combination of parameters. Another
 * model may. `parameter` is its name in the request, or `stream`, `chat`, or `request` where an image or the whole
 * request is too large; it is absent where the provider does not name it.
 *
 * What is known before anything is sent can be dropped instead: set `onUnsupported: "drop"` on the request.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsupportedParameterError extends errorClass<UnsupportedParameterError>()("UnsupportedParameterError", {
  parameter: Schema.optional(Schema.String)
}) {
  override get explanation(): Explanation {
    const { parameter } = this
    if (parameter === "request") {
      return {
        happened: "the request, or an image in it, is larger than this provider accepts",
        advice: "Make it smaller, or choose a model from another provider."
      }
    }
    if (isFromProvider(this)) {
      return parameter === undefined
        ? {
            happened: "this model does not support the request as it is",
            advice: "Change the request, or use another model."
          }
        : {
            happened: `this model does not support \`${parameter}\` as it was sent`,
            advice: `Change \`${parameter}\`, or use another model.`
          }
    }
    switch (parameter) {
      case "stream":
        return { happened: "this model does not stream", advice: "Use `generate`, or choose another model." }
      case "chat":
        return { happened: "this model does not support chat", advice: "Choose a model from a provider that does." }
      case "messages":
        return {
          happened: "this model does not support everything in `messages`",
          advice: 'Leave that part out, choose another model, or set onUnsupported: "drop" on the request.'
        }
      case "inputs":
      case "documents":
      case "audio":
        return {
          happened: `this model does not support \`${parameter}\` in this form`,
          advice: "Pass it in another form, or choose another model."
        }
    }
    return {
      happened: `this model does not support \`${parameter ?? "a parameter"}\``,
      advice: `Leave \`${parameter ?? "the parameter"}\` out, choose another model, or set onUnsupported: "drop" on the request.`
    }
  }
}

/**
 * The conversation is longer than the model's context window. `limit` is the window and `requested` the size of the
 * request, both in tokens, where the provider states them.
 *
 * @since 0.1.0
 * @category errors
 */
export class ContextWindowExceededError extends errorClass<ContextWindowExceededError>()("ContextWindowExceededError", {
  limit: Schema.optional(Schema.Int),
  requested: Schema.optional(Schema.Int)
}) {
  override get explanation(): Explanation {
    return {
      happened: `the conversation does not fit the context window${this.limit === undefined ? "" : ` of ${this.limit} tokens`}${this.requested === undefined ? "" : ` (${this.requested} were requested)`}`,
      advice: "Shorten the conversation, or use a model with a larger window."
    }
  }
}

/**
 * The provider has no such model, or the key has no access to it (usually 404).
 *
 * @since 0.1.0
 * @category errors
 */
export class ModelNotFoundError extends errorClass<ModelNotFoundError>()("ModelNotFoundError") {
  override get explanation(): Explanation {
    return {
      happened: "the model was not found",
      advice: "Check the model's name in the provider's list of models, and that the key may use it."
    }
  }
}

/**
 * The server has no such endpoint (404 for the path, not for the model): the base URL is wrong. `url` is the URL of the
 * call without its query.
 *
 * @since 0.1.0
 * @category errors
 */
export class EndpointNotFoundError extends errorClass<EndpointNotFoundError>()("EndpointNotFoundError", {
  url: Schema.optional(Schema.String)
}) {
  override get explanation(): Explanation {
    const { url = "" } = this
    const doubled = /\/(v\d\w{0,8})\/\1(?:\/|$)/.exec(url)?.[1]
    const next =
      doubled !== undefined
        ? `Check the base URL: it ends in /${doubled}, which the path already begins with. Leave it out of the base URL.`
        : url === "" || /\/v\d/.test(url)
          ? "Check the base URL, and that the server offers this endpoint."
          : "Check the base URL, which often ends in /v1, and that the server offers this endpoint."
    return {
      happened: `the server has no endpoint${this.url === undefined ? " at this address" : ` at ${this.url}`}`,
      advice: next
    }
  }
}

/**
 * The provider could not be reached, or the connection broke before the response was complete.
 *
 * @since 0.1.0
 * @category errors
 */
export class NetworkError extends errorClass<NetworkError>()("NetworkError") {
  override get explanation(): Explanation {
    return { happened: "the connection failed", advice: "Check the address and the network; retrying is safe." }
  }
}

const things = {
  responseBytes: "the response is",
  frameBytes: "a message of the stream is",
  headers: "the headers of the response are"
} as const

/**
 * The response is larger than a limit allows; the connection is closed. `limit` names the limit (an option of `Limits`,
 * or `headers`, which the HTTP client limits itself) and `bytes` is its value, where it is known.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResponseTooLargeError extends errorClass<ResponseTooLargeError>()("ResponseTooLargeError", {
  limit: Schema.Literals(["responseBytes", "frameBytes", "headers"]),
  bytes: Schema.optional(Schema.Number)
}) {
  override get explanation(): Explanation {
    const size = this.bytes === undefined ? "the HTTP client accepts" : `${this.bytes.toLocaleString("en-US")} bytes`
    return {
      happened: `${things[this.limit]} larger than ${size}`,
      advice:
        this.limit === "headers"
          ? "Raise the limit of the HTTP client (maxHeaderSize of UndiciClient.layerOptions), or fall back to another provider."
          : `Raise it with limits: { ${this.limit} } in the provider's layer or with Limits.Current, or fall back to another provider.`
    }
  }
}
