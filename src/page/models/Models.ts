import { signal } from "@preact/signals"
import { request } from "../server/Server.ts"

export interface ListedModel {
  readonly id: string
  readonly provider?: string
}

/** The models that this key may call. */
export const models = signal<ReadonlyArray<ListedModel>>([])

export const loadModels = async (): Promise<void> => {
  const { models: listed } = await request<{ readonly models: ReadonlyArray<ListedModel> }>("llm/models")
  models.value = listed
}
