/** The paths of an endpoint: with and without the version, as Azure's new API has them, and where a deployment of Azure has them. */
export const pathsOf = (endpoint: string): ReadonlyArray<string> => [
  ...versionedPathsOf(endpoint),
  `/openai/deployments/{model}${endpoint}`
]

/** The same without deployments, for endpoints that name no model. */
export const versionedPathsOf = (endpoint: string): ReadonlyArray<string> => [
  `/v1${endpoint}`,
  endpoint,
  `/openai/v1${endpoint}`
]

/** The paths of responses, which Azure has outside its deployments, too. */
export const responsePaths = (below: string): ReadonlyArray<string> => [
  ...versionedPathsOf(`/responses${below}`),
  `/openai/responses${below}`,
  `/openai/deployments/{model}/responses${below}`
]
