import { defineConfig } from "vitest/config"
import main from "../../../vitest.config.ts"

/** The agents alone: they are installed by choice (`npm run clients:agents`), and take minutes. */
export default defineConfig({
  resolve: main.resolve ?? {},
  json: main.json ?? {},
  test: { include: ["test/clients/agents/*.test.ts"], exclude: ["**/node_modules/**"], testTimeout: 120_000 }
})
