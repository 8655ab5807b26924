import * as Result from "effect/Result"
import type { Setting, Settings } from "../../client/ProviderDefinition.ts"

export type VertexSetting =
  | "project"
  | "location"
  | "accessToken"
  | "credentials"
  | "credentialsFile"
  | "configFolder"
  | "appData"
  | "home"
  | "metadataHost"

export const vertexSettings: { readonly [name in VertexSetting]: Setting } = {
  project: { config: ["GOOGLE_VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"] },
  location: {
    config: ["GOOGLE_VERTEX_LOCATION", "GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION"],
    default: "global"
  },
  accessToken: { config: "GOOGLE_VERTEX_ACCESS_TOKEN", secret: true },
  credentials: { config: ["GOOGLE_VERTEX_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS_JSON"], secret: true },
  credentialsFile: { config: "GOOGLE_APPLICATION_CREDENTIALS" },
  configFolder: { config: "CLOUDSDK_CONFIG" },
  appData: { config: "APPDATA" },
  home: { config: "HOME" },
  metadataHost: { config: "GCE_METADATA_HOST", default: "metadata.google.internal" }
}

/** Ambient credentials need no more than the project. */
export const vertexRequirements: ReadonlyArray<ReadonlyArray<string>> = [
  ["GOOGLE_VERTEX_PROJECT"],
  ["GOOGLE_CLOUD_PROJECT"],
  ["GOOGLE_VERTEX_CREDENTIALS"]
]

/**
 * The URL of a project, or without a project that of express mode, where the key implies it. `eu` and `us` are
 * multi-regions.
 * Sources: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/locations,
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview
 */
export const vertexUrl = (
  version: string,
  { credentials, location = "global", project = projectIn(credentials) }: Settings<VertexSetting>
): string => {
  if (project === undefined) return `https://aiplatform.googleapis.com/${version}`
  const host =
    location === "global"
      ? "aiplatform.googleapis.com"
      : /^(?:eu|us)$/.test(location)
        ? `aiplatform.${location}.rep.googleapis.com`
        : `${location}-aiplatform.googleapis.com`
  return `https://${host}/${version}/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}`
}

const projectIn = (credentials: string | undefined): string | undefined => {
  if (credentials === undefined) return undefined
  const json = Result.getOrUndefined(
    Result.try(() => JSON.parse(credentials) as { readonly [key: string]: unknown } | null)
  )
  const { project_id: project, quota_project_id: quota } = json ?? {}
  return typeof project === "string" ? project : typeof quota === "string" ? quota : undefined
}
