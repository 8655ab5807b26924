import { defineConfig } from "vitest/config"
import main from "../../vitest.config.ts"

/** The tests of this folder alone: they take minutes, and clients that are installed apart. */
export default defineConfig({
  resolve: main.resolve ?? {},
  json: main.json ?? {},
  test: {
    include: ["test/clients/**/*.test.ts"],
    exclude: ["test/clients/agents/**", "**/node_modules/**"],
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
