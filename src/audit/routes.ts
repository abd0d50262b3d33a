import { t } from 'elysia'
import type { AppContext } from '../context.ts'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { oneOf } from '../http/one-of.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { timeOf } from '../http/time-param.ts'
import { auditActions } from './action.ts'
import { listAudit } from './list-audit.ts'
import { AuditEntryObject, auditList, auditToWire } from './wire.ts'

/** `/v1/audit`: who did what. Entries are read, never written, over the API. */
export const auditRoutes = (app: Pick<AppContext, 'database'>) =>
  controller('Audit', '/v1/audit').get(
    '/',
    async ({ actor, query: { limit = 50, cursor, actor: who, action, target, after, before } }) => {
      const position = decodeCursor(cursor, auditList)
      const below = position === undefined ? undefined : Number(position)
      const filter = { actor: who, action, target, after: timeOf('after', after), before: timeOf('before', before) }
      return toPage(await listAudit(app, actor, filter, { below, limit: limit + 1 }), limit, auditList, auditToWire)
    },
    {
      scope: 'audit:read',
      query: t.Object(
        {
          limit: limitParam,
          cursor: cursorParam,
          actor: t.Optional(t.String({ maxLength: 64, description: 'Id of a key, `operator` or `system`.' })),
          action: t.Optional(oneOf([...auditActions], { description: 'Only what was done so.' })),
          target: t.Optional(t.String({ maxLength: 255, description: 'Only what was done to this id or name.' })),
          after: t.Optional(t.String({ description: 'ISO time, inclusive.' })),
          before: t.Optional(t.String({ description: 'ISO time, exclusive.' })),
        },
        { additionalProperties: false },
      ),
      response: { 200: page(AuditEntryObject) },
      detail: {
        operationId: 'listAudit',
        summary: 'Read the audit log',
        description: 'Of the key’s tenant, the latest first. `bunkhouse audit verify` proves that nothing was changed.',
      },
    },
  )
