import type { ComponentChildren } from "preact"
import type { Resource } from "../Resource.ts"
import { Failed } from "./Notice.tsx"

/** Shows a resource: its value, with an error above it if reloading failed, or that it is loading. */
export const Loaded = <A,>({
  children,
  of
}: {
  readonly of: Resource<A>
  readonly children: (value: A) => ComponentChildren
}) => {
  const { error, value } = of
  return (
    <>
      {error.value !== undefined && <Failed error={error.value} retry={() => void of.reload()} />}
      {value.value !== undefined && children(value.value)}
      {value.value === undefined && error.value === undefined && <p class="waiting">Loading</p>}
    </>
  )
}
