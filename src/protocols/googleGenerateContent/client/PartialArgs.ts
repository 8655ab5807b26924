import type { Json } from "../../../domain/Json.ts"
import { array, isObject } from "../wire/Wire.ts"

type Container = Record<string, unknown> | Array<unknown>

/**
 * The arguments of a call that arrive in pieces: each names its place (`$.items[0].name`), and texts may go on.
 * Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
 */
export class PartialArgs {
  readonly args: { readonly [key: string]: Json } = {}

  add(pieces: unknown): void {
    for (const piece of array(pieces)) {
      if (!isObject(piece) || typeof piece.jsonPath !== "string") continue
      const value = piece.stringValue ?? piece.numberValue ?? piece.boolValue
      if (value === undefined && !Object.hasOwn(piece, "nullValue")) continue
      this.#set(stepsOf(piece.jsonPath), value ?? null)
    }
  }

  #set(steps: ReadonlyArray<string | number>, value: unknown): void {
    let place: Container = this.args as Container
    for (const [depth, step] of steps.entries()) {
      const old = own(place, step)
      const next = steps[depth + 1]
      if (next === undefined) {
        put(place, step, typeof old === "string" && typeof value === "string" ? old + value : value)
      } else if (typeof old === "object" && old !== null) {
        place = old as Container
      } else {
        const made: Container = typeof next === "number" ? [] : {}
        put(place, step, made)
        place = made
      }
    }
  }
}

const stepsOf = (path: string): ReadonlyArray<string | number> =>
  [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/g)].map(([, name, index, single, double]) =>
    index === undefined ? (name ?? single ?? double ?? "") : Number(index)
  )

const own = (place: Container, step: string | number): unknown =>
  Object.hasOwn(place, step) ? (place as Record<string | number, unknown>)[step] : undefined

/** A list grows by one at a time, and a key is never one of the prototype's. */
const put = (place: Container, step: string | number, value: unknown): void => {
  if (Array.isArray(place)) place[Math.min(Number(step), place.length)] = value
  else Object.defineProperty(place, step, { value, writable: true, enumerable: true, configurable: true })
}
