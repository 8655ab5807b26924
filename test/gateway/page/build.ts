/** Builds the page once before all tests, as it is served from a checkout. */
import { buildPage } from "../../../.ci/page.ts"

export const setup = async (): Promise<void> => {
  await buildPage(`${import.meta.dirname}/../../../src/page/built`)
}
