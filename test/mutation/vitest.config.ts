import { mergeConfig } from "vitest/config"
import base from "../../vitest.config.ts"

/** The suite without what starts processes or reads the repository itself: a mutant is not told apart by those. */
export default mergeConfig(base, {
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
