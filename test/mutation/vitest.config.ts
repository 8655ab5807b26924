import { mergeConfig } from "vitest/config"
import base from "../../vitest.config.ts"

/** Folders or files of tests, set by `--tests`. */
const only = process.env["MUTATION_TESTS"]

/** The suite without what starts processes or reads the repository itself: a mutant is not told apart by those. */
const config = mergeConfig(base, {
  test: {
    exclude: [
      "test/cli/**",
      "test/realModels/**",
      "test/providers/claudeCli/**",
      "test/tokens/vectors.test.ts",
      "test/{architecture,docs,modelNames,patterns,readme}.test.ts"
    ]
  }
})

// Assigned, since a merge would add to the list of the suite.
if (only !== undefined) {
  config.test.include = only.split(",").map((path) => (path.endsWith(".ts") ? path : `${path}/**/*.test.ts`))
}

export default config
