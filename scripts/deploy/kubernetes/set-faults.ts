import { at, isObject, type Json, list, selects } from './json-path.ts'
import { type Manifest, titleOf } from './manifest.ts'
import { podFaults, podOf } from './pod-faults.ts'

/** What is wrong with objects that are applied together: each pod, and what does not fit together. */
export function setFaults(manifests: Manifest[]): string[] {
  return [
    ...manifests.flatMap(podFaults),
    ...manifests.flatMap(graceFaults),
    ...unselected(manifests),
    ...scalingFaults(manifests),
    ...exposureFaults(manifests),
  ]
}

/** A pod that is killed while it drains repeats work. */
function graceFaults(manifest: Manifest): string[] {
  const spec = at(podOf(manifest), 'spec')
  return list(at(spec, 'containers')).flatMap(container => {
    if (!list(at(container, 'args')).includes('serve')) return []
    const drain = list(at(container, 'env')).find(variable => at(variable, 'name') === 'DRAIN_SECONDS')
    // From a ConfigMap, or by default, it is 20.
    const drainSeconds = Number(at(drain, 'value') ?? 20)
    const preStopSeconds = Number(at(container, 'lifecycle', 'preStop', 'sleep', 'seconds') ?? 0)
    const grace = Number(at(spec, 'terminationGracePeriodSeconds') ?? 30)
    return grace >= drainSeconds + preStopSeconds + 10
      ? []
      : [`${titleOf(manifest)}: ${grace} s of grace are too short for ${preStopSeconds} + ${drainSeconds} s`]
  })
}

const podLabels = (manifests: Manifest[]): { manifest: Manifest; labels: Json }[] =>
  manifests.flatMap(manifest => {
    const pod = podOf(manifest)
    return pod ? [{ manifest, labels: at(pod, 'metadata', 'labels') }] : []
  })

/** Selectors that select nothing, and pods that no NetworkPolicy selects. */
function unselected(manifests: Manifest[]): string[] {
  const pods = podLabels(manifests)
  const ofKind = (kind: string) => manifests.filter(manifest => manifest.kind === kind)
  const idle = [
    ...ofKind('Service').map(service => ({ by: service, selector: at(service, 'spec', 'selector') })),
    ...ofKind('PodDisruptionBudget').map(budget => ({
      by: budget,
      selector: at(budget, 'spec', 'selector', 'matchLabels'),
    })),
    ...[...ofKind('Deployment'), ...ofKind('StatefulSet')].map(workload => ({
      by: workload,
      selector: at(workload, 'spec', 'selector', 'matchLabels'),
    })),
  ].filter(({ selector }) => !pods.some(({ labels }) => selects(selector, labels)))
  const policies = ofKind('NetworkPolicy').map(policy => at(policy, 'spec', 'podSelector', 'matchLabels') ?? {})
  const open = pods.filter(({ labels }) => !policies.some(selector => selects(selector, labels)))
  return [
    ...idle.map(({ by }) => `${titleOf(by)}: selects no pod`),
    ...(policies.length > 0 ? open.map(({ manifest }) => `${titleOf(manifest)}: no NetworkPolicy selects it`) : []),
    ...ofKind('ServiceMonitor')
      .filter(
        monitor =>
          !ofKind('Service').some(service =>
            selects(at(monitor, 'spec', 'selector', 'matchLabels'), service.metadata.labels),
          ),
      )
      .map(monitor => `${titleOf(monitor)}: selects no Service`),
  ]
}

/** An autoscaler needs its workload, and a workload that says how many it is overrules it at each apply. */
function scalingFaults(manifests: Manifest[]): string[] {
  return manifests.flatMap(manifest => {
    if (manifest.kind !== 'HorizontalPodAutoscaler') return []
    const target = manifests.find(
      ({ kind, metadata }) =>
        kind === at(manifest, 'spec', 'scaleTargetRef', 'kind') &&
        metadata.name === at(manifest, 'spec', 'scaleTargetRef', 'name'),
    )
    if (!target) return [`${titleOf(manifest)}: scales nothing`]
    return at(target, 'spec', 'replicas') === undefined
      ? []
      : [`${titleOf(target)}: has replicas beside its autoscaler`]
  })
}

/** An Ingress leads to a Service that is there, by a host of its own, with TLS. */
function exposureFaults(manifests: Manifest[]): string[] {
  return manifests.flatMap(manifest => {
    if (manifest.kind !== 'Ingress') return []
    const hosts = list(at(manifest, 'spec', 'tls')).flatMap(entry => list(at(entry, 'hosts')))
    return list(at(manifest, 'spec', 'rules')).flatMap(rule => {
      const services = list(at(rule, 'http', 'paths')).map(path => at(path, 'backend', 'service', 'name'))
      const missing = services.filter(
        name => !manifests.some(({ kind, metadata }) => kind === 'Service' && metadata.name === name),
      )
      return [
        ...(hosts.includes(at(rule, 'host')) ? [] : [`${titleOf(manifest)}: a host without TLS`]),
        ...missing.map(name => `${titleOf(manifest)}: there is no Service ${name}`),
      ]
    })
  })
}

/** For the ones who look for one object of a set. */
export const find = (manifests: Manifest[], kind: string, name: string): Manifest => {
  const found = manifests.find(manifest => manifest.kind === kind && manifest.metadata.name === name)
  if (!found || !isObject(found)) throw new Error(`there is no ${kind} ${name}`)
  return found
}
