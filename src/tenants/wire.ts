import { t } from 'elysia'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { nameText } from '../http/params.ts'
import type { NewKey } from '../keys/create-key.ts'
import type { Tenant } from './tenant.ts'

const closed = { additionalProperties: false }
const example = {
  id: 'acme',
  object: 'tenant',
  name: 'Acme Ltd',
  rate_limit: 1_200,
  created_at: '2026-11-23T23:39:29.212Z',
  archived_at: null,
}

const name = nameText({ minLength: 1, maxLength: 128, description: 'For people.' })
const rateLimit = t.Optional(
  t.Nullable(
    integer({ minimum: 1, maximum: 1_000_000, description: 'Requests a minute of all its keys. Null: no limit.' }),
  ),
)
export const tenantId = { pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' }

export const TenantBody = t.Object(
  {
    id: t.String({ ...tenantId, description: 'Lower-case letters, digits, - and _. It stays.' }),
    name: t.Optional(name),
    rate_limit: rateLimit,
  },
  { ...closed, title: 'NewTenant', examples: [{ id: 'acme', name: 'Acme Ltd', rate_limit: 1_200 }] },
)

export const TenantPatch = t.Object(
  {
    name: t.Optional(name),
    rate_limit: rateLimit,
    archived: t.Optional(
      t.Boolean({ description: 'True: its keys are refused and its schedules paused. False: its keys work again.' }),
    ),
  },
  {
    ...closed,
    minProperties: 1,
    title: 'TenantChange',
    description: 'What is left out stays.',
    examples: [{ rate_limit: 600 }],
  },
)

const tenant = {
  id: t.String(),
  object: t.Literal('tenant'),
  name: t.String(),
  rate_limit: t.Nullable(integer({ description: 'Requests a minute of all its keys together.' })),
  created_at: t.String({ format: 'date-time' }),
  archived_at: t.Nullable(t.String({ format: 'date-time', description: 'Since then its keys are refused.' })),
}

export const TenantObject = t.Object(tenant, {
  title: 'Tenant',
  description: 'Somebody with agents, runs, schedules and keys of their own.',
  examples: [example],
})

export const CreatedTenantObject = t.Object(
  {
    ...tenant,
    admin_key: t.Object(
      { id: t.String(), key: t.String({ description: 'Shown this once.' }) },
      { description: 'An admin key of the tenant, which makes the others.' },
    ),
  },
  {
    title: 'CreatedTenant',
    description: 'A tenant with its first key.',
    examples: [
      {
        ...example,
        admin_key: {
          id: 'key_01a20ac7643c74ff917af328c26df1fb',
          key: 'bh_0123456789abcdefghijABCDEFGHIJ0123456789abc',
        },
      },
    ],
  },
)

export const tenantToWire = ({ id, name, rateLimit, createdAt, archivedAt }: Tenant) => ({
  id,
  object: 'tenant' as const,
  name,
  rate_limit: rateLimit,
  created_at: new Date(createdAt).toISOString(),
  archived_at: archivedAt === null ? null : new Date(archivedAt).toISOString(),
})

export const createdTenantToWire = ({ tenant, admin }: { tenant: Tenant; admin: NewKey }) => ({
  ...tenantToWire(tenant),
  admin_key: { id: admin.key.id, key: admin.secret },
})

export const tenantList: Listing<Tenant> = {
  name: 'tenants',
  position: ({ id }) => id,
  pattern: new RegExp(tenantId.pattern),
}
