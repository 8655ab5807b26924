import { type Signal, signal } from "@preact/signals"
import { readEvents } from "../server/EventStream.ts"
import { open } from "../server/Server.ts"
import { toServerError } from "../server/ServerError.ts"
import type { Call } from "./Call.ts"

export interface LiveCalls {
  /** Whether new calls come in as they end. */
  readonly isLive: Signal<boolean>
  readonly stop: () => void
}

const retryMillis = 3000

/** Passes on each call when it ends; reconnects when the connection is lost. */
export const liveCalls = (each: (call: Call) => void): LiveCalls => {
  const isLive = signal(false)
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const connect = async (): Promise<void> => {
    try {
      const { body } = await open("admin/calls/live", { signal: controller.signal })
      isLive.value = true
      if (body !== null)
        await readEvents(body, ({ data }) => {
          each(JSON.parse(data) as Call)
        })
    } catch (thrown) {
      if (toServerError(thrown) === undefined) return
    }
    isLive.value = false
    timer = setTimeout(() => void connect(), retryMillis)
  }
  void connect()
  return {
    isLive,
    stop: () => {
      clearTimeout(timer)
      controller.abort()
    }
  }
}
