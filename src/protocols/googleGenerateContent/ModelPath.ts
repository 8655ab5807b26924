/** The path of a method of a model. A tuned model is named with its collection (`tunedModels/abc`). */
export const pathOf = (model: string, method: string): string => {
  const name = encodeURIComponent(model).replaceAll("%2F", "/").replaceAll("%40", "@")
  return `/${model.includes("/") ? "" : "models/"}${name}:${method}`
}
