import * as Predicate from "effect/Predicate"

type Tree = { readonly [key: string]: unknown }

const isTree = (value: unknown): value is Tree => Predicate.isObject(value) && !Array.isArray(value)

const listIn = (tree: Tree, key: string): ReadonlyArray<unknown> => {
  const list = tree[key]
  return Array.isArray(list) ? list : []
}

/**
 * Writes what `credential_list` says into the models that name it by `litellm_credential_name`, whose own parameters win, as LiteLLM
 * does. Credentials that no model names stay, and so does the name of one that is not in the file.
 */
export const withCredentials = (tree: Tree): Tree => {
  const credentials = listIn(tree, "credential_list").filter(isTree)
  const used = new Set<unknown>()
  const models = listIn(tree, "model_list").map((entry) => {
    const params = isTree(entry) ? entry["litellm_params"] : undefined
    if (!isTree(entry) || !isTree(params)) return entry
    const { litellm_credential_name: name, ...own } = params
    const credential = credentials.find(({ credential_name }) => name !== undefined && credential_name === name)
    if (credential === undefined) return entry
    used.add(credential)
    const values = credential["credential_values"]
    return Object.assign({}, entry, { litellm_params: { ...(isTree(values) ? values : {}), ...own } })
  })
  return used.size === 0
    ? tree
    : { ...tree, model_list: models, credential_list: credentials.filter((credential) => !used.has(credential)) }
}
