import { useEffect } from "preact/hooks"
import { begin, session } from "./session/Session.ts"
import { SignIn } from "./session/SignIn.tsx"
import { Shell } from "./Shell.tsx"
import { Brand } from "./ui/Brand.tsx"
import { Failed } from "./ui/Notice.tsx"

export const App = () => {
  useEffect(() => void begin(), [])
  const now = session.value
  switch (now.state) {
    case "loading":
      return <main class="door" aria-busy="true" aria-label="Loading" />
    case "signedOut":
      return <SignIn reason={now.reason} />
    case "unreachable":
      return (
        <main class="door">
          <Brand />
          <h1>This page cannot begin</h1>
          <Failed error={now.reason} retry={() => void begin()} />
        </main>
      )
    case "signedIn":
      return <Shell me={now.me} />
  }
}
