import { type ReadonlySignal, signal } from "@preact/signals"
import { useEffect, useMemo } from "preact/hooks"
import { type ServerError, toServerError } from "./server/ServerError.ts"

/** A value that is loaded from the gateway, and reloaded. */
export interface Resource<A> {
  /** The last value, which stays while it is reloaded, and if that fails. */
  readonly value: ReadonlySignal<A | undefined>
  readonly error: ReadonlySignal<ServerError | undefined>
  readonly isLoading: ReadonlySignal<boolean>
  readonly reload: () => Promise<void>
}

/** A resource; of two loads at once the later one counts. */
const resource = <A>(load: (signal: AbortSignal) => Promise<A>): Resource<A> & { readonly stop: () => void } => {
  const value = signal<A | undefined>(undefined)
  const error = signal<ServerError | undefined>(undefined)
  const isLoading = signal(false)
  let current = new AbortController()
  const reload = async (): Promise<void> => {
    current.abort()
    const own = new AbortController()
    current = own
    isLoading.value = true
    try {
      const loaded = await load(own.signal)
      if (own.signal.aborted) return
      value.value = loaded
      error.value = undefined
    } catch (thrown) {
      if (own.signal.aborted) return
      error.value = toServerError(thrown)
    }
    isLoading.value = false
  }
  return { value, error, isLoading, reload, stop: () => current.abort() }
}

/** Loads when it is shown, and again when the key changes. */
export const useResource = <A>(key: string, load: (signal: AbortSignal) => Promise<A>): Resource<A> => {
  const current = useMemo(() => resource(load), [key])
  useEffect(() => {
    void current.reload()
    return current.stop
  }, [current])
  return current
}
