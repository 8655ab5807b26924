import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { count, dollars, none } from "../Format.ts"
import { loadModels, models } from "../models/Models.ts"
import { ModelInput, ModelNames } from "../playground/ModelInput.tsx"
import { request } from "../server/Server.ts"
import { type ServerError, toServerError } from "../server/ServerError.ts"
import { Empty } from "../ui/Empty.tsx"
import { TextArea } from "../ui/Field.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Failed } from "../ui/Notice.tsx"
import { TableHead, TableScroll } from "../ui/TableScroll.tsx"

interface Candidate {
  readonly deployment: string
  readonly model: string
  readonly because: string
  readonly costUsd?: number
}

interface Plan {
  readonly group: string
  readonly deployments: ReadonlyArray<Candidate>
  readonly leftOut: ReadonlyArray<Candidate>
  readonly inputTokens: number
  readonly outputTokens: number
  readonly attempts: number
  readonly fallbacks: { readonly [reason: string]: ReadonlyArray<string> }
  readonly errors: { readonly [tag: string]: { readonly retry: boolean; readonly fallback: string } }
}

export const Explain = () => {
  const model = useSignal("")
  const prompt = useSignal("")
  const plan = useSignal<Plan | undefined>(undefined)
  const error = useSignal<ServerError | undefined>(undefined)
  useEffect(() => {
    loadModels().then(
      () => (model.value ||= models.value[0]?.id ?? ""),
      () => undefined
    )
  }, [])
  const submit = async (event: Event) => {
    event.preventDefault()
    try {
      const body = { model: model.value.trim(), ...(prompt.value !== "" && { prompt: prompt.value }) }
      plan.value = await request<Plan>("admin/explain", { body })
      error.value = undefined
    } catch (thrown) {
      error.value = toServerError(thrown)
    }
  }
  return (
    <>
      <Heading
        title="Explain"
        says="What would happen with a prompt: who is called in which order, and why. Nobody is called."
      />
      <form class="explain" onSubmit={submit}>
        <div class="field">
          <span class="field-name">Model</span>
          <ModelInput label="Model" value={model.value} change={(name) => (model.value = name)} />
        </div>
        <TextArea label="Prompt" rows={3} value={prompt.value} change={(text) => (prompt.value = text)} />
        <button type="submit" class="primary" disabled={model.value.trim() === ""}>
          Explain
        </button>
      </form>
      {error.value !== undefined && <Failed error={error.value} />}
      {plan.value === undefined ? (
        <Empty title="No plan yet">
          <p class="muted">Choose a model and press Explain. A long prompt may change the plan.</p>
        </Empty>
      ) : (
        <PlanView plan={plan.value} />
      )}
      <ModelNames />
    </>
  )
}

const fallbackWords: { readonly [name: string]: string } = {
  always: "another model",
  once: "another provider, once",
  never: "fails",
  "larger-window": "a larger window",
  "content-policy": "the fallbacks for it"
}

const reasons: { readonly [reason: string]: string } = {
  default: "After all of these",
  contextWindow: "After a prompt that is too long",
  contentPolicy: "After a refusal by policy"
}

const PlanView = ({ plan }: { readonly plan: Plan }) => (
  <>
    <p class="block" role="status">
      About {count(plan.inputTokens)} tokens in and {count(plan.outputTokens)} out, at most {plan.attempts}{" "}
      {plan.attempts === 1 ? "attempt" : "attempts"}.
    </p>
    <Candidates title="Called, in this order" candidates={plan.deployments} />
    <Candidates title="Left out" candidates={plan.leftOut} />
    <ul class="block">
      {Object.entries(plan.fallbacks).map(
        ([reason, names]) =>
          names.length > 0 && (
            <li key={reason}>
              {reasons[reason] ?? reason}: <span class="mono">{names.join(", ")}</span>
            </li>
          )
      )}
    </ul>
    <section class="block">
      <h2>What follows an error</h2>
      <TableScroll label="What follows an error">
        <TableHead names={["Error", "The same model again", "Then"]} />
        <tbody>
          {Object.entries(plan.errors).map(([tag, { fallback, retry }]) => (
            <tr key={tag}>
              <td class="mono">{tag}</td>
              <td>{retry ? "yes" : "no"}</td>
              <td>{fallbackWords[fallback] ?? fallback}</td>
            </tr>
          ))}
        </tbody>
      </TableScroll>
    </section>
  </>
)

const Candidates = ({ candidates, title }: { readonly title: string; readonly candidates: ReadonlyArray<Candidate> }) =>
  candidates.length === 0 ? null : (
    <section class="block">
      <h2>{title}</h2>
      <TableScroll label={title}>
        <TableHead names={["Deployment", "Model", "Why", "#Expected cost"]} />
        <tbody>
          {candidates.map(({ because, costUsd, deployment, model }) => (
            <tr key={deployment}>
              <td class="mono">{deployment}</td>
              <td class="mono">{model}</td>
              <td>{because}</td>
              <td class="number">{costUsd === undefined ? none : dollars(costUsd)}</td>
            </tr>
          ))}
        </tbody>
      </TableScroll>
    </section>
  )
