import type { Metrics } from '../telemetry/metrics.ts'
import { controller } from './controller.ts'

export const metricsRoutes = (metrics: Metrics) =>
  controller('Operations', '').get(
    '/metrics',
    async () => new Response(await metrics.render(), { headers: { 'content-type': metrics.contentType } }),
    {
      scope: 'metrics:read',
      detail: {
        summary: 'Metrics for Prometheus',
        responses: { 200: { description: 'Text exposition format.', content: { 'text/plain': {} } } },
      },
    },
  )
