import { describe, expect, test } from 'bun:test'
import { type CreatedView, useJobStage } from '../jobs/job-stage.ts'
import { engines } from '../support/database.ts'
import { program } from '../support/program.ts'
import { callOf, must, type ProblemView } from './stage.ts'

const payload = { name: 'created' }

describe.each(engines)('POST /v1/jobs on %s', engine => {
  const stage = useJobStage(engine)
  const post = (body: unknown, headers?: Record<string, string>) =>
    callOf(stage().service)<CreatedView & ProblemView & { data: CreatedView[] }>('POST', '/v1/jobs', body, headers)

  /** Paths and messages of a refusal. */
  async function faults(body: unknown): Promise<Record<string, string>> {
    const { body: problem } = await must(422, post(body))
    expect(problem.code).toBe('invalid_request')
    return Object.fromEntries((problem.errors ?? []).map(({ path, message }) => [path, message]))
  }

  test('201 with the job, which is on disk', async () => {
    const answer = await must(201, post({ kind: 'work', payload, delay_seconds: 60 }))
    const { job, created } = answer.body
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${job.id}`)
    expect({ state: job.state, created }).toEqual({ state: 'scheduled', created: true })
    expect(await stage().row(job.id)).toMatchObject({ kind: 'work', queue: 'default', payload, maxAttempts: 5 })
  })

  test('keeps all that was asked for', async () => {
    const body = {
      kind: 'work',
      payload,
      queue: 'lane',
      priority: -3,
      delay_seconds: 60,
      max_attempts: 2,
      timeout_seconds: 1.5,
      order: { key: 'k', on_failure: 'block' },
      limit_key: 'customer 7',
    }
    const { job } = (await must(201, post(body))).body
    const row = await stage().row(job.id)
    expect(row).toMatchObject({ queue: 'lane', priority: -3, maxAttempts: 2, timeoutMs: 1500, orderBlocks: 1 })
    expect(row).toMatchObject({ limitKey: 'customer 7', orderKey: 'job default/k' })
    expect(Number(row.runAt) - Number(row.createdAt)).toBe(60_000)
  })

  test('201 with a list for many, in their order, all of them or none', async () => {
    const jobs = Array.from({ length: 1_000 }, (_, n) => ({
      kind: 'work',
      payload: { name: 'many', n },
      delay_seconds: 60,
    }))
    const { body } = await must(201, post({ jobs }))
    expect(body.data).toHaveLength(1_000)
    const last = await stage().row(body.data[999]?.job.id ?? '')
    expect(last.payload).toEqual({ name: 'many', n: 999 })

    const unique = { key: 'none of them' }
    const spoilt = [
      { kind: 'work', payload, unique, delay_seconds: 60 },
      { kind: 'work', payload, depends_on: ['job_0'] },
    ]
    await must(404, post({ jobs: spoilt }))
    expect((await must(201, post(spoilt[0]))).body.created).toBe(true)
  })

  test('422 for a kind that is not known, naming those that are', async () => {
    expect(await faults({ kind: 'wrok', payload })).toEqual({
      '/kind': 'No job has the name "wrok"; known are deaf, lane, work.',
    })
    expect(await faults({ kind: 'run', payload: { run_id: 'run_1' } })).toHaveProperty(['/kind'])
    expect(await faults({ kind: 'work', payload, queue: 'runs' })).toEqual({
      '/queue': 'No job file names the queue "runs"; known are default, lane.',
    })
  })

  test('422 for a payload that does not fit, with pointers into the body', async () => {
    expect(await faults({ kind: 'work' })).toEqual({ '/payload': "must have required property 'name'" })
    expect(
      await faults({
        jobs: [
          { kind: 'work', payload },
          { kind: 'work', payload: { name: 5 } },
        ],
      }),
    ).toEqual({
      '/jobs/1/payload/name': 'must be string',
    })
  })

  test('422 for requests that contradict themselves', async () => {
    const work = { kind: 'work', payload }
    const key = { key: 'k', seconds: 1 }
    expect(await faults({})).toHaveProperty(['/kind'])
    expect(await faults({ jobs: [work], kind: 'work' })).toHaveProperty(['/kind'])
    expect(await faults({ jobs: [] })).toHaveProperty(['/jobs'])
    expect(await faults({ jobs: Array(1_001).fill(work) })).toHaveProperty(['/jobs'])
    expect(await faults({ ...work, debounce: key, throttle: key })).toHaveProperty(['/throttle'])
    expect(await faults({ ...work, debounce: key, delay_seconds: 1 })).toHaveProperty(['/delay_seconds'])
    expect(await faults({ ...work, unique: { key: 'k', states: ['done'] } })).toHaveProperty(['/unique/states/0'])
    expect(await faults({ ...work, prio: 1 })).toHaveProperty(['/prio'])
    const pair = (one: object, other: object) => ({
      jobs: [
        { ...work, ...one },
        { ...work, ...other },
      ],
    })
    expect(await faults(pair({ ref: 'a' }, { ref: 'a' }))).toHaveProperty(['/jobs/1/ref'])
    const circle = pair({ ref: 'a', depends_on: ['b'] }, { ref: 'b', depends_on: ['a'] })
    expect(await faults(circle)).toHaveProperty(['/jobs/0/depends_on'])
  })

  test('404 for a job to depend on that is not there', async () => {
    const { body } = await must(404, post({ kind: 'work', payload, depends_on: ['job_of_nobody'] }))
    expect(body).toMatchObject({ code: 'not_found', detail: expect.stringContaining('job_of_nobody') })
  })

  test('403 for a key without the scope jobs:write', async () => {
    const env = { ...process.env, DATABASE_URL: stage().database.url }
    const made = Bun.spawnSync([...program, 'keys', 'create', 'reader', '--scope', 'runs:write'], { env })
    const key = /bh_\w+/.exec(made.stdout.toString())?.[0] ?? ''
    expect((await post({ kind: 'work', payload }, { authorization: `Bearer ${key}` })).status).toBe(403)
  })
})
