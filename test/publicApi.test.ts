import { assert, it } from "@effect/vitest"
import { listed, publicApi } from "./publicApi.ts"

it("the names users can import are those of publicApi.txt: if one changes on purpose, run `npm run api` and note it in CHANGELOG.md", () => {
  assert.deepStrictEqual(publicApi().split("\n"), listed().split("\n"))
})
