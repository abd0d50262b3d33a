type Settings = Record<string, string>

const scaled: Settings = { mode: '"scaled"', 'secret.existing': '"bunkhouse"' }
const resources = '{"requests":{"cpu":1,"memory":"1Gi"},"limits":{"cpu":"1500m","memory":"2Gi"}}'
const digest = `"sha256:${'0123456789abcdef'.repeat(4)}"`

/** Values, as JSON, that must render to objects without a fault. */
export const matrix: Settings[] = [
  {},
  { 'secret.existing': '"bunkhouse"', 'single.persistence.storageClass': '"fast"', 'single.persistence.size': '"1Ti"' },
  { 'single.persistence.accessMode': '"ReadWriteOncePod"', 'single.persistence.whenDeleted': '"Delete"' },
  { 'networkPolicy.enabled': 'false', 'podDisruptionBudget.enabled': 'false' },
  { 'ingress.enabled': 'true', 'ingress.className': '"alb"', 'ingress.clusterIssuer': '""' },
  { 'serviceAccount.existing': '"mine"', 'image.tag': '"1.2.3"', 'image.pullSecrets': '["registry"]' },
  { 'agents.configMap': '"my-agents"', 'jobs.configMap': '"my-jobs"', priorityClassName: '"high"' },
  { drainSeconds: '3600', preStopSeconds: '0' },
  scaled,
  { ...scaled, drainSeconds: '0', 'image.digest': digest },
  { ...scaled, 'api.replicas': '1', 'worker.replicas': '0', 'api.resources': resources, 'worker.resources': resources },
  { ...scaled, 'api.autoscaling.enabled': 'true', 'worker.autoscaling.enabled': 'true' },
  { ...scaled, 'worker.autoscaling.enabled': 'true', 'worker.autoscaling.queueDepth': '100' },
  { ...scaled, 'ingress.enabled': 'true', 'ingress.canaryWeight': '100', 'service.port': '8080' },
  { ...scaled, 'monitoring.enabled': 'true', 'monitoring.labels': '{"release":"prometheus"}' },
  {
    ...scaled,
    'networkPolicy.fromNamespaces': '[]',
    'networkPolicy.databasePorts': '[]',
    'networkPolicy.publicPorts': '[]',
  },
  { ...scaled, 'networkPolicy.extraEgress': '[{"ports":[{"protocol":"TCP","port":11434}]}]' },
  {
    ...scaled,
    podLabels: '{"team":"agents"}',
    podAnnotations: '{"note":"a: \\"b\\""}',
    nodeSelector: '{"kubernetes.io/arch":"arm64"}',
    tolerations: '[{"key":"spot","operator":"Exists","effect":"NoSchedule"}]',
    'service.annotations': '{"a":"b"}',
    'ingress.annotations': '{"a":"b"}',
    'serviceAccount.annotations': '{"a":"b"}',
    config: '{"LOG_LEVEL":"debug","RATE_LIMIT":600,"DOCS":false,"WORKER_CONCURRENCY":10000}',
  },
]

/** Values that must be refused, with a part of what is said of them. */
export const refused: { settings: Settings; because: string }[] = [
  { settings: { replicas: '3' }, because: 'replicas' },
  { settings: { mode: '"cluster"' }, because: 'mode' },
  { settings: { mode: '"scaled"' }, because: 'needs secret.existing' },
  { settings: { 'api.replica': '3' }, because: 'replica' },
  { settings: { 'api.replicas': '"3"' }, because: 'api' },
  { settings: { 'config.OPENAI_API_KEY': '"sk-1"' }, because: 'OPENAI_API_KEY' },
  { settings: { 'config.DATABASE_URL': '"postgres://u:p@h/n"' }, because: 'DATABASE_URL' },
  { settings: { 'config.PORT': '9000' }, because: 'PORT' },
  { settings: { 'config.log-level': '"info"' }, because: 'log-level' },
  { settings: { 'image.digest': '"sha256:abc"' }, because: 'digest' },
  { settings: { 'ingress.host': '"*"' }, because: 'host' },
  { settings: { 'single.resources.limits': 'null' }, because: 'limits' },
  { settings: { 'worker.resources.limits.memory': '"lots"' }, because: 'memory' },
  { settings: { 'networkPolicy.publicPorts': '[0]' }, because: 'publicPorts' },
  {
    settings: { ...scaled, 'api.autoscaling.minReplicas': '5', 'api.autoscaling.maxReplicas': '2' },
    because: 'below minReplicas',
  },
]
