import { beforeAll, expect, test } from 'bun:test'
import type { Param, Transaction } from '../../src/db/database.ts'
import { changeQueue } from '../../src/queue/queue-settings.ts'
import { claimBehind } from '../../src/queue/sql/claim-behind.ts'
import { claimFew } from '../../src/queue/sql/claim-few.ts'
import { claimJobs } from '../../src/queue/sql/claim-jobs.ts'
import { claimLimitedJobs } from '../../src/queue/sql/claim-limited-jobs.ts'
import { completeAlike } from '../../src/queue/sql/complete-alike.ts'
import { holdJobs } from '../../src/queue/sql/hold-jobs.ts'
import { insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { nextDueMs, promoteJobs } from '../../src/queue/sql/promote-jobs.ts'
import { pruneJobs } from '../../src/queue/sql/prune-jobs.ts'
import { renewLeases } from '../../src/queue/sql/renew-leases.ts'
import { rescueJobs } from '../../src/queue/sql/rescue-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { firstTurn } from '../../src/queue/sql/tenant-turns.ts'
import { unfinishedJobs } from '../../src/queue/sql/unfinished-jobs.ts'
import { writeOutClaims } from '../../src/queue/sql/write-out-claims.ts'
import { newId } from '../../src/runtime/id.ts'
import { leaseMs, newJob, newQueue } from '../support/jobs.ts'
import { migratedDatabase, sharedDatabase } from '../support/migrated-database.ts'

const opened = sharedDatabase('postgres')

interface PlanNode {
  'Node Type': string
  'Index Name'?: string
  'Relation Name'?: string
  Plans?: PlanNode[]
}

// As in a table that has been in use: a few jobs run, many wait, and many have ended.
beforeAll(async () => {
  await opened().database.transaction(async tx => {
    await tx.query(
      `with input as (
         select n, case when n <= 200 then 'running' else (array['available', 'scheduled', 'completed'])[n % 3 + 1] end state
         from generate_series(1, 20000) n)
       insert into jobs (id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, lease_expires_at,
                         order_key, order_position, errors, created_at, finished_at)
       select 'job_' || n, 'queue ' || n % 4, 'test', '{}', state, n % 5, now() - n * interval '1 s', 1, 3,
              case state when 'running' then now() + n * interval '1 s' end,
              case when n % 10 = 0 then 'key ' || n % 100 end, n, '[]', now(),
              case state when 'completed' then now() - n * interval '1 s' end
       from input`,
      [],
    )
    await tx.query('analyze jobs', [])
  })
})

/** How Postgres would run the statements that a verb sends: what it reads the table of jobs by. */
async function accessOf(verb: (tx: Transaction) => Promise<unknown>): Promise<string[]> {
  const rollback = new Error('rolled back')
  const access: string[] = []
  await opened()
    .database.transaction(async tx => {
      const query = async <Row>(text: string, params: Param[]) => {
        const [row] = await tx.query<{ 'QUERY PLAN': string }>(`explain (format json) ${text}`, params)
        const [{ Plan }] = JSON.parse(row?.['QUERY PLAN'] ?? '[{}]')
        access.push(...accessIn(Plan))
        return tx.query<Row>(text, params)
      }
      // The same connection, with a look at each plan.
      await verb({ ...tx, query })
      throw rollback
    })
    .catch(error => {
      if (error !== rollback) throw error
    })
  return [...new Set(access)].sort()
}

function accessIn(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(accessIn)
  if (node['Index Name']) return [node['Index Name'], ...below]
  return node['Node Type'] === 'Seq Scan' ? [`every row of ${node['Relation Name']}`, ...below] : below
}

test('no plan is compiled before it runs, however costly it looks', async () => {
  expect(await opened().database.query('show jit', [])).toMatchObject([{ jit: 'off' }])
})

const indexesOfClaim = [
  'blocked_order_keys_pkey',
  'claims_by_queue',
  'jobs_in_order',
  'jobs_to_claim',
  'queues_pkey',
  'rate_buckets_queue_key_pk',
]

test('claiming goes by its index', async () => {
  const claim = { queue: 'queue 1', worker: 'wrk', limit: 20, leaseMs, now: null }
  expect(await accessOf(tx => claimJobs(tx, claim))).toEqual(indexesOfClaim)
})

test('claiming a few goes by the same', async () => {
  const claim = { queue: 'queue 1', worker: 'wrk', limit: 20, leaseMs, now: null }
  expect(await accessOf(tx => claimFew(tx, claim))).toEqual(indexesOfClaim)
})

test('claiming brief jobs together goes by the same, and so does all that is written of them', async () => {
  const together = { id: newId('clm'), kinds: ['test'] }
  const claim = { queue: 'queue 1', worker: 'wrk', limit: 200, leaseMs, now: null, together }
  expect(await accessOf(tx => claimJobs(tx, claim))).toEqual(indexesOfClaim)
  const verbs: ((tx: Transaction) => Promise<unknown>)[] = [
    async tx => {
      const ids = (await claimJobs(tx, claim)).map(job => job.id)
      const single = <T>(work: (tx: Transaction) => Promise<T>) => work(tx)
      return completeAlike({ single }, { ids, attempt: 1, forgets: true, ofClaims: [together.id] }, null)
    },
    async tx => {
      await claimJobs(tx, claim)
      return writeOutClaims(tx, { ids: [together.id] })
    },
    tx => writeOutClaims(tx, { queue: 'queue 1' }),
  ]
  for (const verb of verbs) {
    const access = await accessOf(verb)
    expect(access).toContain('jobs_pkey')
    expect(access.filter(each => each.startsWith('every row'))).toEqual([])
  }
})

test('claiming by the counts of a limited queue goes by indexes', async () => {
  const claim = { queue: 'queue 1', worker: 'wrk', limit: 20, leaseMs, now: null }
  const keyRate = { limit: 5, periodMs: 1_000 }
  const verb = async (tx: Transaction) => {
    await changeQueue(tx, claim.queue, { concurrency: 1_000, keyConcurrency: 2, keyRate }, null)
    return claimLimitedJobs(tx, claim, firstTurn)
  }
  const access = await accessOf(verb)
  expect(access.filter(each => each.startsWith('every row'))).toEqual([])
  expect(access).toContain('jobs_to_rescue')
})

test('rescuing goes by its index', async () => {
  const options = { now: null, limit: 200, everyLease: false }
  expect(await accessOf(tx => rescueJobs(tx, options))).toEqual(['jobs_pkey', 'jobs_to_rescue'])
})

test('promoting goes by its index', async () => {
  expect(await accessOf(tx => promoteJobs(tx, 'queue 1', 100, null))).toEqual(['jobs_pkey', 'jobs_to_promote'])
})

test('looking for the next job that is due goes by its index', async () => {
  expect(await accessOf(tx => nextDueMs(tx, 'queue 1', null))).toEqual(['jobs_to_promote'])
})

test('writing about jobs by their ids reads no other jobs', async () => {
  const holds = Array.from({ length: 200 }, (_, index) => ({ jobId: `job_${index + 1}`, attempt: 1 }))
  const settlements = holds.map(hold => ({ ...hold, outcome: { kind: 'completed' } as const }))
  const verbs: ((tx: Transaction) => Promise<unknown>)[] = [
    tx => holdJobs(tx, holds),
    tx => renewLeases(tx, holds, { now: null, leaseMs }),
    tx => settleJobs(tx, settlements, null),
  ]
  for (const verb of verbs) expect(await accessOf(verb)).not.toContain('every row of jobs')
})

test('pruning goes by its index', async () => {
  const retention = { completedMs: 60_000, discardedMs: 60_000 }
  expect(await accessOf(tx => pruneJobs(tx, retention, 100, null))).toEqual([
    'blocked_order_keys_pkey',
    'job_dependencies_by_dependency',
    'job_dependencies_job_id_depends_on_pk',
    'job_logs_job_id_attempt_line_pk',
    'jobs_pkey',
    'jobs_to_prune',
  ])
})

test('reading what waits for one order key goes by its index', async () => {
  expect(await accessOf(tx => unfinishedJobs(tx, 'key 10'))).toContain('jobs_in_order')
})

test('a claim that is planned while nothing waits does not read all that waits later', async () => {
  await using own = await migratedDatabase('postgres')
  const { database } = own
  const queue = newQueue()
  const jobs = Array.from({ length: 2_000 }, () => newJob(queue))
  await database.transaction(tx => insertJobs(tx, jobs, { now: null, leaseMs }))
  await database.transaction(tx => tx.query('delete from jobs', []))
  await database.transaction(tx => tx.query('analyze jobs', []))
  const claim = { queue, worker: 'wrk', limit: 500, leaseMs, now: null }
  const place = { tenantId: 'default', priority: 0, runAt: 0, id: '' }
  const claims: ((tx: Transaction) => Promise<unknown>)[] = [
    tx => claimFew(tx, claim),
    tx => claimJobs(tx, claim),
    tx => claimBehind(tx, claim, place),
  ]
  for (const verb of claims) {
    const nodes = await database.single(async tx => {
      const plans: PlanNode[] = []
      const query = async <Row>(text: string, params: Param[]): Promise<Row[]> => {
        const [row] = await tx.query<{ 'QUERY PLAN': string }>(`explain (format json) ${text}`, params)
        plans.push(JSON.parse(row?.['QUERY PLAN'] ?? '[{}]')[0].Plan)
        throw planned
      }
      await verb({ ...tx, query }).catch(error => {
        if (error !== planned) throw error
      })
      return plans.flatMap(typesIn)
    })
    expect(nodes).toContain('Index Scan')
    expect(nodes.filter(type => type.startsWith('Bitmap'))).toEqual([])
  }
})

test('jobs that were taken are cleaned away before there are many that claims pass by', async () => {
  const options = await opened().database.query(
    `select array_to_string(reloptions, ' ') options from pg_class where oid = 'jobs'::regclass`,
    [],
  )
  expect(options).toEqual([{ options: 'autovacuum_vacuum_scale_factor=0.02' }])
})

const planned = new Error('planned')

const typesIn = (node: PlanNode): string[] => [node['Node Type'], ...(node.Plans ?? []).flatMap(typesIn)]
