import type { Metrics } from '../telemetry/metrics.ts'
import { controller } from './controller.ts'

const example = `# HELP bunkhouse_runs_created_total Runs put on disk
# TYPE bunkhouse_runs_created_total counter
bunkhouse_runs_created_total{agent="echo"} 3
`

export const metricsRoutes = (metrics: Metrics) =>
  controller('Operations', '').get(
    '/metrics',
    async () => new Response(await metrics.render(), { headers: { 'content-type': metrics.contentType } }),
    {
      scope: 'metrics:read',
      detail: {
        operationId: 'readMetrics',
        summary: 'Metrics for Prometheus',
        description: 'HTTP, runs, jobs, model calls, event streams, database and process.',
        responses: {
          200: {
            description: 'Text exposition format.',
            content: { 'text/plain': { schema: { type: 'string' }, example } },
          },
        },
      },
    },
  )
