import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jobFiles, makeOne, operationsToWalk, readDocument } from '../access/belongings.ts'
import type { ApiDocument } from '../api/openapi-document.ts'
import { must, type PageView, type Stage, startStage } from '../api/stage.ts'
import { until } from '../lifecycle/world.ts'
import { engines } from '../support/database.ts'
import { program } from '../support/program.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

/** What changes something and is not written down, and why. */
const exceptions = new Map([
  ['chat', 'a run is its own record'],
  ['createChatCompletion', 'a run is its own record'],
  ['createResponse', 'a run is its own record'],
  ['chatWithAiSdk', 'a run is its own record'],
  ['mcp', 'a run is its own record'],
  ['createRun', 'a run is its own record'],
  ['createRunAndWait', 'a run is its own record'],
  ['createRunAndStream', 'a run is its own record'],
  ['createJobs', 'a job is its own record'],
  ['createConversation', 'done too often, and the thread says when'],
  ['createConversationItems', 'a message is its own record'],
  ['updateConversation', 'metadata of the client, done too often'],
  ['createThread', 'done too often, and the thread says when'],
  ['updateThread', 'metadata of the client, done too often'],
  ['createMessage', 'a message is its own record'],
  ['previewRule', 'keeps nothing'],
  ['tick', 'starts what is due anyway, whose occurrences are the record'],
  ['testWebhook', 'a delivery is its own record'],
  ['returnToolResults', 'what a run goes on with is in its log'],
  ['uploadFile', 'a file is its own record'],
  ['putItem', 'done too often, by agents most of all, and the item says when'],
  ['deleteItem', 'done too often'],
  ['importTools', 'keeps nothing'],
  ['searchItems', 'changes nothing'],
  ['examineSystem', 'changes nothing'],
])

/** What takes more than a request to be let through, and is walked with its feature. */
const elsewhere = new Set([
  'resolveApproval',
  'createApprovalLink',
  'deleteRun',
  'deleteResponse',
  'replayDelivery',
  'replayDeliveries',
  'deleteBackup',
])

interface EntryView {
  action: string
  actor: string
  address: string
  request_id: string
  target: { id: string }
}

const failing = {
  'fails.ts': `import { defineJob, NonRetryable } from 'bunkhouse'
export default defineJob({ name: 'fails', queue: 'failing', input: { type: 'object' }, run: () => { throw new NonRetryable('no') } })
`,
}

