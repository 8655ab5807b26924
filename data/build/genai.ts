import { Result } from "effect"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import * as GenaiPrices from "../../src/catalog/sources/GenaiPrices.ts"

/** The models that genai-prices' npm package embeds. */
export const readGenai = async (folder: string): Promise<ReadonlyArray<CatalogModel>> => {
  const { waitForUpdate } = (await import(pathToFileURL(join(folder, "dist/index.js")).href)) as {
    readonly waitForUpdate: () => Promise<unknown>
  }
  const feed = Result.getOrThrow(GenaiPrices.decode(await waitForUpdate()))
  if (feed.rejected.length > 0) throw new Error(`not understood: ${feed.rejected.join(", ")}`)
  return feed.models.filter(({ provider }) => !provider.startsWith("huggingface_") && provider !== "typesafe")
}
