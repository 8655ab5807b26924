import { create } from "../../ledger/Tables.ts"
import type { Migrations } from "../Migrations.ts"

export const ledger: Migrations = { area: "ledger", steps: { "1_create": create } }
