import { useSignal } from "@preact/signals"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import type { ServerError } from "../server/ServerError.ts"
import { Brand } from "../ui/Brand.tsx"
import { Field } from "../ui/Field.tsx"
import { Notice } from "../ui/Notice.tsx"
import { type SignInMethods, signIn } from "./Session.ts"

export const SignIn = ({ reason }: { readonly reason: ServerError | undefined }) => {
  const typed = useSignal("")
  const isBusy = useSignal(false)
  const methods = useResource("methods", (signal) => request<SignInMethods>("auth", { signal }))
  const login = methods.value.value?.login ?? undefined
  const submit = async (event: Event) => {
    event.preventDefault()
    if (typed.value.trim() === "") return
    isBusy.value = true
    await signIn(typed.value.trim())
    isBusy.value = false
  }
  return (
    <main class="door">
      <Brand />
      <form onSubmit={submit} class="stack">
        <h1>Sign in</h1>
        <p class="muted">
          Use the key that you call the gateway with. An administrator's key shows everything; any other key shows its
          own models and spend.
        </p>
        {reason !== undefined && <Notice kind="bad">{reason.message}</Notice>}
        <Field label="Key">
          {(own) => (
            <input
              {...own}
              type="password"
              autocomplete="current-password"
              autofocus
              required
              value={typed.value}
              onInput={(event) => (typed.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="primary" disabled={isBusy.value}>
          {isBusy.value ? "Signing in…" : "Sign in"}
        </button>
        {login !== undefined && (
          <a class="button" href={login.slice(1)}>
            Sign in with your account
          </a>
        )}
        <p class="fine">
          The key stays in this tab and goes to this gateway only. It is forgotten when you close the tab.
        </p>
      </form>
    </main>
  )
}
