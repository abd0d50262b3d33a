import { expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { callOf, must, type RunView } from '../api/stage.ts'
import { createDatabase, type Engine, engines } from '../support/database.ts'
import { startFakeProvider } from '../support/provider/server.ts'
import { type Service, startService } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import type { ApprovalView, PageOf } from './views.ts'

setDefaultTimeout(300_000)

// Each call says on standard output that it is inside, before or after its effect, and stays there: the test kills it.
const agentFile = `
import { appendFileSync } from 'node:fs'
import { defineAgent, defineTool } from 'bunkhouse'

const append = text => appendFileSync(process.env.LEDGER, text + '\\n')
const inside = (runId, signal) => new Promise((_, reject) => {
  console.log('inside ' + runId)
  signal.addEventListener('abort', () => reject(new Error('stopped')))
})
const input = { type: 'object', properties: { when: { enum: ['before', 'after', 'through'] } }, required: ['when'] }
const first = process.env.FIRST === '1'

export default defineAgent({
  name: 'payer',
  model: 'fake/payer',
  tools: [
    defineTool({
      name: 'pay', description: 'Pays.', input, effect: 'once',
      async run({ when }, { runId, signal }) {
        if (first && when === 'before') await inside(runId, signal)
        append('pay ' + runId)
        if (first && when === 'after') await inside(runId, signal)
        return 'paid'
      },
    }),
    defineTool({
      name: 'parts', description: 'Two parts.', input,
      async run({ when }, { runId, signal, once }) {
        const one = await once('one', () => { append('one ' + runId); return 1 })
        const two = await once('two', async () => {
          if (first && when === 'before') await inside(runId, signal)
          append('two ' + runId)
          if (first && when === 'after') await inside(runId, signal)
          return 2
        })
        return one + two
      },
    }),
    defineTool({
      name: 'again', description: 'May be repeated.', input, effect: 'idempotent',
      async run(_input, { runId, idempotencyKey, signal }) {
        append('again ' + idempotencyKey)
        if (first) await inside(runId, signal)
        return 'done'
      },
    }),
  ],
})
`

const cases = [
  { tool: 'pay', when: 'before' },
  { tool: 'pay', when: 'after' },
  { tool: 'parts', when: 'before' },
  { tool: 'parts', when: 'after' },
] as const

/** Kills with so many calls in the middle of their effects each: 200 and more over both engines. */
const kills = 5
const callsOfEach = 6

test.each(engines)('no kill has an effect happen twice, and a person says what became of it, on %s', async engine => {
  await using place = await makePlace(engine)
  for (let round = 0; round < kills; round++) {
    const runs: (RunView & (typeof cases)[number])[] = []
    await using dying = await place.start({ FIRST: '1' })
    for (const { tool, when } of Array.from({ length: callsOfEach }, () => cases).flat()) {
      place.provider.script('payer', [{ toolCalls: [{ name: tool, input: { when } }] }])
      const run = (await must(202, callOf(dying)<RunView>('POST', '/v1/runs', { agent: 'payer', input: 'go' }))).body
      await dying.said(`inside ${run.id}`)
      runs.push({ ...run, tool, when })
    }
    await dying.stop('SIGKILL')

    await using service = await place.start()
    const call = callOf(service)
    for (const { id, tool, when } of runs) {
      const approval = await place.inDoubt(service, id)
      expect(approval).toMatchObject({ kind: 'in_doubt', tool, expires_at: null })
      const line = `${tool === 'pay' ? 'pay' : 'two'} ${id}`
      // A person looks whether it has happened.
      const happened = place.ledger().includes(line)
      expect(happened).toBe(when === 'after')
      const decision = happened ? { action: 'done', output: 'paid, I have looked' } : { action: 'run_again' }
      await must(200, call('POST', `/v1/approvals/${approval.id}/resolve`, decision))
    }
    for (const { id } of runs) {
      const { body } = await must(200, call<RunView>('GET', `/v1/runs/${id}/wait`))
      expect(body).toMatchObject({ status: 'completed' })
    }
    await service.stop()
  }
  const lines = place.ledger()
  expect(new Set(lines).size).toBe(lines.length)
  // Each run has paid, or done both of its parts, once.
  expect(lines.filter(line => line.startsWith('pay '))).toHaveLength(kills * callsOfEach * 2)
  expect(lines.filter(line => line.startsWith('two '))).toHaveLength(kills * callsOfEach * 2)
  expect(lines.filter(line => line.startsWith('one '))).toHaveLength(kills * callsOfEach * 2)
})

test('a tool that may be repeated gets the same key in each try, and nobody is asked', async () => {
  await using place = await makePlace('sqlite')
  await using dying = await place.start({ FIRST: '1' })
  place.provider.script('payer', [{ toolCalls: [{ name: 'again', input: { when: 'through' } }] }])
  const run = (await must(202, callOf(dying)<RunView>('POST', '/v1/runs', { agent: 'payer', input: 'go' }))).body
  await dying.said(`inside ${run.id}`)
  await dying.stop('SIGKILL')
  await using service = await place.start()
  const { body } = await must(200, callOf(service)<RunView>('GET', `/v1/runs/${run.id}/wait`))
  expect(body.status).toBe('completed')
  const lines = place.ledger()
  expect(lines).toHaveLength(2)
  expect(new Set(lines).size).toBe(1)
})

test('somebody may decide that a call in doubt ends its run', async () => {
  await using place = await makePlace('sqlite')
  await using dying = await place.start({ FIRST: '1' })
  place.provider.script('payer', [{ toolCalls: [{ name: 'pay', input: { when: 'after' } }] }])
  const run = (await must(202, callOf(dying)<RunView>('POST', '/v1/runs', { agent: 'payer', input: 'go' }))).body
  await dying.said(`inside ${run.id}`)
  await dying.stop('SIGKILL')
  await using service = await place.start()
  const call = callOf(service)
  const { id } = await place.inDoubt(service, run.id)
  expect((await call('POST', `/v1/approvals/${id}/resolve`, { action: 'approve' })).status).toBe(422)
  await must(200, call('POST', `/v1/approvals/${id}/resolve`, { action: 'fail', reason: 'nobody knows' }))
  const { body } = await must(200, call<RunView>('GET', `/v1/runs/${run.id}/wait`))
  expect(body).toMatchObject({ status: 'failed', error: { code: 'call_refused', message: 'nobody knows' } })
})

async function makePlace(engine: Engine) {
  const database = await createDatabase(engine)
  const provider = await startFakeProvider()
  const files = temporaryFiles({ 'agents/payer.ts': agentFile, ledger: '' })
  const ledger = join(files.path, 'ledger')
  const env = {
    DATABASE_URL: database.url,
    FAKE_BASE_URL: provider.baseUrl,
    AGENTS_DIR: join(files.path, 'agents'),
    LEDGER: ledger,
    LEASE_SECONDS: engine === 'sqlite' ? '3600' : '5',
  }
  return {
    provider,
    start: (more = {}) => startService({ env: { ...env, ...more } }),
    ledger: () => readFileSync(ledger, 'utf8').split('\n').filter(Boolean),
    /** The approval of a run whose call is in doubt, once there is one. */
    async inDoubt(service: Service, runId: string): Promise<ApprovalView> {
      const deadline = performance.now() + 60_000
      for (;;) {
        const path = `/v1/approvals?run_id=${runId}&state=pending`
        const { body } = await must(200, callOf(service)<PageOf<ApprovalView>>('GET', path))
        const [found] = body.data
        if (found) return found
        if (performance.now() > deadline) throw new Error(`Nothing is in doubt about ${runId}.`)
        await Bun.sleep(10)
      }
    },
    async [Symbol.asyncDispose]() {
      await provider.stop()
      files[Symbol.dispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}
