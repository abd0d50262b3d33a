import { at, isObject, type Json, type JsonObject, list } from './json-path.ts'
import { type Manifest, titleOf } from './manifest.ts'

/** A pod, or what pods are made of: where it is in a manifest, by kind. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

/** The pod that a manifest is or makes: with its metadata and spec. Null for other kinds. */
export function podOf(manifest: Manifest): JsonObject | null {
  const path = podPaths[manifest.kind]
  if (!path) return null
  const pod = at(manifest, ...path)
  return isObject(pod) ? pod : null
}

type Rule = (parts: { spec: Json; container: Json }) => boolean

/** The restricted pod security standard, and what a careful operator asks for besides. Each says what must hold. */
const containerRules: Readonly<Record<string, Rule>> = {
  'does not run as root': ({ spec, container }) => {
    const user = at(container, 'securityContext', 'runAsUser') ?? at(spec, 'securityContext', 'runAsUser')
    const nonRoot = at(container, 'securityContext', 'runAsNonRoot') ?? at(spec, 'securityContext', 'runAsNonRoot')
    return nonRoot === true && typeof user === 'number' && user > 10_000
  },
  'gains no privileges': ({ container }) =>
    at(container, 'securityContext', 'allowPrivilegeEscalation') === false &&
    !at(container, 'securityContext', 'privileged'),
  'has no capabilities': ({ container }) =>
    list(at(container, 'securityContext', 'capabilities', 'drop')).includes('ALL') &&
    list(at(container, 'securityContext', 'capabilities', 'add')).length === 0,
  'cannot write its root': ({ container }) => at(container, 'securityContext', 'readOnlyRootFilesystem') === true,
  'has a filter of system calls': ({ spec, container }) =>
    ['RuntimeDefault', 'Localhost'].includes(
      String(
        at(container, 'securityContext', 'seccompProfile', 'type') ??
          at(spec, 'securityContext', 'seccompProfile', 'type'),
      ),
    ),
  'has requests and limits': ({ container }) =>
    ['requests', 'limits'].every(kind => ['cpu', 'memory'].every(name => at(container, 'resources', kind, name))),
  'has an image of one version': ({ container }) => /@sha256:|:(?!latest$)[^:/]+$/.test(String(at(container, 'image'))),
  'takes no port of the host': ({ container }) => list(at(container, 'ports')).every(port => !at(port, 'hostPort')),
  'has no secret in plain sight': ({ container }) =>
    list(at(container, 'env')).every(
      variable =>
        !/KEY|SECRET|PASSWORD|TOKEN/.test(String(at(variable, 'name'))) || at(variable, 'value') === undefined,
    ),
  'is watched, where it serves': ({ container }) =>
    !list(at(container, 'args')).includes('serve') ||
    ['startupProbe', 'livenessProbe', 'readinessProbe'].every(probe => at(container, probe, 'httpGet', 'path')),
}

const safeVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

const podRules: Readonly<Record<string, (spec: Json) => boolean>> = {
  'shares nothing with its host': spec => ['hostNetwork', 'hostPID', 'hostIPC'].every(name => !at(spec, name)),
  'has no token of the API': spec => at(spec, 'automountServiceAccountToken') === false,
  'mounts nothing of its host': spec =>
    list(at(spec, 'volumes')).every(
      volume => isObject(volume) && Object.keys(volume).every(key => key === 'name' || safeVolumes.includes(key)),
    ),
}

/** What is wrong with the pod of a manifest; empty where it makes none. */
export function podFaults(manifest: Manifest): string[] {
  const pod = podOf(manifest)
  if (!pod) return []
  const { spec } = pod
  const containers = [...list(at(spec, 'initContainers')), ...list(at(spec, 'containers'))]
  const broken = [
    ...Object.entries(podRules).flatMap(([name, holds]) => (holds(spec) ? [] : [name])),
    ...containers.flatMap(container =>
      Object.entries(containerRules).flatMap(([name, holds]) => (holds({ spec, container }) ? [] : [name])),
    ),
    ...(containers.length === 0 ? ['has a container'] : []),
  ]
  return broken.map(name => `${titleOf(manifest)}: must hold: ${name}`)
}
