import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { json, lazyHandler } from "./Flags.ts"

/** `effect-llm doctor`. */
export const doctor = Command.make(
  "doctor",
  {
    offline: Flag.Boolean("offline").pipe(
      Flag.withDescription("Send no requests to providers"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    json
  },
  lazyHandler(() => import("./doctor/Doctor.ts").then(({ doctor }) => doctor))
).pipe(
  Command.withDescription(
    "Check the setup: versions, the age of the data, which keys are set, which providers work. Keys are never shown, and no tokens are used. The exit code is 1 if a configured provider does not work"
  ),
  Command.withShortDescription("Check keys, providers, versions and data")
)
