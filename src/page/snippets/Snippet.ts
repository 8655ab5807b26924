import type { ChatBody } from "../playground/Message.ts"
import { effectRequest } from "./EffectRequest.ts"
import { literal, python, typescript } from "./Literal.ts"

export const languages = ["curl", "Python", "TypeScript", "Effect"] as const
export type Language = (typeof languages)[number]

export interface SnippetOptions {
  readonly body: ChatBody
  /** With the version, without a slash at its end. */
  readonly baseUrl: string
  readonly needsKey: boolean
  /** Whether it is shown on screen, rather than copied. */
  readonly isShown?: boolean
}

/** The environment variable that the key is read from, which is the one that a provider named `gateway` reads. */
export const keyVariable = "GATEWAY_API_KEY"

const mostShown = 4000

/** Long files are cut on screen, but not in what is copied. */
const shortened = (name: string, value: unknown): unknown =>
  typeof value === "string" && value.length > mostShown && (value.startsWith("data:") || name === "data")
    ? `${value.slice(0, 60)}... (a file of ${Math.round(value.length / 1333)} kB: it is whole in what is copied)`
    : value

/** A request as a program that sends it and prints the response as it arrives. */
export const snippet = (language: Language, { body, isShown = false, ...options }: SnippetOptions): string =>
  writers[language]({ ...options, body: isShown ? (JSON.parse(JSON.stringify(body, shortened)) as ChatBody) : body })

const writers: { readonly [language in Language]: (options: SnippetOptions) => string } = {
  curl: ({ baseUrl, body, needsKey }) =>
    [
      `curl -N ${baseUrl}/chat/completions \\`,
      ...(needsKey ? [`  -H "authorization: Bearer $${keyVariable}" \\`] : []),
      `  -H "content-type: application/json" \\`,
      "  -d @- <<'JSON'",
      JSON.stringify({ ...body, stream: true }, null, 2),
      "JSON"
    ].join("\n"),

  Python: ({ baseUrl, body, needsKey }) => {
    const { messages, model, ...fields } = body
    const given = Object.entries({ model, messages, ...fields, stream: true })
    return [
      ...(needsKey ? ["import os", ""] : []),
      "from openai import OpenAI",
      "",
      `client = OpenAI(base_url=${JSON.stringify(baseUrl)}, api_key=${needsKey ? `os.environ["${keyVariable}"]` : '"none"'})`,
      "",
      "stream = client.chat.completions.create(",
      ...given.map(([name, value]) => `    ${name}=${literal(value, python, 4)},`),
      ")",
      "for chunk in stream:",
      "    if chunk.choices and chunk.choices[0].delta.content:",
      '        print(chunk.choices[0].delta.content, end="", flush=True)'
    ].join("\n")
  },

  TypeScript: ({ baseUrl, body, needsKey }) =>
    [
      'import OpenAI from "openai"',
      "",
      "const client = new OpenAI({",
      `  baseURL: ${JSON.stringify(baseUrl)},`,
      `  apiKey: ${needsKey ? `process.env.${keyVariable}` : '"none"'}`,
      "})",
      "",
      `const stream = await client.chat.completions.create(${literal({ ...body, stream: true }, typescript)})`,
      "",
      "for await (const chunk of stream) {",
      '  process.stdout.write(chunk.choices[0]?.delta.content ?? "")',
      "}"
    ].join("\n"),

  Effect: ({ baseUrl, body, needsKey }) => {
    const definition = { id: "gateway", baseUrl, ...(!needsKey && { keyOptional: true }) }
    return [
      'import { Console, Effect, Layer, Stream } from "effect"',
      'import { OpenAiCompatible } from "effect-llm"',
      'import * as UndiciClient from "effect-llm/transport/UndiciClient"',
      "",
      needsKey ? `// Reads ${keyVariable} from the environment.` : "// This gateway needs no key.",
      `class Gateway extends OpenAiCompatible.Service<Gateway>()(${literal(definition, typescript)}) {}`,
      "",
      `const program = Gateway.model(${JSON.stringify(body.model)})`,
      `  .stream(${literal(effectRequest(body), typescript, 2)})`,
      "  .pipe(",
      "    Stream.runForEach((event) =>",
      '      Effect.sync(() => process.stdout.write(event.type === "text-delta" ? event.delta : ""))',
      "    ),",
      "    Effect.provide(Layer.provide(Gateway.layerConfig, UndiciClient.layer)),",
      "    Effect.catch((error) => Console.error(error.message))",
      "  )",
      "",
      "Effect.runPromise(program)"
    ].join("\n")
  }
}