describe.each(engines)('every change over the API on %s', engine => {
  setDefaultTimeout(120_000)
  const files = temporaryFiles({ ...jobFiles, ...failing })
  const backups = mkdtempSync(join(tmpdir(), 'bunkhouse-backups-'))
  let stage: Stage
  let document: ApiDocument

  beforeAll(async () => {
    stage = await startStage(engine, { JOBS_DIR: files.path, BACKUP_TO: backups })
    document = await readDocument(stage.service)
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    files[Symbol.dispose]()
    rmSync(backups, { recursive: true, force: true })
  })

  const operationIdOf = (method: string, template: string): string =>
    document.paths[template.split('?')[0] ?? '']?.[method.toLowerCase()]?.operationId ?? '?'

  const discarded = async (): Promise<string> => {
    const made = await must(201, stage.call<{ job: { id: string } }>('POST', '/v1/jobs', { kind: 'fails' }))
    const { id } = made.body.job
    const state = async () => (await stage.call<{ state: string }>('GET', `/v1/jobs/${id}`)).body.state
    await until('it has failed', async () => (await state()) === 'discarded')
    return id
  }

  /** Path and body of one that is let through. */
  async function prepared(
    operationId: string,
    template: string,
    body: unknown,
  ): Promise<{ path: string; body: unknown }> {
    switch (operationId) {
      case 'retryJob':
        return { path: template.replace('{id}', await discarded()), body }
      case 'retryJobs':
        return { path: template, body: { ids: [await discarded()] } }
      case 'createKey':
        return { path: template, body: { name: 'walked', scopes: ['runs:read'] } }
      case 'changeSettings':
        return { path: template, body: { access_log_sample: 0.5 } }
      case 'resumeSchedule': {
        const { path } = await makeOne(stage, { template, document })
        await must(200, stage.call('POST', path.replace('/resume', '/pause')))
        return { path, body }
      }
      default:
        if (template.startsWith('/v1/queues/')) return { path: template.replace('{name}', 'lane'), body }
        if (template.includes('{')) return { path: (await makeOne(stage, { template, document })).path, body }
        return { path: template, body }
    }
  }

  test('is in the audit log with who, whence and by which request, or is a stated exception', async () => {
    const changes = operationsToWalk(document).filter(({ method }) => method !== 'GET')
    expect(changes.length).toBeGreaterThan(35)
    const actions = new Set<string>()
    for (const { name, method, template, body: example } of changes) {
      const operationId = operationIdOf(method, template)
      if (exceptions.has(operationId) || elsewhere.has(operationId)) continue
      const { path, body } = await prepared(operationId, template, example)
      const { status, headers, body: answer } = await stage.call(method, path, body)
      if (status >= 300) throw new Error(`${name} was not let through: ${status} ${JSON.stringify(answer)}`)
      const { data } = (await must(200, stage.call<PageView<EntryView>>('GET', '/v1/audit?limit=5'))).body
      const entry = data.find(({ request_id }) => request_id === headers.get('x-request-id'))
      expect({ name, actor: entry?.actor, address: entry?.address }).toEqual({
        name,
        actor: 'key_configured',
        address: '127.0.0.1',
      })
      if (entry) actions.add(entry.action)
    }
    expect(actions.size).toBeGreaterThan(20)
    const { code, output } = await verify()
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^whole: \d+ entries, head [0-9a-f]{64}\n$/),
    })
  })

  test('that is refused leaves nothing in it', async () => {
    const count = async () =>
      (
        await must(
          200,
          stage.call<PageView<EntryView & { seq: number }>>('GET', '/v1/audit?actor=key_configured&limit=1'),
        )
      ).body.data[0]?.seq
    const before = await count()
    for (const { method, template, body } of operationsToWalk(document)) {
      if (method === 'GET' || !template.includes('{') || template.startsWith('/v1/queues/')) continue
      if (method === 'PUT' || template.startsWith('/v1/backups/')) continue
      const { status } = await stage.call(method, template.replace(/\{\w+\}/g, 'NONE'), body)
      expect(status).toBe(404)
    }
    expect((await stage.call('POST', '/v1/agents', { name: 'echo', model: 'builtin/echo' })).status).toBe(409)
    expect((await stage.call('PATCH', '/v1/system/settings', {})).status).toBe(422)
    expect(await count()).toBe(before)
  })

  test('the exceptions are operations that exist', () => {
    const ids = operationsToWalk(document).map(({ method, template }) => operationIdOf(method, template))
    expect([...exceptions.keys()].filter(id => !ids.includes(id))).toEqual([])
  })

  const list = async (query: string) =>
    (await must(200, stage.call<PageView<EntryView & { seq: number; at: string }>>('GET', `/v1/audit?${query}`))).body

  test('can be looked for by actor, action, target and time, a page at a time', async () => {
    // A backup that was asked for is made later.
    await until('no backup is being made', async () => {
      const of = async (action: string) => (await list(`action=${action}&limit=500`)).data.length
      return (await of('backup.made')) === (await of('backup.requested'))
    })
    const all = await list('limit=500')
    const [first] = all.data
    if (!first) throw new Error('There are no entries.')
    expect((await list(`target=${first.target.id}&limit=500`)).data).toContainEqual(first)
    expect((await list('actor=key_none')).data).toEqual([])
    const saved = await list('action=agent.saved&limit=500')
    expect(saved.data).toEqual(all.data.filter(({ action }) => action === 'agent.saved'))
    expect(saved.data.length).toBeGreaterThan(0)
    expect((await list(`after=${first.at}&limit=500`)).data).toEqual(all.data.filter(({ at }) => at >= first.at))
    expect((await list(`before=${first.at}&limit=500`)).data).toEqual(all.data.filter(({ at }) => at < first.at))
    const paged: typeof all.data = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(`limit=3${cursor === null ? '' : `&cursor=${cursor}`}`)
      paged.push(...page.data)
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(paged).toEqual(all.data)
    for (const wrong of ['action=none', 'after=x', 'limit=0', 'cursor=x', 'seq=1']) {
      expect((await stage.call('GET', `/v1/audit?${wrong}`)).status).toBeOneOf([400, 422])
    }
    for (const method of ['POST', 'PATCH', 'DELETE']) expect((await stage.call(method, '/v1/audit')).status).toBe(405)
  })

  async function verify(...more: string[]): Promise<{ code: number; output: string }> {
    const child = Bun.spawn([...program, 'audit', 'verify', ...more], {
      env: { PATH: process.env.PATH, DATABASE_URL: stage.database.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    return { code, output: stderr + stdout }
  }
})
