import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { dollars, lazyHandler, list, optional, quantity } from "./Flags.ts"
import { gateway } from "./gateway/Address.ts"

const id = Argument.String("id")

const keyId = id.pipe(Argument.withDescription("Its id, or its name"))

const text = (name: string, metavar: string, description: string) =>
  optional(Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description)))

const words = (name: string, metavar: string, description: string) =>
  list(Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description)))

/** What a key, a user or a team may do. */
const grants = {
  models: words("models", "names", "The models that may be called (repeatable, or comma-separated; default: all)"),
  deny: words("deny", "names", "The models that may not be called"),
  objects: words("objects", "ids", "Objects at providers that its requests may refer to, such as vs_..., or *"),
  routes: words("routes", "paths", "The paths that may be used, such as /chat/completions or /messages*"),
  requests: optional(quantity("requests").pipe(Flag.withDescription("The most requests a minute"))),
  concurrency: optional(quantity("concurrency").pipe(Flag.withDescription("The most calls at once"))),
  tags: words("tags", "names", "Tags that its spend is counted under"),
  usd: optional(dollars("usd").pipe(Flag.withDescription("The most that may be spent, in dollars"))),
  tokens: optional(quantity("tokens").pipe(Flag.withDescription("The most tokens: 200k, 5M"))),
  every: optional(
    Flag.Literals("every", ["minute", "hour", "day", "week", "month", "year"]).pipe(
      Flag.withDescription("The window of --usd and --tokens (default: for all time)")
    )
  )
}

const team = text("team", "id", "The team it belongs to, whose limits hold too")

const createKey = Command.make(
  "create",
  {
    ...gateway,
    name: Argument.String("name").pipe(Argument.withDescription("Its name in lists")),
    user: text("user", "id", "The user it belongs to, whose limits hold too"),
    team,
    admin: Flag.Boolean("admin").pipe(
      Flag.withDescription("Let it use the admin API"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    expires: text("expires", "day", "When it expires: 2027-01-31, or a time"),
    ...grants
  },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ create }) => create))
).pipe(
  Command.withDescription("Create a key. Its secret is printed only once, and cannot be shown again"),
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
    id: keyId,
    overlap: text("overlap", "time", "How long the old secret stays valid, such as 1h (default 1d)")
  },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ rotate }) => rotate))
).pipe(Command.withDescription("Give a key a new secret, which is printed only once"))

const block = Command.make(
  "block",
  { ...gateway, id: keyId },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ block }) => block))
).pipe(Command.withDescription("Block a key until it is unblocked"))

const unblock = Command.make(
  "unblock",
  { ...gateway, id: keyId },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ unblock }) => unblock))
).pipe(Command.withDescription("Unblock a key"))

const deleteKey = Command.make(
  "delete",
  { ...gateway, id: keyId },
  lazyHandler(() => import("./gateway/Keys.ts").then(({ remove }) => remove))
).pipe(Command.withDescription("Delete a key for good"))

/** `effect-llm keys`. */
export const keys = Command.make("keys").pipe(
  Command.withDescription("Create, list, rotate and block the keys of a gateway's callers"),
  Command.withShortDescription("Create, list and rotate the keys of a gateway"),
  Command.withSubcommands([createKey, listKeys, rotate, block, unblock, deleteKey])
)

/** `effect-llm users`. */
export const users = Command.make("users").pipe(
  Command.withDescription("Create, list and delete the users of a gateway, whose limits hold for all of their keys"),
  Command.withShortDescription("Create, list and delete the users of a gateway"),
  Command.withSubcommands([
    Command.make(
      "create",
      { ...gateway, id, team, email: text("email", "address", "For people who read lists"), ...grants },
      lazyHandler(() => import("./gateway/People.ts").then(({ createUser }) => createUser))
    ).pipe(Command.withDescription("Create a user")),
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
  Command.withDescription("Create, list and delete the teams of a gateway, whose limits hold for all of their keys"),
  Command.withShortDescription("Create, list and delete the teams of a gateway"),
  Command.withSubcommands([
    Command.make(
      "create",
      { ...gateway, id, name: text("name", "words", "Its name in lists"), ...grants },
      lazyHandler(() => import("./gateway/People.ts").then(({ createTeam }) => createTeam))
    ).pipe(Command.withDescription("Create a team")),
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
