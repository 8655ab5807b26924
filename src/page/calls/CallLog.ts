import { signal } from "@preact/signals"
import { idOfKey, meetKey } from "../keys/KeyNames.ts"
import { request } from "../server/Server.ts"
import { type ServerError, toServerError } from "../server/ServerError.ts"
import { ownPath } from "../session/Session.ts"
import type { Call } from "./Call.ts"

/** Filters of calls; an empty string matches all. */
export interface Filters {
  readonly model: string
  readonly outcome: string
  readonly key: string
  readonly user: string
}

export const noFilters: Filters = { model: "", outcome: "", key: "", user: "" }

interface Page {
  readonly calls: ReadonlyArray<Call>
  readonly next?: string
}

const pageSize = 100

/** The most rows, however long the page is open. */
const mostShown = 1000

const matches = (call: Call, filters: Filters): boolean =>
  (["model", "outcome", "user"] as const).every((name) => filters[name] === "" || call[name] === filters[name]) &&
  (filters.key === "" || call.key === idOfKey(filters.key))

/** The newest calls, pages of older ones, and those that end meanwhile. */
export class CallLog {
  readonly filters = signal(noFilters)
  readonly calls = signal<ReadonlyArray<Call>>([])
  readonly next = signal<string | undefined>(undefined)
  readonly error = signal<ServerError | undefined>(undefined)
  readonly isLoading = signal(true)
  #loads = 0

  async load(isOlder = false): Promise<void> {
    const own = ++this.#loads
    this.isLoading.value = true
    const query = new URLSearchParams({ limit: String(pageSize) })
    for (const [name, value] of Object.entries(this.filters.value))
      if (value !== "") query.set(name, name === "key" ? idOfKey(value) : value)
    if (isOlder && this.next.value !== undefined) query.set("after", this.next.value)
    try {
      const { calls, next } = await request<Page>(`${ownPath("calls")}?${query}`)
      if (own !== this.#loads) return
      for (const { key } of calls) meetKey(key)
      this.calls.value = isOlder ? [...this.calls.value, ...calls].slice(-mostShown) : calls
      this.next.value = next
      this.error.value = undefined
    } catch (thrown) {
      if (own === this.#loads) this.error.value = toServerError(thrown)
    }
    this.isLoading.value = false
  }

  readonly add = (call: Call): void => {
    meetKey(call.key)
    const isNew = !this.calls.value.slice(0, pageSize).some(({ id }) => id === call.id)
    if (isNew && matches(call, this.filters.value)) this.calls.value = [call, ...this.calls.value].slice(0, mostShown)
  }

  filter(change: Partial<Filters>): void {
    this.filters.value = { ...this.filters.value, ...change }
    void this.load()
  }
}
