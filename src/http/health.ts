import { Elysia, t } from 'elysia'
import type { Config } from '../config.ts'
import { protect } from './answer-headers.ts'
import { oneOf } from './one-of.ts'
import type { Readiness } from './readiness.ts'

const Health = t.Object(
  {
    status: t.Literal('healthy'),
    version: t.String(),
    environment: t.String({ description: 'development or production' }),
  },
  {
    title: 'Health',
    description: 'It is alive.',
    examples: [{ status: 'healthy', version: '0.1.0', environment: 'production' }],
  },
)

const Check = t.Object({
  status: oneOf(['ok', 'failed']),
  detail: t.Optional(t.String({ description: 'What is wrong.' })),
})

const ok = { status: 'ok' }
const Report = t.Object(
  {
    status: oneOf(['ready', 'not_ready']),
    checks: t.Record(t.String(), Check, { description: 'Every part that was asked.' }),
  },
  {
    title: 'ReadinessReport',
    description: 'It can do its work.',
    examples: [{ status: 'ready', checks: { process: ok, database: ok, migrations: ok, worker: ok } }],
  },
)
const notReady = {
  status: 'not_ready',
  checks: { process: ok, database: { status: 'failed', detail: 'It does not answer.' }, migrations: ok, worker: ok },
}

/** Liveness and readiness, without a key. */
export const healthRoutes = (config: Config, readiness: Readiness) => {
  const health = JSON.stringify({ status: 'healthy', version: config.version, environment: config.environment })
  // Asked often, and always the same: copying headers that are there costs less than setting each.
  const headers = new Headers({ 'content-type': 'application/json' })
  protect(headers)
  return new Elysia({ name: 'health', tags: ['Operations'], normalize: false })
    .get('/health', () => new Response(health, { headers }), {
      response: Health,
      detail: {
        operationId: 'readHealth',
        summary: 'Is the process alive?',
        description: 'Looks at nothing but the process itself.',
        security: [],
      },
    })
    .get(
      '/ready',
      async ({ set }) => {
        const report = await readiness.check()
        if (report.status === 'not_ready') set.status = 503
        return report
      },
      {
        response: { 200: Report, 503: Report },
        detail: {
          operationId: 'readReadiness',
          summary: 'Can it do its work?',
          description:
            'Status 503 with what is wrong while starting, draining, or without database, migrations, Redis or worker.',
          security: [],
          responses: {
            503: {
              description: 'It cannot; `checks` says why.',
              content: { 'application/json': { example: notReady } },
            },
          },
        },
      },
    )
}
