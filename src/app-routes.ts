import { Elysia } from 'elysia'
import { linkRoutes } from './approvals/link-routes.ts'
import { approvalRoutes } from './approvals/routes.ts'
import { auditRoutes } from './audit/routes.ts'
import { backupRoutes } from './backups/routes.ts'
import { budgetRoutes } from './budgets/routes.ts'
import { agentRoutes } from './catalog/routes.ts'
import { chatRoutes } from './chat/routes.ts'
import { consoleRoutes } from './console/routes.ts'
import type { SessionBook } from './console/session-book.ts'
import type { HttpContext } from './context.ts'
import { docsRoutes } from './docs/routes.ts'
import { fileRoutes } from './files/routes.ts'
import { healthRoutes } from './http/health.ts'
import { metricsRoutes } from './http/metrics.ts'
import type { Readiness } from './http/readiness.ts'
import { bodyReader, rootController } from './http/server.ts'
import { createJobRoutes } from './jobs/create-routes.ts'
import { queueRoutes } from './jobs/queues/routes.ts'
import { jobRoutes } from './jobs/routes.ts'
import type { KeyContext } from './keys/grant.ts'
import { keyRoutes } from './keys/routes.ts'
import type { platformRoutes } from './platforms/routes.ts'
import { deleteRunRoutes } from './runs/delete-routes.ts'
import { runRoutes } from './runs/routes.ts'
import type { ScheduleContext } from './schedules/create-schedule.ts'
import { scheduleRoutes } from './schedules/routes.ts'
import { schedulerRoutes } from './schedules/tick/routes.ts'
import { storeRoutes } from './store/routes.ts'
import { alertRoutes } from './system/alerts/routes.ts'
import { logRoutes } from './system/logs/routes.ts'
import type { SystemContext } from './system/read-system.ts'
import { systemRoutes } from './system/routes.ts'
import type { createMetrics } from './telemetry/metrics.ts'
import { tenantRoutes } from './tenants/routes.ts'
import { threadRoutes } from './threads/routes.ts'
import { toolRoutes } from './tools/routes.ts'
import { usageRoutes } from './usage/routes.ts'
import { secretRoutes } from './vault/routes.ts'
import { deliveryRoutes } from './webhooks/delivery-routes.ts'
import { webhookRoutes } from './webhooks/routes.ts'
import { aiSdkRoutes } from './wires/ai-sdk/routes.ts'
import { metadataRoutes } from './wires/mcp/resource-metadata.ts'
import { mcpRoutes } from './wires/mcp/routes.ts'
import { chatRoutes as openaiChatRoutes } from './wires/openai/chat-routes.ts'
import { conversationRoutes } from './wires/openai/conversation-routes.ts'
import { modelRoutes as openaiModelRoutes } from './wires/openai/model-routes.ts'
import { responseRoutes as openaiResponseRoutes } from './wires/openai/response-routes.ts'

interface RouteParts {
  readiness: Readiness
  metrics: ReturnType<typeof createMetrics>
  platform?: ReturnType<typeof platformRoutes> | null
  /** Null: there is no console. */
  sessions?: SessionBook | null
}

/** Every route there is; without `platform`, every one that is for clients. */
export function routesOf(
  app: HttpContext & ScheduleContext & KeyContext & SystemContext,
  { readiness, metrics, platform, sessions = null }: RouteParts,
) {
  const { config } = app
  const root = rootController(config.roles.has('api'))
    .use(healthRoutes(config, readiness))
    // Reads what it is sent itself.
    .use(platform ?? new Elysia())
    .use(config.roles.has('api') ? fileRoutes(app) : new Elysia())
    .use(config.roles.has('api') ? linkRoutes(app) : new Elysia())
    .use(config.roles.has('api') ? metadataRoutes(app) : new Elysia())
    .use(bodyReader(config.bodyLimitBytes))
    .use(sessions ? consoleRoutes(app, sessions) : new Elysia())
    .use(metricsRoutes(metrics))
  root.use(systemRoutes(app)).use(alertRoutes(app)).use(logRoutes(app))
  if (config.roles.has('api')) {
    root.use(chatRoutes(app)).use(runRoutes(app)).use(deleteRunRoutes(app)).use(threadRoutes(app)).use(agentRoutes(app))
    root.use(approvalRoutes(app)).use(secretRoutes(app)).use(toolRoutes(app))
    root.use(budgetRoutes(app)).use(usageRoutes(app)).use(storeRoutes(app))
    root.use(openaiChatRoutes(app)).use(openaiModelRoutes(app)).use(openaiResponseRoutes(app))
    root.use(conversationRoutes(app))
    root.use(aiSdkRoutes(app)).use(mcpRoutes(app))
    root.use(createJobRoutes(app)).use(jobRoutes(app)).use(queueRoutes(app))
    root.use(scheduleRoutes(app)).use(schedulerRoutes(app))
    root.use(webhookRoutes(app)).use(deliveryRoutes(app))
    root.use(keyRoutes(app)).use(tenantRoutes(app)).use(auditRoutes(app)).use(backupRoutes(app))
  }
  if (config.docs) root.use(docsRoutes(() => root, config.version))
  return root
}
