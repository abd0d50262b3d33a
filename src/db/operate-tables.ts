import { sql } from 'drizzle-orm'
import type { Kit } from './kit.ts'

/** Who may use the service, what they did, and what it tells the world outside. */
export const operateTables = (kit: Kit) => {
  const { table, text, int, time, json, index, uniqueIndex, check, primaryKey } = kit
  const tenantId = () => text('tenant_id').notNull().default('default')

  /** The tenant `default` is there without a row. */
  const tenants = table('tenants', {
    tenantId: text('tenant_id').primaryKey(),
    name: text('name').notNull(),
    /** Requests a minute of all its keys together; null: as many as they like. */
    rateLimit: int('rate_limit'),
    createdAt: time('created_at').notNull(),
    /** Its keys are refused from then on; what it has stays. */
    archivedAt: time('archived_at'),
  })

  const apiKeys = table(
    'api_keys',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      name: text('name').notNull(),
      /** SHA-256 of the key in hex. Keys hold 256 random bits, so a slow hash would add nothing. */
      digest: text('digest').notNull(),
      /** First characters of the key, to recognise it by. */
      prefix: text('prefix').notNull(),
      scopes: json('scopes').notNull(),
      createdAt: time('created_at').notNull(),
      expiresAt: time('expires_at'),
      revokedAt: time('revoked_at'),
      /** Names of the agents it may use; null: all of its tenant. */
      agents: json('agents'),
      /** Requests a minute; null: as the configuration says. */
      rateLimit: int('rate_limit'),
      /** To the minute. */
      lastUsedAt: time('last_used_at'),
    },
    t => [uniqueIndex('api_keys_by_digest').on(t.digest), index('api_keys_by_tenant').on(t.tenantId, t.id)],
  )

  /**
   * Who did what: one chain of hashes over all tenants, from 1, without gaps. Triggers of the migration refuse to change
   * or delete a row.
   */
  const auditLog = table(
    'audit_log',
    {
      seq: int('seq').primaryKey(),
      tenantId: tenantId(),
      at: time('at').notNull(),
      /** A key's id, `operator` for the command line, `system` for the process itself. */
      actor: text('actor').notNull(),
      /** Of the closed set in src/audit/action.ts. */
      action: text('action').notNull(),
      targetType: text('target_type').notNull(),
      targetId: text('target_id').notNull(),
      /** JSON exactly as it was hashed. */
      details: text('details').notNull(),
      requestId: text('request_id'),
      /** Where the request came from. */
      address: text('address'),
      previousHash: text('previous_hash').notNull(),
      hash: text('hash').notNull(),
    },
    t => [
      index('audit_log_by_tenant').on(t.tenantId, t.seq),
      index('audit_log_by_target').on(t.tenantId, t.targetId, t.seq),
    ],
  )

  /** Browsers that have signed in to the console, and links by which one may, once. */
  const consoleSessions = table(
    'console_sessions',
    {
      /** SHA-256 in hex of what the browser has. */
      digest: text('digest').primaryKey(),
      tenantId: tenantId(),
      /** session | setup */
      kind: text('kind').notNull(),
      /** That of the key with which it was signed in: it may what that may. */
      keyDigest: text('key_digest').notNull(),
      createdAt: time('created_at').notNull(),
      expiresAt: time('expires_at').notNull(),
    },
    t => [index('console_sessions_by_end').on(t.expiresAt)],
  )

  /** What can be set while the service runs. A name without a row has its configured value. */
  const settings = table(
    'settings',
    {
      tenantId: tenantId(),
      name: text('name').notNull(),
      value: json('value').notNull(),
      updatedAt: time('updated_at').notNull(),
      updatedBy: text('updated_by').notNull(),
    },
    t => [primaryKey({ columns: [t.tenantId, t.name] })],
  )

  /** Processes that share the database, as each says of itself every few seconds. */
  const processes = table('processes', {
    id: text('id').primaryKey(),
    tenantId: tenantId(),
    host: text('host').notNull(),
    pid: int('pid').notNull(),
    version: text('version').notNull(),
    roles: json('roles').notNull(),
    /** starting | ready | draining */
    state: text('state').notNull(),
    startedAt: time('started_at').notNull(),
    seenAt: time('seen_at').notNull(),
  })

  const webhooks = table(
    'webhooks',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      name: text('name').notNull(),
      url: text('url').notNull(),
      /** Event types it wants; ["*"] is all. */
      events: json('events').notNull(),
      /** Names of the agents whose events it wants; null: all. */
      agents: json('agents'),
      /** Sealed (src/secrets/seal.ts). */
      secret: text('secret').notNull(),
      /** Signs too until `previous_secret_until`, so that a receiver can change over. */
      previousSecret: text('previous_secret'),
      previousSecretUntil: time('previous_secret_until'),
      /** enabled | disabled */
      state: text('state').notNull(),
      /** Why it was disabled: by whom, or by which failures. */
      disabledReason: text('disabled_reason'),
      /** Since when no delivery has succeeded; null: the last one did. */
      failingSince: time('failing_since'),
      createdAt: time('created_at').notNull(),
      updatedAt: time('updated_at').notNull(),
    },
    t => [
      index('webhooks_by_tenant').on(t.tenantId, t.id),
      check('webhook_disabled_with_reason', sql`(state = 'disabled') = (disabled_reason is not null)`),
    ],
  )

  /** The outbox: a row commits with the change that it tells of, and a job delivers it. */
  const webhookDeliveries = table(
    'webhook_deliveries',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      /** Null: it goes to the address that its run was given. */
      webhookId: text('webhook_id'),
      runId: text('run_id'),
      /** The same in every attempt and replay: receivers tell repetitions by it. */
      messageId: text('message_id').notNull(),
      event: text('event').notNull(),
      url: text('url').notNull(),
      /** The body, exactly as it is signed. */
      body: text('body').notNull(),
      jobId: text('job_id').notNull(),
      /** pending | delivered | failed */
      state: text('state').notNull(),
      attempts: int('attempts').notNull(),
      /** [{at, status, ms, error}], the last ones. */
      log: json('log').notNull(),
      createdAt: time('created_at').notNull(),
      finishedAt: time('finished_at'),
    },
    t => [
      index('webhook_deliveries_by_tenant').on(t.tenantId, t.id),
      index('webhook_deliveries_by_webhook').on(t.webhookId, t.id),
      // Most are delivered: those that are not are what one looks for.
      index('webhook_deliveries_undelivered').on(t.tenantId, t.state, t.id).where(sql`state <> 'delivered'`),
      index('webhook_deliveries_by_run').on(t.runId, t.id).where(sql`run_id is not null`),
      index('webhook_deliveries_to_prune').on(t.finishedAt).where(sql`finished_at is not null`),
      check('delivery_finished_iff_final', sql`(state = 'pending') = (finished_at is null)`),
    ],
  )

  return { tenants, apiKeys, auditLog, settings, processes, webhooks, webhookDeliveries, consoleSessions }
}
