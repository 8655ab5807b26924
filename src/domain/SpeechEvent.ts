import type { CallAnswer } from "./CallAnswer.ts"
import type { CallEvent } from "./Capability.ts"

/**
 * What arrives while a text is spoken: the head of the answer, pieces of the recording, the end. The pieces joined are the
 * recording.
 *
 * @since 0.1.0
 * @category models
 */
export type SpeechEvent =
  | (CallEvent & {
      readonly type: "response-start"
      readonly mediaType: string
      readonly requestId?: CallAnswer["requestId"]
      readonly rateLimits?: CallAnswer["rateLimits"]
      readonly warnings?: CallAnswer["warnings"]
    })
  | (CallEvent & { readonly type: "audio"; readonly data: Uint8Array })
  | (CallEvent & { readonly type: "usage"; readonly usage: CallAnswer["usage"] })
  | (CallEvent & { readonly type: "restarted"; readonly attempts: CallAnswer["attempts"] })
  | (CallEvent & {
      readonly type: "finish"
      readonly usage: CallAnswer["usage"]
      readonly timings?: CallAnswer["timings"]
    })
