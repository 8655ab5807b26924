import * as Result from "effect/Result"
import type { Exchange } from "../domain/Capability.ts"
import { InvalidRequestError } from "../domain/CallErrors.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { canonicalCall } from "../protocols/wire/MediaInput.ts"
import * as WellFormed from "../protocols/wire/WellFormed.ts"
import { checkHeaders, checkModel } from "./ChatPreparation.ts"
import type { Endpoint } from "./Endpoint.ts"
import type { Prepared } from "./OutgoingCall.ts"
import { withOwnOptions } from "./ProviderDefinition.ts"
import * as Restrictions from "./Restrictions.ts"

/** Checks a request for anything but a chat. */
export const prepare = <C extends Exchange>(
  endpoint: Endpoint<object>,
  model: string,
  given: C["Request"]
): Result.Result<Prepared<C, object>, ProviderError> => {
  const { definition } = endpoint
  const place = { provider: definition.id, model }
  const formed = WellFormed.wellFormed(given)
  const read = canonicalCall(formed)
  if (Result.isFailure(read)) return Result.fail(new InvalidRequestError({ ...place, ...read.failure }))
  const request = withOwnOptions(read.success, definition)
  const invalid = checkModel(model) ?? checkHeaders(request, endpoint)
  if (invalid !== undefined) return Result.fail(new InvalidRequestError({ ...place, ...invalid }))
  const rows = definition.rows ?? definition.id
  return Result.succeed({
    model,
    request,
    chatQuirks: () => ({ ...endpoint.quirks, ...Restrictions.make(rows, model, []).quirks }),
    warnings: formed === given ? [] : [{ type: "other", message: WellFormed.warning }]
  })
}
