import { describe, expect, test } from 'bun:test'
import { jobKind } from '../../src/jobs/files/job-kind.ts'
import { loadJobFiles } from '../../src/jobs/files/load.ts'
import type { Json } from '../../src/json.ts'
import type { Attempt } from '../../src/queue/kind.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

const job = (fields: string, name = 'mail'): string =>
  `import { defineJob, NonRetryable, RetryLater, Snooze } from 'bunkhouse'
export default defineJob({ name: '${name}', input: { type: 'object', required: ['to'] }, ${fields} })
`

async function load(files: Record<string, string>) {
  using folder = temporaryFiles(files)
  return await loadJobFiles(folder.path)
}

const attempt = (payload: Json, given: Partial<Attempt['job']> = {}): Attempt => ({
  job: {
    id: 'job_1',
    tenantId: 'default',
    queue: 'default',
    kind: 'mail',
    attempt: 1,
    maxAttempts: 3,
    ordered: false,
    payload,
    ...given,
  },
  signal: new AbortController().signal,
  warm: undefined,
  log: () => {},
  progress: () => {},
})

/** What one attempt of a job with this `run` decides. */
async function decided(run: string, payload: Json = { to: 'ada' }) {
  const { jobs } = await load({ 'mail.ts': job(`run: ${run}`) })
  if (!jobs[0]) throw new Error('The file was not loaded.')
  return jobKind(jobs[0]).perform(attempt(payload))
}

describe('job files', () => {
  test('hold one job or several, on the queue they name or on default', async () => {
    const { jobs, failures } = await load({
      'mail.ts': job(`queue: 'mails', run: () => 1`),
      'more/job.ts': `export default [
        { name: 'a.b_c-1', input: {}, run: () => 1 },
        { name: 'other', input: {}, run: () => 1 },
      ]`,
      '_shared.ts': 'export default 1',
    })
    expect(failures).toEqual([])
    expect(jobs.map(({ file, queue, definition }) => [file, queue, definition.name])).toEqual([
      ['mail.ts', 'mails', 'mail'],
      ['more/job.ts', 'default', 'a.b_c-1'],
      ['more/job.ts', 'default', 'other'],
    ])
  })

  test('that are wrong are reported with their line, and the others are loaded', async () => {
    const { jobs, failures } = await load({
      'a-broken.ts': 'export default {',
      'b-misspelt.ts': job(`\n  queu: 'x',\n  run: () => 1`, 'b'),
      'c-reserved.ts': job(`run: () => 1`, 'run'),
      'd-queue.ts': job(`\n  queue: 'runs', run: () => 1`, 'd'),
      'e-name.ts': job(`run: () => 1`, 'Send Mail'),
      'f-fine.ts': job(`run: () => 1`, 'fine'),
      'g-again.ts': job(`run: () => 1`, 'fine'),
      'h-schema.ts': `export default { name: 'h', input: { type: 'nothing' }, run: () => 1 }`,
      'i-retry.ts': job(`retry: { base: 1 }, timeoutSeconds: 0, run: () => 1`, 'i'),
      'j-empty.ts': 'export const nothing = 1',
    })
    expect(jobs.map(({ definition }) => definition.name)).toEqual(['fine'])
    const said = failures.map(({ file, line, message, hint = '' }) => `${file}:${line}: ${message} ${hint}`)
    expect(said).toEqual([
      expect.stringMatching(/^a-broken\.ts:\d: /),
      expect.stringContaining('b-misspelt.ts:3: unknown key "queu"; did you mean "queue"?'),
      expect.stringContaining(`c-reserved.ts:2: the name "run" is the service's own`),
      expect.stringContaining(`d-queue.ts:3: the queue "runs" is the service's own`),
      expect.stringContaining('e-name.ts:2: name must be 1–64 lower-case letters'),
      expect.stringContaining('g-again.ts:2: the name "fine" is already taken by f-fine.ts'),
      expect.stringContaining('h-schema.ts:1: job "h": not a valid JSON Schema'),
      expect.stringMatching(
        /^i-retry\.ts:2: timeoutSeconds must be .* retry: unknown key "base"; did you mean "baseSeconds"\?/,
      ),
      expect.stringContaining('j-empty.ts:null: it has no default export End the file with "export default defineJob('),
    ])
  })

  test('of a folder that is not there are none', async () => {
    expect(await loadJobFiles('/nowhere/at/all')).toEqual({ jobs: [], failures: [] })
  })
})

describe('an attempt of a job from a file', () => {
  test('completes with what its handler returned', async () => {
    expect(await decided('() => ({ sent: true })')).toEqual({ kind: 'completed', result: { sent: true } })
    expect(await decided('async () => 0')).toEqual({ kind: 'completed', result: 0 })
    expect(await decided('() => {}')).toEqual({ kind: 'completed' })
  })

  test('gives its handler what the schema makes of the payload', async () => {
    const input = `{ '~standard': { version: 1, vendor: 'own', validate: value => ({ value: { to: value.to.trim() } }) } }`
    const file = `export default { name: 'mail', input: ${input}, run: (input, { jobId, attempt, idempotencyKey }) => [input.to, jobId, attempt, idempotencyKey] }`
    const [loaded] = (await load({ 'mail.js': file })).jobs
    if (!loaded) throw new Error('The file was not loaded.')
    const [first, second] = [attempt({ to: ' ada ' }), attempt({ to: ' ada ' }, { attempt: 2 })]
    expect(await jobKind(loaded).perform(first)).toEqual({ kind: 'completed', result: ['ada', 'job_1', 1, 'job_1'] })
    expect(await jobKind(loaded).perform(second)).toEqual({ kind: 'completed', result: ['ada', 'job_1', 2, 'job_1'] })
  })

  test('is discarded when the payload does not fit, and its handler is not called', async () => {
    expect(await decided(`() => { throw new Error('called') }`, { from: 'ada' })).toEqual({
      kind: 'discard',
      message: "The payload does not fit: must have required property 'to'",
    })
  })

  test('is discarded at once by NonRetryable, put off by Snooze, and tried again when RetryLater says', async () => {
    expect(await decided(`() => { throw new NonRetryable('No such address.') }`)).toEqual({
      kind: 'discard',
      message: 'No such address.',
    })
    expect(await decided('() => { throw new Snooze(2.5) }')).toEqual({ kind: 'snooze', delayMs: 2500 })
    const later = `() => { throw new RetryLater(30, 'Slow down.', { pauseKey: true }) }`
    expect(await decided(later)).toEqual({ kind: 'retry', delayMs: 30_000, message: 'Slow down.', pausesKey: true })
  })

  test('throws what its handler throws, for the queue to try again', async () => {
    await expect(decided(`() => { throw new Error('no luck') }`)).rejects.toThrow('no luck')
  })
})
