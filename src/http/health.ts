import { Elysia, t } from 'elysia'
import type { Config } from '../config.ts'
import type { Readiness } from './readiness.ts'

const Check = t.Object({
  status: t.Union([t.Literal('ok'), t.Literal('failed')]),
  detail: t.Optional(t.String()),
})

/** Liveness and readiness, without a key. */
export const healthRoutes = (config: Config, readiness: Readiness) => {
  const health = { status: 'healthy' as const, version: config.version, environment: config.environment }
  return new Elysia({ name: 'health', tags: ['Operations'], normalize: false })
    .get('/health', () => health, {
      response: t.Object({ status: t.Literal('healthy'), version: t.String(), environment: t.String() }),
      detail: {
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
        response: t.Object({
          status: t.Union([t.Literal('ready'), t.Literal('not_ready')]),
          checks: t.Record(t.String(), Check),
        }),
        detail: {
          summary: 'Can it do its work?',
          description:
            'Status 503 with what is wrong while starting, draining, or without database, migrations, Redis or worker.',
          security: [],
        },
      },
    )
}
