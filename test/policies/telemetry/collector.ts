/** A collector of OpenTelemetry on a real socket, which decodes JSON and protobuf. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

export interface ReceivedSpan {
  readonly name: string
  readonly kind: number
  readonly spanId: string
  readonly parentSpanId: string
  readonly attributes: Record<string, unknown>
  readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: Record<string, unknown> }>
  /** 0 is unset, 1 ok, 2 error. */
  readonly status: number
}

export interface ReceivedMetric {
  readonly name: string
  readonly unit: string
  readonly points: ReadonlyArray<{
    readonly attributes: Record<string, unknown>
    readonly sum: number
    readonly bounds: ReadonlyArray<number>
  }>
}

type Fields = Map<number, ReadonlyArray<bigint | Uint8Array>>

/** The fields of a protobuf message by number. Numbers of fixed size stay bytes. */
const readFields = (bytes: Uint8Array): Fields => {
  const fields = new Map<number, Array<bigint | Uint8Array>>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw new Error("a message of protobuf ends within a number")
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error("a message of protobuf ends within a field")
    return bytes.subarray(at, (at += length))
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const wire = key & 7
    const value = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()))
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value])
  }
  return fields
}

const bytesAt = (fields: Fields, number: number): ReadonlyArray<Uint8Array> =>
  (fields.get(number) ?? []).filter((value) => value instanceof Uint8Array)
const messages = (fields: Fields, number: number): ReadonlyArray<Fields> => bytesAt(fields, number).map(readFields)
const text = (fields: Fields, number: number): string => new TextDecoder().decode(bytesAt(fields, number)[0])
const hex = (fields: Fields, number: number): string => Buffer.from(bytesAt(fields, number)[0] ?? []).toString("hex")
const integer = (fields: Fields, number: number): number => Number(fields.get(number)?.[0] ?? 0)
const doubles = (bytes: Uint8Array): ReadonlyArray<number> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / 8 }, (_, index) => view.getFloat64(index * 8, true))
}
const double = (fields: Fields, number: number): number => bytesAt(fields, number).flatMap(doubles)[0] ?? 0

const readValue = (value: Fields): unknown => {
  if (value.has(1)) return text(value, 1)
  if (value.has(2)) return integer(value, 2) === 1
  if (value.has(3)) return integer(value, 3)
  if (value.has(4)) return double(value, 4)
  return messages(value, 5).flatMap((list) => messages(list, 1).map(readValue))
}
const readAttributes = (fields: Fields, number: number): Record<string, unknown> =>
  Object.fromEntries(messages(fields, number).map((pair) => [text(pair, 1), messages(pair, 2).map(readValue)[0]]))

const spansOfProtobuf = (body: Uint8Array): ReadonlyArray<ReceivedSpan> =>
  messages(readFields(body), 1)
    .flatMap((resource) => messages(resource, 2))
    .flatMap((scope) => messages(scope, 2))
    .map((span) => ({
      name: text(span, 5),
      kind: integer(span, 6),
      spanId: hex(span, 2),
      parentSpanId: hex(span, 4),
      attributes: readAttributes(span, 9),
      events: messages(span, 11).map((event) => ({ name: text(event, 2), attributes: readAttributes(event, 3) })),
      status: messages(span, 15).map((status) => integer(status, 3))[0] ?? 0
    }))

const metricsOfProtobuf = (body: Uint8Array): ReadonlyArray<ReceivedMetric> =>
  messages(readFields(body), 1)
    .flatMap((resource) => messages(resource, 2))
    .flatMap((scope) => messages(scope, 2))
    .map((metric) => ({
      name: text(metric, 1),
      unit: text(metric, 3),
      points: [
        ...[...messages(metric, 5), ...messages(metric, 7)].flatMap((numbers) =>
          messages(numbers, 1).map((point) => ({
            attributes: readAttributes(point, 7),
            sum: point.has(4) ? double(point, 4) : Number(Buffer.from(bytesAt(point, 6)[0] ?? []).readBigInt64LE()),
            bounds: []
          }))
        ),
        ...messages(metric, 9).flatMap((histogram) =>
          messages(histogram, 1).map((point) => ({
            attributes: readAttributes(point, 9),
            sum: double(point, 5),
            bounds: bytesAt(point, 7).flatMap(doubles)
          }))
        )
      ]
    }))

