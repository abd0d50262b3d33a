import { t } from 'elysia'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import type { KeyContext } from '../keys/grant.ts'
import { changeTenant } from './change-tenant.ts'
import { createTenant } from './create-tenant.ts'
import { listTenants, readTenant } from './read-tenant.ts'
import {
  CreatedTenantObject,
  createdTenantToWire,
  TenantBody,
  TenantObject,
  TenantPatch,
  tenantList,
  tenantToWire,
} from './wire.ts'

const params = t.Object({ id: t.String({ description: 'Id of the tenant.', examples: ['acme'] }) })

/** `/v1/tenants`: for the operator alone, whose own tenant `default` is not among them. */
export const tenantRoutes = (app: KeyContext) =>
  controller('Tenants', '/v1/tenants')
    .post(
      '/',
      async ({ actor, body, set }) => {
        const { id, name = id, rate_limit: rateLimit = null } = body
        const created = await createTenant(app, actor, { id, name, rateLimit })
        set.status = 201
        set.headers.location = `/v1/tenants/${id}`
        return createdTenantToWire(created)
      },
      {
        scope: 'tenants:write',
        body: TenantBody,
        response: { 201: CreatedTenantObject },
        detail: {
          operationId: 'createTenant',
          summary: 'Make a tenant',
          description: 'With an admin key of its own, which is shown this once.',
          responses: { 201: { description: 'It is made. `location` is its path.' } },
        },
      },
    )
    .get(
      '/',
      async ({ query: { limit = 50, cursor } }) => {
        const after = decodeCursor(cursor, tenantList)
        return toPage(await listTenants(app.database, { after, limit: limit + 1 }), limit, tenantList, tenantToWire)
      },
      {
        scope: 'tenants:read',
        query: t.Object({ limit: limitParam, cursor: cursorParam }, { additionalProperties: false }),
        response: { 200: page(TenantObject) },
        detail: {
          operationId: 'listTenants',
          summary: 'List tenants',
          description: 'By their ids, archived ones too.',
        },
      },
    )
    .get('/:id', async ({ params }) => tenantToWire(await readTenant(app.database, params.id)), {
      scope: 'tenants:read',
      params,
      response: { 200: TenantObject },
      detail: { operationId: 'readTenant', summary: 'Read a tenant', description: 'Its name, limit and state.' },
    })
    .patch(
      '/:id',
      async ({ actor, params, body: { name, rate_limit: rateLimit, archived } }) =>
        tenantToWire(await changeTenant(app, actor, params.id, { name, rateLimit, archived })),
      {
        scope: 'tenants:write',
        params,
        body: TenantPatch,
        response: { 200: TenantObject },
        detail: {
          operationId: 'changeTenant',
          summary: 'Change or archive a tenant',
          description:
            'Within 5 seconds on every process. What an archived one has stays, and its runs that have been made go on.',
        },
      },
    )
