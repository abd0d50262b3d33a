// Railway's Infrastructure as Code: what `railway config apply` makes of a project. docs/deploy/railway.md.
//   environment production   api and worker on Postgres and Redis
//   any other environment    one service with its data in SQLite on a volume
import { defineRailway, postgres, preserve, project, redis, service, volume } from 'railway/iac'

/** Longer than DRAIN_SECONDS, in which what runs may finish. */
const drainingSeconds = 45

const common = {
  build: { builder: 'DOCKERFILE', dockerfilePath: 'deploy/railway/Dockerfile' },
  healthcheck: '/ready',
  // Migrations are applied before it is ready.
  healthcheckTimeout: 300,
} as const

const settings = {
  DRAIN_SECONDS: '30',
  // Railway's proxy says where a request came from.
  TRUSTED_PROXIES: 'private',
  // Set in the dashboard or with `railway variables --set`, and left alone here.
  BUNKHOUSE_API_KEY: preserve(),
  SCHEDULER_TICK_SECRET: preserve(),
  OPENAI_API_KEY: preserve(),
}

export default defineRailway(ctx => (ctx.isEnvironment('production') ? scaled() : single()))

function single() {
  const data = volume('data', { sizeMB: 5_000 })
  const bunkhouse = service('bunkhouse', {
    ...common,
    // One process owns the SQLite file: the old one ends before the new one starts, which Railway sees to where there is a
    // volume.
    deploy: { restartPolicyType: 'ALWAYS', overlapSeconds: 0, drainingSeconds },
    replicas: 1,
    env: {
      ...settings,
      DATABASE_URL: 'sqlite:/data/bunkhouse.db',
      // Railway mounts volumes as root's, and the image's user could not write.
      RAILWAY_RUN_UID: '0',
    },
    volumeMounts: { '/data': data },
  })
  return project('bunkhouse', { resources: [data, bunkhouse] })
}

function scaled() {
  const database = postgres('database')
  const cache = redis('cache')
  const shared = { ...settings, DATABASE_URL: database.env.DATABASE_URL, REDIS_URL: cache.env.REDIS_URL }
  // The old one answers until the new one is found by the proxy.
  const deploy = { restartPolicyType: 'ALWAYS', overlapSeconds: 10, drainingSeconds } as const
  const api = service('api', {
    ...common,
    deploy,
    replicas: 2,
    env: { ...shared, ROLES: 'api,scheduler' },
  })
  const worker = service('worker', { ...common, deploy, replicas: 2, env: { ...shared, ROLES: 'worker' } })
  return project('bunkhouse', { resources: [database, cache, api, worker] })
}
