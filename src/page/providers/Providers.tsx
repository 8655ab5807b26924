import { count, duration, fromNow, percent, spent } from "../Format.ts"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { Badge } from "../ui/Badge.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { TableHead, TableScroll } from "../ui/TableScroll.tsx"

type Status = "unknown" | "healthy" | "degraded" | "down"

interface Deployment {
  readonly group: string
  readonly name: string
  readonly model: string
  readonly status: Status
  readonly busy: number
  readonly calls: number
  readonly failed: number
  readonly errors: { readonly [tag: string]: number }
  readonly errorRate: number
  readonly p50?: number
  readonly p95?: number
  readonly headroom?: number
  readonly coolingUntil?: string
  readonly cost: string
  readonly unpriced: number
}

interface ProviderHealth {
  readonly provider: string
  readonly status: Status
  readonly deployments: ReadonlyArray<Deployment>
}

const tones = { unknown: "plain", healthy: "good", degraded: "warn", down: "bad" } as const

export const Providers = () => {
  const health = useResource("providers", (signal) =>
    request<{ readonly providers: ReadonlyArray<ProviderHealth> }>("admin/providers", { signal })
  )
  return (
    <>
      <Heading
        title="Providers"
        says="Health and latency, by the calls that went through this gateway. No calls are made to check."
      >
        <button type="button" disabled={health.isLoading.value} onClick={() => void health.reload()}>
          Refresh
        </button>
      </Heading>
      <Loaded of={health}>
        {({ providers }) =>
          providers.length === 0 ? (
            <Empty title="No deployments yet">
              <p class="muted">A model that the settings name appears here at once, any other with its first call.</p>
            </Empty>
          ) : (
            providers.map((provider) => <ProviderSection key={provider.provider} of={provider} />)
          )
        }
      </Loaded>
    </>
  )
}

const ProviderSection = ({ of: { deployments, provider, status } }: { readonly of: ProviderHealth }) => (
  <section class="block">
    <h2>
      {provider} <Badge tone={tones[status]} words={status === "unknown" ? "not called yet" : status} />
    </h2>
    <TableScroll label={`Deployments of ${provider}`} cards="dense">
      <TableHead
        names={[
          "Model",
          "Deployment",
          "State",
          "#Calls",
          "#Failed",
          "#Error rate",
          "#p50",
          "#p95",
          "#Headroom",
          "#Cost"
        ]}
      />
      <tbody>
        {deployments.map((deployment) => (
          <DeploymentRow key={`${deployment.group} ${deployment.name}`} of={deployment} />
        ))}
      </tbody>
    </TableScroll>
  </section>
)

const DeploymentRow = ({ of: deployment }: { readonly of: Deployment }) => {
  const { busy, calls, coolingUntil, errorRate, errors, failed, group, headroom, model, p50, p95, status } = deployment
  const reasons = Object.entries(errors).map(([tag, times]) => `${tag} × ${times}`)
  return (
    <tr>
      <td class="mono">{group}</td>
      <td class="mono">{model}</td>
      <td>
        <Badge tone={tones[status]} words={status === "unknown" ? "not called yet" : status} />
        {coolingUntil !== undefined && <span class="under">called again {fromNow(coolingUntil)}</span>}
        {reasons.length > 0 && <span class="under">{reasons.join(", ")}</span>}
      </td>
      <td class="number" data-label="Calls">
        {count(calls)}
        {busy > 0 && <span class="under">{busy} now</span>}
      </td>
      <td class="number" data-label="Failed">
        {count(failed)}
      </td>
      <td class="number" data-label="Error rate">
        {percent(errorRate)}
      </td>
      <td class="number" data-label="p50">
        {duration(p50)}
      </td>
      <td class="number" data-label="p95">
        {duration(p95)}
      </td>
      <td class="number rare">{headroom === undefined ? "" : percent(headroom)}</td>
      <td class="number" data-label="Cost">
        {spent(deployment)}
      </td>
    </tr>
  )
}
