import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

const src = `${import.meta.dirname}/src`

/** Starting a process takes longer the more memory this one has. */
const spawning = ["cli/process", "claudeCli/failures", "claudeCli/answers", "pricing/PriceStore"]

/** The longest that are not so by their size. */
const long = [
  "providers/matrix",
  "cli/commands",
  "providers/recordings",
  "providers/bytes",
  "tokens/vectors",
  "/laws",
  "faults/faults"
]

class Sequencer extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const first = [...spawning, ...long]
    const rank = ({ moduleId }: TestSpecification) => {
      const at = first.findIndex((name) => moduleId.includes(name))
      return at < 0 ? first.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-llm$/, replacement: `${src}/index.ts` },
      { find: /^effect-llm\/(.+)$/, replacement: `${src}/$1.ts` }
    ]
  },
  // Data is parsed, not compiled.
  json: { stringify: true, namedExports: false },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/services/setup.ts", "test/gateway/page/build.ts"],
    exclude: ["test/bench/**", "test/clients/**", "test/mutation/.tmp/**", "**/node_modules/**"],
    // Modules are loaded once for all files, which halves the time; src keeps no state that tests could share.
    isolate: false,
    pool: "threads",
    maxWorkers: "100%",
    sequence: { sequencer: Sequencer },
    // Not a limit on speed: a property test on a busy machine, with coverage, must end in its own time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "text", "html", "json-summary"],
      thresholds: { lines: 90 }
    }
  }
})
