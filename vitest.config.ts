import { defineConfig } from "vitest/config"

const src = `${import.meta.dirname}/src`

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-llm$/, replacement: `${src}/index.ts` },
      { find: /^effect-llm\/(.+)$/, replacement: `${src}/$1.ts` }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "**/node_modules/**"],
    // Modules are loaded once for all files, which halves the time; src keeps no state that tests could share.
    isolate: false,
    pool: "threads",
    maxWorkers: "100%",
    // Not a limit on speed: a property test on a busy machine, with coverage, must end in its own time.
    testTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "text", "html", "json-summary"],
      thresholds: { lines: 90 }
    }
  }
})
