import type { Granted } from "../keys/Key.ts"

/** A user or a team. */
export interface Subject extends Granted {
  readonly id: string
  readonly name?: string
  readonly email?: string
  readonly team?: string
  readonly admin?: boolean
  readonly source: "settings" | "database"
}

export type Kind = "users" | "teams"

export const words = {
  users: { one: "user", title: "Users", empty: "There are no users yet" },
  teams: { one: "team", title: "Teams", empty: "There are no teams yet" }
} as const
