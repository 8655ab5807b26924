import type { Migrations } from "../Migrations.ts"
import { access } from "./Access.ts"
import { ledger } from "./Ledger.ts"
import { objects } from "./Objects.ts"
import { responses } from "./Responses.ts"

/** Every table of the gateway. */
export const all: ReadonlyArray<Migrations> = [access, ledger, responses, objects]
