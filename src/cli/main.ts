#!/usr/bin/env node
/** Must run on any Node version, so it imports nothing before the check. */
const required = [22, 19] as const
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

if (major > required[0] || (major === required[0] && minor >= required[1])) void import("./Start.ts")
else {
  process.stderr.write(
    `effect-llm: requires Node ${required.join(".")} or newer, but this is Node ${process.versions.node}\n`
  )
  process.exitCode = 1
}
