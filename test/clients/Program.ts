import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import type { Cell, Observation } from "./js/program.ts"

const folder = import.meta.dirname

/** What a client made of a cell, or how it failed. */
export interface Result extends Observation {
  readonly id: string
  /** The client has no such use. */
  readonly missing?: boolean
  /** When the client left, in milliseconds since 1970. */
  readonly abortedAt?: number
  readonly error?: {
    readonly class: string
    readonly status?: number
    readonly retryAfter?: string
    readonly message: string
  }
}

/** How the programs of a language are started, and what exists once its clients are installed. */
interface Launcher {
  readonly command: string
  readonly args: (program: string) => ReadonlyArray<string>
  readonly installed: string
}

const script = (language: string, command: string, installed: string): Launcher => ({
  command,
  args: (program) => [`${folder}/${language}/${program}`],
  installed
})

/** One program for all clients of its language, which its first argument names. */
const compiled = (binary: string): Launcher => ({ command: binary, args: (program) => [program], installed: binary })

const python = `${folder}/python/.venv/bin/python`

/** Frameworks want other versions of the clients, and of each other's packages, so there are environments for them. */
const frameworks = `${folder}/python/.venv-frameworks/bin/python`
const libraries = `${folder}/python/.venv-libraries/bin/python`
const agents = `${folder}/python/.venv-agents/bin/python`

const launchers = {
  js: script("js", process.execPath, `${folder}/js/node_modules/openai`),
  python: script("python", python, python),
  frameworks: script("python", frameworks, frameworks),
  libraries: script("python", libraries, libraries),
  agents: script("python", agents, agents),
  go: compiled(`${folder}/go/.built/clients`),
  java: {
    command: "java",
    args: (program) => ["-cp", `${folder}/java/.built/classes:${folder}/java/.built/lib/*`, "clients.Main", program],
    installed: `${folder}/java/.built/classes`
  },
  rust: compiled(`${folder}/rust/.built/release/clients`)
} satisfies { readonly [language: string]: Launcher }

export type Language = keyof typeof launchers

/** Whether the clients of a language are installed (`npm run clients:install`, `npm run clients:languages`). */
export const isInstalled = (language: Language): boolean => existsSync(launchers[language].installed)

/** Starts a program that uses a client. */
const start = (language: Language, program: string, args: ReadonlyArray<string>, gateway: string) =>
  spawn(launchers[language].command, [...launchers[language].args(program), ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      GATEWAY_URL: gateway,
      GATEWAY_KEY: "sk-client-0123456789",
      OPENAI_AGENTS_DISABLE_TRACING: "1",
      PYTHONDONTWRITEBYTECODE: "1"
    }
  })

/** What a program that is told nothing has written when it is over. */
export const outputOf = (
  language: Language,
  program: string,
  args: ReadonlyArray<string>,
  gateway: string
): Promise<string> =>
  new Promise((resolve, reject) => {
    const running = start(language, program, args, gateway)
    let output = ""
    let errors = ""
    running.stdout.on("data", (text) => (output += text))
    running.stderr.on("data", (text) => (errors += text))
    running.on("exit", (code) => (code === 0 ? resolve(output) : reject(new Error(errors))))
  })

/** A program that uses a client, and what to say to it. */
export class Program {
  readonly #process
  readonly #waiting = new Map<string, (result: Result) => void>()
  #errors = ""

  constructor(language: Language, program: string, argument: string | undefined, gateway: string) {
    this.#process = start(language, program, argument === undefined ? [] : [argument], gateway)
    this.#process.stderr.on("data", (text) => (this.#errors = (this.#errors + text).slice(-4000)))
    this.#process.on("exit", (code) => {
      const error = { class: "Exit", message: `the program ended with ${code}: ${this.#errors}` }
      for (const [id, resolve] of this.#waiting) resolve({ id, error })
    })
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      const result = JSON.parse(line) as Result
      this.#waiting.get(result.id)?.(result)
      this.#waiting.delete(result.id)
    })
  }

  /** Runs a cell. */
  run(cell: Cell): Promise<Result> {
    return new Promise((resolve) => {
      this.#waiting.set(cell.id, resolve)
      this.#say(cell)
    })
  }

  /** Lets the program leave the call that it makes. */
  leave(): void {
    this.#say("leave")
  }

  /** Ends the program. */
  close(): void {
    this.#process.stdin.end()
  }

  #say(message: Cell | "leave"): void {
    this.#process.stdin.write(`${JSON.stringify(message)}\n`)
  }
}