// What the exporters write as JSON, as far as it is looked at.
interface JsonValue {
  readonly stringValue?: string
  readonly intValue?: number | string
  readonly doubleValue?: number
  readonly boolValue?: boolean
  readonly arrayValue?: { readonly values: ReadonlyArray<JsonValue> }
}
type JsonAttributes = ReadonlyArray<{ readonly key: string; readonly value: JsonValue }>
interface JsonPoint {
  readonly attributes: JsonAttributes
  readonly asDouble?: number
  readonly asInt?: number | string
  readonly sum?: number
  readonly explicitBounds?: ReadonlyArray<number>
}
interface JsonPoints {
  readonly dataPoints: ReadonlyArray<JsonPoint>
}
interface JsonTraces {
  readonly resourceSpans: ReadonlyArray<{
    readonly scopeSpans: ReadonlyArray<{
      readonly spans: ReadonlyArray<{
        readonly name: string
        readonly kind: number
        readonly spanId: string
        readonly parentSpanId?: string
        readonly attributes: JsonAttributes
        readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: JsonAttributes }>
        readonly status: { readonly code: number }
      }>
    }>
  }>
}
interface JsonMetrics {
  readonly resourceMetrics: ReadonlyArray<{
    readonly scopeMetrics: ReadonlyArray<{
      readonly metrics: ReadonlyArray<{
        readonly name: string
        readonly unit: string
        readonly gauge?: JsonPoints
        readonly sum?: JsonPoints
        readonly histogram?: JsonPoints
      }>
    }>
  }>
}

const valueOfJson = (value: JsonValue): unknown =>
  value.arrayValue?.values.map(valueOfJson) ??
  value.stringValue ??
  value.doubleValue ??
  value.boolValue ??
  Number(value.intValue)
const attributesOfJson = (attributes: JsonAttributes): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOfJson(value)]))

const spansOfJson = (body: string): ReadonlyArray<ReceivedSpan> =>
  (JSON.parse(body) as JsonTraces).resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ attributes, events, kind, name, parentSpanId = "", spanId, status }) => ({
      name,
      kind,
      spanId,
      parentSpanId,
      attributes: attributesOfJson(attributes),
      events: events.map((event) => ({ name: event.name, attributes: attributesOfJson(event.attributes) })),
      status: status.code
    }))

const metricsOfJson = (body: string): ReadonlyArray<ReceivedMetric> =>
  (JSON.parse(body) as JsonMetrics).resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .map(({ gauge, histogram, name, sum, unit }) => ({
      name,
      unit,
      points: [gauge, sum, histogram].flatMap((points) =>
        (points?.dataPoints ?? []).map((point) => ({
          attributes: attributesOfJson(point.attributes),
          sum: point.sum ?? point.asDouble ?? Number(point.asInt),
          bounds: point.explicitBounds ?? []
        }))
      )
    }))

/** Listens on a port of the machine until its scope ends. */
export const collector = Effect.gen(function* () {
  const spans: Array<ReceivedSpan> = []
  const metrics: Array<ReceivedMetric> = []
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const body = Buffer.concat(chunks)
      const isJson = request.headers["content-type"]?.includes("json") === true
      if (request.url === "/v1/traces") spans.push(...(isJson ? spansOfJson(String(body)) : spansOfProtobuf(body)))
      // Each export has all metrics, so the last one counts.
      if (request.url === "/v1/metrics") {
        metrics.splice(0, metrics.length, ...(isJson ? metricsOfJson(String(body)) : metricsOfProtobuf(body)))
      }
      response.end()
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)).closeAllConnections())
  )
  return { spans, metrics, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
})
