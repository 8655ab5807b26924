import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { dollars, lazyHandler, list, optional, quantity } from "./Flags.ts"
import { gateway } from "./gateway/Address.ts"

const id = Argument.String("id")

const text = (name: string, metavar: string, description: string) =>
  optional(Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description)))

const words = (name: string, metavar: string, description: string) =>
  list(Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description)))

/** What a key, a user or a team may do. */
const grants = {
  models: words("models", "names", "The models that may be called (repeatable, or comma-separated; default: all)"),
  deny: words("deny", "names", "The models that may not be called"),
  objects: words("objects", "ids", "What is kept at accounts and its requests may name, such as vs_..., or *"),
  tags: words("tags", "names", "What its calls are counted under"),
  usd: optional(dollars("usd").pipe(Flag.withDescription("The most that may be spent, in dollars"))),
  tokens: optional(quantity("tokens").pipe(Flag.withDescription("The most tokens: 200k, 5M"))),
  every: optional(
    Flag.Literals("every", ["minute", "hour", "day", "week", "month", "year"]).pipe(
      Flag.withDescription("The window of --usd and --tokens (default: in all)")
    )
  )
}

const team = text("team", "id", "The team that it is of: what limits the team holds too")

const createKey = Command.make(
  "create",
  {
    ...gateway,
    name: Argument.String("name").pipe(Argument.withDescription("What it is called in lists")),
    user: text("user", "id", "Whose key it is: what limits the user holds too"),
    team,
    admin: Flag.Boolean("admin").pipe(
      Flag.withDescription("It may use the admin API"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    expires: text("expires", "day", "From when on it holds no more: 2027-01-31, or a time"),
    ...grants
  },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ create }) => create))
).pipe(
  Command.withDescription("Make a key. Its secret is printed this once, and nobody can show it again"),
  Command.withExamples([
    { command: "effect-llm keys create bot --models fast --usd 20 --every month", description: "20 dollars a month" }
  ])
)

const listKeys = Command.make(
  "list",
  {
    ...gateway,
    user: text("user", "id", "Only keys of this user"),
    team: text("team", "id", "Only keys of this team")
  },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ list }) => list))
).pipe(Command.withDescription("List the keys, without their secrets"))

const rotate = Command.make(
  "rotate",
  {
    ...gateway,
    id,
    overlap: text("overlap", "time", "How long the secret before still holds, such as 1h (default 1d)")
  },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ rotate }) => rotate))
).pipe(Command.withDescription("Give a key another secret, which is printed this once"))

const block = Command.make(
  "block",
  { ...gateway, id },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ block }) => block))
).pipe(Command.withDescription("Make a key hold no more, until it is unblocked"))

const unblock = Command.make(
  "unblock",
  { ...gateway, id },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ unblock }) => unblock))
).pipe(Command.withDescription("Make a key hold again"))

const deleteKey = Command.make(
  "delete",
  { ...gateway, id },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ remove }) => remove))
).pipe(Command.withDescription("Delete a key for good"))

/** `effect-llm keys`. */
export const keys = Command.make("keys").pipe(
  Command.withDescription("Make, list, rotate and block the keys of a gateway's callers"),
  Command.withShortDescription("Make, list and rotate the keys of a gateway"),
  Command.withSubcommands([createKey, listKeys, rotate, block, unblock, deleteKey])
)

/** `effect-llm users`. */
export const users = Command.make("users").pipe(
  Command.withDescription("Make, list and delete the users of a gateway: what limits one holds for all keys of theirs"),
  Command.withShortDescription("Make, list and delete the users of a gateway"),
  Command.withSubcommands([
    Command.make(
      "create",
      { ...gateway, id, team, email: text("email", "address", "For people who read lists"), ...grants },
      lazyHandler(() => import("./gateway/People.ts").then(({ createUser }) => createUser))
    ).pipe(Command.withDescription("Make a user")),
    Command.make(
      "list",
      gateway,
      lazyHandler(() => import("./gateway/People.ts").then(({ listUsers }) => listUsers))
    ).pipe(Command.withDescription("List the users")),
    Command.make(
      "delete",
      { ...gateway, id },
      lazyHandler(() => import("./gateway/People.ts").then(({ deleteUser }) => deleteUser))
    ).pipe(Command.withDescription("Delete a user"))
  ])
)

/** `effect-llm teams`. */
export const teams = Command.make("teams").pipe(
  Command.withDescription("Make, list and delete the teams of a gateway: what limits one holds for all of its keys"),
  Command.withShortDescription("Make, list and delete the teams of a gateway"),
  Command.withSubcommands([
    Command.make(
      "create",
      { ...gateway, id, name: text("name", "words", "What it is called in lists"), ...grants },
      lazyHandler(() => import("./gateway/People.ts").then(({ createTeam }) => createTeam))
    ).pipe(Command.withDescription("Make a team")),
    Command.make(
      "list",
      gateway,
      lazyHandler(() => import("./gateway/People.ts").then(({ listTeams }) => listTeams))
    ).pipe(Command.withDescription("List the teams")),
    Command.make(
      "delete",
      { ...gateway, id },
      lazyHandler(() => import("./gateway/People.ts").then(({ deleteTeam }) => deleteTeam))
    ).pipe(Command.withDescription("Delete a team"))
  ])
)
