import * as Settings from "../../settings/Settings.ts"
import { printJson } from "../terminal/Print.ts"

/** `schema`. */
export const printSchema = () => printJson(Settings.jsonSchema())
