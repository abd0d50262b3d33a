import { describe, expect, test } from 'bun:test'
import type { JsonObject } from './json-path.ts'
import { type Manifest, readManifests } from './manifest.ts'
import { podFaults } from './pod-faults.ts'
import { setFaults } from './set-faults.ts'
import { typeFaults } from './type-faults.ts'

const good = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 40
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: api
          image: bunkhouse:1.0.0
          args: [serve]
          env: [{ name: DRAIN_SECONDS, value: '20' }]
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
          startupProbe: { httpGet: { path: /health, port: 8000 } }
          livenessProbe: { httpGet: { path: /health, port: 8000 } }
          readinessProbe: { httpGet: { path: /ready, port: 8000 } }
          resources: { requests: { cpu: 1, memory: 1Gi }, limits: { cpu: 1, memory: 1Gi } }
      volumes: [{ name: tmp, emptyDir: {} }]
---
apiVersion: v1
kind: Service
metadata: { name: api }
spec: { selector: { app: api }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: api }
spec:
  tls: [{ hosts: [a.example.com], secretName: tls }]
  rules:
    - host: a.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: api, port: { number: 80 } } } }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api }
spec: { podSelector: { matchLabels: { app: api } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api }
spec: { maxReplicas: 3, scaleTargetRef: { kind: Deployment, name: api } }
`

/** The good objects with one part of their text changed. */
const changed = (part: string, into: string): Manifest[] => {
  expect(good).toContain(part)
  return readManifests(good.replace(part, into))
}

test('objects as they should be have no fault', async () => {
  expect(setFaults(readManifests(good))).toEqual([])
  expect(await typeFaults(readManifests(good))).toEqual([])
})

describe('a pod is told that it', () => {
  test.each([
    ['does not run as root', 'runAsUser: 65532', 'runAsUser: 0'],
    ['does not run as root', 'runAsNonRoot: true, ', ''],
    ['gains no privileges', 'allowPrivilegeEscalation: false', 'privileged: true'],
    ['has no capabilities', 'drop: [ALL]', 'drop: [ALL], add: [NET_ADMIN]'],
    ['has no capabilities', 'capabilities: { drop: [ALL] }', 'capabilities: {}'],
    ['cannot write its root', 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
    ['has a filter of system calls', 'RuntimeDefault', 'Unconfined'],
    ['has requests and limits', 'limits: { cpu: 1, memory: 1Gi }', 'limits: { cpu: 1 }'],
    ['has an image of one version', 'bunkhouse:1.0.0', 'bunkhouse'],
    ['has an image of one version', 'bunkhouse:1.0.0', 'bunkhouse:latest'],
    ['takes no port of the host', 'args: [serve]', 'ports: [{ containerPort: 1, hostPort: 1 }]'],
    ['has no secret in plain sight', "DRAIN_SECONDS, value: '20'", "API_KEY, value: 'sk-1'"],
    ['is watched, where it serves', 'readinessProbe', 'otherProbe'],
    ['shares nothing with its host', 'automountServiceAccountToken', 'hostNetwork: true, automountServiceAccountToken'],
    ['has no token of the API', 'automountServiceAccountToken: false', 'automountServiceAccountToken: true'],
    ['mounts nothing of its host', 'emptyDir: {}', 'hostPath: { path: / }'],
  ])('must hold: %s (%s)', (rule, part, into) => {
    // The flow form of YAML takes a comma where the block form takes a line.
    const block = into.replace('hostNetwork: true, ', 'hostNetwork: true\n      ')
    const faults = changed(part, block).flatMap(podFaults)
    expect(faults).toContain(`Deployment api: must hold: ${rule}`)
  })
})

describe('objects of a set are told', () => {
  test.each([
    [
      'Deployment api: 30 s of grace are too short for 5 + 20 s',
      'terminationGracePeriodSeconds: 40',
      'hostUsers: false',
    ],
    ['Service api: selects no pod', 'spec: { selector: { app: api }', 'spec: { selector: { app: web }'],
    [
      'Deployment api: no NetworkPolicy selects it',
      'podSelector: { matchLabels: { app: api } }',
      'podSelector: { matchLabels: { app: web } }',
    ],
    ['HorizontalPodAutoscaler api: scales nothing', 'kind: Deployment, name: api', 'kind: Deployment, name: web'],
    ['Deployment api: has replicas beside its autoscaler', 'spec:\n  selector', 'spec:\n  replicas: 2\n  selector'],
    ['Ingress api: a host without TLS', 'hosts: [a.example.com]', 'hosts: [b.example.com]'],
    ['Ingress api: there is no Service web', 'service: { name: api', 'service: { name: web'],
  ])('%s', (fault, part, into) => {
    expect(setFaults(changed(part, into))).toContain(fault)
  })
})

describe('the types of the API', () => {
  test.each([
    ['a field it does not know', 'args: [serve]', 'argz: [serve]', 'argz'],
    ['a value of a wrong type', 'maxReplicas: 3', "maxReplicas: 'three'", 'maxReplicas'],
    ['a kind there is not', 'kind: Service\n', 'kind: Servant\n', 'Servant'],
    ['a field that is missing', 'maxReplicas: 3, ', '', 'maxReplicas'],
  ])('refuse %s', async (_name, part, into, named) => {
    const faults = await typeFaults(changed(part, into)).catch((error: Error) => [error.message])
    expect(faults.join('\n')).toContain(named)
  })

  test('refuse a field that a resource of the Prometheus operator does not have', async () => {
    const spec: JsonObject = { selector: {}, endpoints: [{ port: 'http', intervall: '15s' }] }
    const monitor = { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata: { name: 'a' }, spec }
    expect((await typeFaults([monitor])).join('\n')).toContain('intervall')
  })
})

test('what is no object of the API is not read as one', () => {
  expect(() => readManifests('kind: Service\n')).toThrow('not an object')
})
