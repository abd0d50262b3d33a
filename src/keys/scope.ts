/** What a key may do. `admin` may do everything. */
export const scopes = [
  'admin',
  'runs:read',
  'runs:write',
  'approvals:read',
  'approvals:write',
  'secrets:read',
  'secrets:write',
  'threads:read',
  'threads:write',
  'agents:read',
  'agents:write',
  'schedules:read',
  'schedules:write',
  'jobs:read',
  'jobs:write',
  'queues:read',
  'queues:write',
  'webhooks:read',
  'webhooks:write',
  'keys:read',
  'keys:write',
  'audit:read',
  'metrics:read',
  'system:read',
  'system:write',
  'backups:read',
  'backups:write',
  'tenants:read',
  'tenants:write',
] as const

export type Scope = (typeof scopes)[number]

export const isScope = (text: string): text is Scope => scopes.some(scope => scope === text)
