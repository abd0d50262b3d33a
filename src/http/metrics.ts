import { contentTypes, type Format } from '../telemetry/exposition.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { controller } from './controller.ts'

const example = `# HELP bunkhouse_runs_created_total Runs put on disk
# TYPE bunkhouse_runs_created_total counter
bunkhouse_runs_created_total{agent="echo"} 3
`
const openExample = `# HELP bunkhouse_runs_created Runs put on disk
# TYPE bunkhouse_runs_created counter
bunkhouse_runs_created_total{agent="echo"} 3
# EOF
`

export const metricsRoutes = (metrics: Metrics) =>
  controller('Operations', '').get('/metrics', ({ request }) => answerMetrics(metrics, request), {
    scope: 'metrics:read',
    detail: {
      operationId: 'readMetrics',
      summary: 'Metrics for Prometheus',
      description:
        'HTTP, runs, jobs, model calls, money, event streams, database and process. As OpenMetrics, with trace ids as exemplars, where `Accept` prefers `application/openmetrics-text`.',
      responses: {
        200: {
          description: 'Text exposition format, or OpenMetrics.',
          content: {
            'text/plain': { schema: { type: 'string' }, example },
            'application/openmetrics-text': { schema: { type: 'string' }, example: openExample },
          },
        },
      },
    },
  })

export async function answerMetrics(metrics: Metrics, request: Request): Promise<Response> {
  const format = wantedFormat(request.headers.get('accept') ?? '')
  const headers = { 'content-type': contentTypes[format], vary: 'accept' }
  return new Response(await metrics.render(format), { headers })
}

/** OpenMetrics only for those who name it, and prefer it. */
function wantedFormat(accept: string): Format {
  let openmetrics = 0
  let prometheus = 0
  for (const part of accept.split(',')) {
    const [type = '', ...params] = part.split(';').map(text => text.trim().toLowerCase())
    const weight = Number(params.find(param => param.startsWith('q='))?.slice(2) ?? 1) || 0
    // Of the drafts before 1.0 nobody is left who knows no 1.0.
    if (type === 'application/openmetrics-text') openmetrics = Math.max(openmetrics, weight)
    else if (type === 'text/plain') prometheus = Math.max(prometheus, weight)
  }
  return openmetrics > 0 && openmetrics >= prometheus ? 'openmetrics' : 'prometheus'
}
