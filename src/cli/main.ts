#!/usr/bin/env node
/** Must run on any version of Node: it imports nothing before it knows that what it imports can run. */
const needed = [22, 19] as const
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

if (major > needed[0] || (major === needed[0] && minor >= needed[1])) void import("./Start.ts")
else {
  process.stderr.write(
    `effect-llm: needs Node ${needed.join(".")} or newer, and this is Node ${process.versions.node}\n`
  )
  process.exitCode = 1
}
