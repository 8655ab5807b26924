import type { CatalogModel } from "../CatalogModel.ts"

/** The models that a price source lists. A row that does not fit its format is left out and named. */
export interface Feed {
  readonly models: ReadonlyArray<CatalogModel>
  /** `provider/model` of the rows left out. */
  readonly rejected: ReadonlyArray<string>
}

/** Collects rows; `undefined` stands for one that does not fit. */
export const make = (rows: Iterable<readonly [name: string, model: CatalogModel | undefined]>): Feed => {
  const models: Array<CatalogModel> = []
  const rejected: Array<string> = []
  for (const [name, model] of rows) {
    if (model === undefined) rejected.push(name)
    else models.push(model)
  }
  return { models, rejected }
}
