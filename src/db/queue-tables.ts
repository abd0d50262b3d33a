import { sql } from 'drizzle-orm'
import type { Kit } from './kit.ts'

/** The work that waits, runs and has ended, and what is said of its queues. */
export const queueTables = (kit: Kit) => {
  const { table, text, int, real, time, json, index, uniqueIndex, check, primaryKey } = kit
  const tenantId = () => text('tenant_id').notNull().default('default')

  const jobs = table(
    'jobs',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      queue: text('queue').notNull(),
      kind: text('kind').notNull(),
      payload: json('payload').notNull(),
      /** waiting | scheduled | available | running | completed | cancelled | discarded */
      state: text('state').notNull(),
      /** Lower goes first. */
      priority: int('priority').notNull(),
      runAt: time('run_at').notNull(),
      /** Number of the present or last attempt, 0 before the first: the fencing token. */
      attempt: int('attempt').notNull(),
      maxAttempts: int('max_attempts').notNull(),
      leaseExpiresAt: time('lease_expires_at'),
      worker: text('worker'),
      /** Jobs of one key run one at a time, in the order of `order_position`. */
      orderKey: text('order_key'),
      orderPosition: int('order_position'),
      /** 1: when it is discarded, its order key stays blocked until it is tried again or cancelled. */
      orderBlocks: int('order_blocks').notNull().default(0),
      /** Jobs of one key share the limits per key of their queue. */
      limitKey: text('limit_key'),
      /** No other job has this key while this one is in one of `unique_states`. */
      uniqueKey: text('unique_key'),
      /** Bits of job-state.ts. */
      uniqueStates: int('unique_states').notNull().default(0),
      /** When the key is free again whatever the state; null: only by the state. */
      uniqueUntil: time('unique_until'),
      /** Milliseconds that one attempt may take. */
      timeoutMs: int('timeout_ms'),
      /** How many of the jobs it depends on have not ended. */
      waitsFor: int('waits_for').notNull().default(0),
      /** 1: it runs also when one that it depends on fails; else it is cancelled then. */
      runsAfterFailure: int('runs_after_failure').notNull().default(0),
      /** 1: others depend on it. */
      hasDependents: int('has_dependents').notNull().default(0),
      /** What the handler last said of how far it is. */
      progress: json('progress'),
      /** What the handler returned. */
      result: json('result'),
      /** W3C traceparent, and tracestate behind a space, of what enqueued it, where that is traced. */
      traceParent: text('trace_parent'),
      cancelRequestedAt: time('cancel_requested_at'),
      /** [{attempt, at, message}] */
      errors: json('errors').notNull(),
      /** Each time somebody had it tried again: [{at, attempt, state, by}] */
      redrives: json('redrives').notNull().default(sql`'[]'`),
      createdAt: time('created_at').notNull(),
      startedAt: time('started_at'),
      finishedAt: time('finished_at'),
    },
    t => [
      index('jobs_to_claim').on(t.queue, t.tenantId, t.priority, t.runAt, t.id).where(sql`state = 'available'`),
      index('jobs_waiting').on(t.queue, t.id).where(sql`state = 'waiting'`),
      index('jobs_to_promote').on(t.queue, t.runAt).where(sql`state = 'scheduled'`),
      index('jobs_to_rescue').on(t.leaseExpiresAt).where(sql`state = 'running'`),
      index('jobs_to_prune').on(t.finishedAt).where(sql`finished_at is not null`),
      index('jobs_discarded').on(t.queue, t.id).where(sql`state = 'discarded'`),
      uniqueIndex('jobs_in_order')
        .on(t.orderKey, t.orderPosition)
        .where(sql`order_key is not null and finished_at is null`),
      uniqueIndex('jobs_unique').on(t.uniqueKey).where(uniqueWhere),
      check('job_leased_iff_running', sql`(state = 'running') = (lease_expires_at is not null)`),
      check(
        'job_finished_iff_final',
        sql`(state in ('completed', 'cancelled', 'discarded')) = (finished_at is not null)`,
      ),
    ],
  )

  /**
   * Brief jobs that a worker took together: as long as their claim is here they are its, in their next attempt, though
   * their rows still say `available`. See queue/sql/write-out-claims.ts.
   */
  const claims = table(
    'claims',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      queue: text('queue').notNull(),
      worker: text('worker').notNull(),
      /** With commas between them: both engines take that apart quickly. */
      jobIds: text('job_ids').notNull(),
      claimedAt: time('claimed_at').notNull(),
      leaseExpiresAt: time('lease_expires_at').notNull(),
    },
    t => [index('claims_by_queue').on(t.queue)],
  )

  const jobDependencies = table(
    'job_dependencies',
    {
      jobId: text('job_id').notNull(),
      dependsOn: text('depends_on').notNull(),
      tenantId: tenantId(),
    },
    t => [
      primaryKey({ columns: [t.jobId, t.dependsOn] }),
      index('job_dependencies_by_dependency').on(t.dependsOn, t.jobId),
    ],
  )

  const jobLogs = table(
    'job_logs',
    {
      jobId: text('job_id').notNull(),
      attempt: int('attempt').notNull(),
      /** From 1 in each attempt. */
      line: int('line').notNull(),
      tenantId: tenantId(),
      message: text('message').notNull(),
      createdAt: time('created_at').notNull(),
    },
    t => [primaryKey({ columns: [t.jobId, t.attempt, t.line] })],
  )

  /** Only queues that somebody has paused or limited have a row. */
  const queues = table('queues', {
    name: text('name').primaryKey(),
    tenantId: tenantId(),
    pausedAt: time('paused_at'),
    /** Jobs at a time, over all processes. */
    concurrency: int('concurrency'),
    /** The same for each limit key. */
    keyConcurrency: int('key_concurrency'),
    /** Starts in each `rate_period_ms`. */
    rateLimit: int('rate_limit'),
    ratePeriodMs: int('rate_period_ms'),
    keyRateLimit: int('key_rate_limit'),
    keyRatePeriodMs: int('key_rate_period_ms'),
    /** Above so many unfinished jobs new ones are refused. */
    depthLimit: int('depth_limit'),
    updatedAt: time('updated_at').notNull(),
  })

  /** Token buckets, of a queue (key '') and of its limit keys. */
  const rateBuckets = table(
    'rate_buckets',
    {
      queue: text('queue').notNull(),
      key: text('key').notNull(),
      tenantId: tenantId(),
      tokens: real('tokens').notNull(),
      refilledAt: time('refilled_at').notNull(),
      /** Nothing of this key starts before. */
      pausedUntil: time('paused_until'),
    },
    t => [primaryKey({ columns: [t.queue, t.key] })],
  )

  /** Order keys whose head was discarded and lets nothing pass. */
  const blockedOrderKeys = table(
    'blocked_order_keys',
    {
      orderKey: text('order_key').primaryKey(),
      tenantId: tenantId(),
      queue: text('queue').notNull(),
      jobId: text('job_id').notNull(),
      blockedAt: time('blocked_at').notNull(),
    },
    t => [index('blocked_order_keys_by_queue').on(t.queue, t.orderKey)],
  )

  return { jobs, claims, jobDependencies, jobLogs, queues, rateBuckets, blockedOrderKeys }
}

/** Where a job keeps its unique key from others. The statements that meet a conflict name the index by this. */
const uniqueWhere = sql`unique_key is not null and (unique_states & case state when 'waiting' then 1 when 'scheduled' then 2 when 'available' then 4 when 'running' then 8 when 'completed' then 16 when 'cancelled' then 32 when 'discarded' then 64 else 0 end) <> 0`
