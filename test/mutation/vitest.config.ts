import { existsSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import { mergeConfig } from "vitest/config"
import base from "../../vitest.config.ts"
import { code, readJournal, readPlan, root } from "./Run.ts"

const { tests } = readPlan()
const took = new Map(readJournal().flatMap((entry) => ("file" in entry ? [[entry.file, entry.milliseconds]] : [])))

/** The quickest first: what they notice need not be tried in the others. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const time = ({ moduleId }: TestSpecification) => took.get(relative(root, moduleId)) ?? 0
    return files.toSorted((a, b) => time(a) - time(b))
  }
}

const config = mergeConfig(base, {
  plugins: [
    {
      name: "mutation",
      enforce: "pre" as const,
      load(id: string) {
        const changed = join(code, relative(root, id.split("?")[0] ?? id))
        return id.startsWith(join(root, "src")) && existsSync(changed) ? readFileSync(changed, "utf8") : undefined
      }
    }
  ],
  test: {
    runner: "test/mutation/Runner.ts",
    maxWorkers: 1,
    // It would hand out the code of an earlier run.
    fsModuleCache: false,
    // One file after the other, each with modules of its own: what a change leaves behind stays within the file.
    isolate: true,
    fileParallelism: false,
    // The runner has limits of its own.
    testTimeout: 0,
    sequence: { sequencer: QuickestFirst },
    reporters: ["default"],
    silent: true
  }
})

// Assigned, since a merge would add to the lists of the suite.
config.test.include = [...tests]
config.test.globalSetup = ["test/services/setup.ts"]

export default config
