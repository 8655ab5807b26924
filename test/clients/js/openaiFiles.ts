/** Files and batches by the client of OpenAI: writes what came of them as one line of JSON. */
import OpenAI, { NotFoundError, toFile } from "openai"

const model = process.argv[2] ?? ""
const client = new OpenAI({
  baseURL: `${process.env.GATEWAY_URL}/v1`,
  apiKey: process.env.GATEWAY_KEY ?? "",
  maxRetries: 0
})

const file = await client.files.create({
  file: await toFile(Buffer.from("my notes"), "notes.txt"),
  purpose: "user_data"
})
const known = await client.files.retrieve(file.id)
const content = await (await client.files.content(file.id)).text()
const listed: Array<string> = []
for await (const { id } of client.files.list({ limit: 1 })) listed.push(id)
const { deleted } = await client.files.delete(file.id)
const missing = await client.files.retrieve(file.id).catch((error: unknown) => error instanceof NotFoundError)

const lines = ["one", "two"].map((custom_id) =>
  JSON.stringify({
    custom_id,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model, messages: [{ role: "user", content: `Hello ${custom_id}` }] }
  })
)
const input = await client.files.create({
  file: await toFile(Buffer.from(lines.join("\n")), "in.jsonl"),
  purpose: "batch"
})
const request = { input_file_id: input.id, endpoint: "/v1/chat/completions", completion_window: "24h" } as const
const created = await client.batches.create({ ...request, metadata: { run: "7" } })
const ended = await client.batches.retrieve(created.id)
const output = await (await client.files.content(ended.output_file_id ?? "")).text()
const second = await client.batches.create(request)
const canceled = await client.batches.cancel(second.id)
const batches: Array<string> = []
for await (const { id } of client.batches.list({ limit: 1 })) batches.push(id)

console.log(
  JSON.stringify({
    name: known.filename,
    content,
    isListed: listed.includes(file.id),
    deleted,
    missing,
    ids: output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).custom_id),
    metadata: ended.metadata,
    status: ended.status,
    canceled: canceled.status,
    batches: batches.length
  })
)
