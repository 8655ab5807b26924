import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { api } from "../AdminApi.ts"
import type { Route } from "../http/Routes.ts"
import { neutralApi } from "./api/NeutralApi.ts"

/** What the document needs to know of a route. */
export type DocumentedRoute = Pick<Route, "method" | "path" | "access"> & {
  readonly dialect: { readonly name: string }
}

type Operation = { readonly [field: string]: unknown }

type Paths = { readonly [path: string]: { readonly [method: string]: Operation } }

const security = [{ bearer: [] }, { "x-api-key": [] }, { "x-goog-api-key": [] }]

const securitySchemes = {
  bearer: { type: "http", scheme: "bearer" },
  "x-api-key": { type: "apiKey", in: "header", name: "x-api-key" },
  "x-goog-api-key": { type: "apiKey", in: "header", name: "x-goog-api-key" }
}

/** The responses of authentication, which comes before the endpoint. */
const refusals = {
  "401": { description: "No key, or an invalid one" },
  "403": { description: "The key may not do this" }
}

/** Adds the responses of authentication to the endpoints of the gateway's own APIs. */
const withRefusals = (paths: Paths, open: ReadonlySet<string>): Paths =>
  Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, operation]) => [
          method,
          open.has(`${method} ${path}`)
            ? operation
            : { ...operation, responses: { ...refusals, ...(operation["responses"] as object) } }
        ])
      )
    ])
  )

/** An endpoint of a vendor's API, whose own documentation describes its request and response. */
const operationOf = ({ access, dialect, method, path }: DocumentedRoute): Operation => ({
  operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, "_")}`,
  summary: `As ${dialect.name} has it`,
  tags: [dialect.name],
  parameters: [...path.matchAll(/\{(\w+)(?:\.\.\.)?\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" }
  })),
  ...(access === "open" && { security: [] }),
  responses: {
    "200": { description: "What the provider responds" },
    default: { description: "An error in the format of the dialect" }
  }
})

/** From the package.json above the sources, or above their build. */
const versionOfPackage = (): string =>
  decodePackage(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")).version

const decodePackage = Schema.decodeSync(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))

/** The OpenAPI document of every route. */
export const openApiDocument = (routes: ReadonlyArray<DocumentedRoute>): object => {
  const { components, paths, tags, ...document } = OpenApi.fromApi(api.add(neutralApi))
  const known: Paths = paths as unknown as Paths
  const found: Record<string, Record<string, Operation>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll("...}", "}")
    const method = route.method.toLowerCase()
    if (route.dialect.name === "admin" || known[path]?.[method] !== undefined) continue
    const before = found[path]?.[method]
    // Some paths belong to several dialects.
    const operation = before ?? operationOf(route)
    const names = new Set([...((before?.tags as ReadonlyArray<string> | undefined) ?? []), route.dialect.name])
    found[path] = {
      ...found[path],
      [method]: { ...operation, tags: [...names], summary: `As ${[...names].join(", ")} has it` }
    }
  }
  const open = new Set(
    routes.flatMap(({ access, method, path }) => (access === "open" ? [`${method.toLowerCase()} ${path}`] : []))
  )
  const dialects = new Set(
    Object.values(found)
      .flatMap((methods) => Object.values(methods).map(({ tags }) => tags))
      .flat()
  )
  return {
    ...document,
    info: { ...document.info, version: versionOfPackage() },
    security,
    tags: [...tags, ...[...dialects].map((name) => ({ name: String(name) }))],
    paths: { ...found, ...withRefusals(known, open) },
    components: { ...components, securitySchemes }
  }
}
