import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogOptions, openLog } from './log.ts'
import { logFacts } from './log-facts.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bunkhouse-log-'))
})
afterEach(() => rm(folder, { recursive: true }))

type Line = Record<string, unknown>

/** Lets `work` log, and resolves with the lines as they stand in the file. */
async function logged(
  work: (log: Awaited<ReturnType<typeof openLog>>['log']) => void,
  options: Partial<LogOptions> = {},
) {
  const file = join(folder, 'deep/down/bunkhouse.log')
  const { log, flush } = await openLog({ level: 'debug', file, pretty: true, version: '1.2.3', ...options })
  work(log)
  await flush()
  const text = await Bun.file(file).text()
  const lines: Line[] = text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
  return { text, lines }
}

describe('the log', () => {
  test('is lines of JSON in its file, whose folder it makes, with time, level and version', async () => {
    const { lines } = await logged(log => log.info({ state: 'ready' }, 'process ready'))
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        version: '1.2.3',
        state: 'ready',
        msg: 'process ready',
      },
    ])
  })

  test('adds to a file that is there', async () => {
    await logged(log => log.info('first'))
    const { lines } = await logged(log => log.info('second'))
    expect(lines.map(line => line.msg)).toEqual(['first', 'second'])
  })

  test('keeps what is below its level to itself', async () => {
    const { lines } = await logged(
      log => {
        log.info('no')
        log.warn('yes')
      },
      { level: 'warn' },
    )
    expect(lines.map(line => line.msg)).toEqual(['yes'])
  })

  test('tells an error with its code, stack and causes', async () => {
    const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })
    const { lines } = await logged(log => log.error({ error: new TypeError('it failed', { cause }) }, 'failed'))
    expect(lines[0]?.error).toMatchObject({
      type: 'TypeError',
      message: 'it failed',
      stack: expect.stringContaining('log.test.ts'),
      cause: { type: 'Error', message: 'connection refused', code: 'ECONNREFUSED' },
    })
  })

  test('takes an error that is none', async () => {
    const { lines } = await logged(log => {
      log.error({ error: 'just words with sk-abcdefghijkl' }, 'failed')
      log.error({ error: undefined }, 'failed')
      log.error({ error: { code: 7 } }, 'failed')
    })
    expect(lines.map(line => line.error)).toEqual(['just words with sk-***', undefined, { code: 7 }])
  })

  test('shows no secret of errors and their causes, of reasons, messages, hints and paths', async () => {
    const secret = 'sk-planted-abcdefghij'
    const plain = 'correct horse battery'
    const error = new Error(`wrong key ${secret}`, { cause: new Error(`told ${plain}`) })
    const { text, lines } = await logged(
      log => log.warn({ error, reason: secret, message: plain, hint: secret, path: `/v1/runs/${secret}` }, 'all of it'),
      { secrets: [plain] },
    )
    expect(lines).toHaveLength(1)
    expect(text).not.toContain('planted')
    expect(text).not.toContain('horse')
  })
})

describe('facts as lines', () => {
  test('health and metrics are asked quietly, other requests are told, failures aloud', async () => {
    const answered = {
      method: 'GET',
      route: '/x',
      seconds: 0.01,
      requestId: 'req_1',
      error: undefined,
      address: () => null,
    }
    const { lines } = await logged(log => {
      const tell = logFacts(log)
      for (const path of ['/health', '/ready', '/metrics', '/v1/runs'])
        tell('http.answered', { ...answered, path, status: 200 })
      tell('http.answered', { ...answered, path: '/ready', status: 503, error: new Error('away') })
    })
    expect(lines.map(({ level, path, status }) => [level, path, status])).toEqual([
      ['debug', '/health', 200],
      ['debug', '/ready', 200],
      ['debug', '/metrics', 200],
      ['info', '/v1/runs', 200],
      ['error', '/ready', 503],
    ])
  })

  test('of the requests that went well only a share is told, of slow and failed ones all, until that is changed', async () => {
    const answered = { method: 'GET', route: '/x', path: '/x', error: undefined, address: () => null }
    let chance = 0
    const { lines } = await logged(log => {
      const tell = logFacts(log, { accessLogSample: 0.25, random: () => chance })
      const answer = (requestId: string, status: number, seconds = 0.01) =>
        tell('http.answered', { ...answered, status, seconds, requestId })
      for (chance of [0, 0.24, 0.25, 0.99]) answer(`well ${chance}`, 200)
      answer('wrong', 404)
      answer('failed', 500)
      answer('slow', 200, 1.5)
      tell('settings.applied', { logLevel: 'info', accessLogSample: 0 })
      chance = 0
      answer('none', 200)
      answer('wrong again', 400)
      tell('settings.applied', { logLevel: 'info', accessLogSample: 1 })
      chance = 0.99
      answer('all', 200)
    })
    expect(lines.flatMap(({ requestId }) => requestId ?? [])).toEqual([
      'well 0',
      'well 0.24',
      'wrong',
      'failed',
      'slow',
      'wrong again',
      'all',
    ])
  })

  test('name their trace as other tools do, where they have one', async () => {
    const run = { runId: 'run_1', agent: 'a', status: 'completed', attempt: 1, seconds: 1, error: null }
    const { lines } = await logged(log => {
      const tell = logFacts(log)
      tell('run.finished', { ...run, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' })
      tell('run.finished', { ...run, traceId: undefined })
    })
    expect(lines.map(line => line.trace_id)).toEqual(['4bf92f3577b34da6a3ce929d0e0e4736', undefined])
    for (const line of lines) expect(Object.keys(line)).not.toContain('traceId')
  })

  test('a broken agent file is one line with its place', async () => {
    const failures = [{ file: 'a.ts', line: 3, message: 'it threw' }]
    const { lines } = await logged(log => logFacts(log)('agents.loaded', { agents: 2, failures }))
    expect(lines).toMatchObject([
      { level: 'info', agents: 2 },
      { level: 'error', file: 'a.ts', line: 3, message: 'it threw' },
    ])
  })

  test('a loop that fails all the time fills no disk', async () => {
    const { lines } = await logged(log => {
      const tell = logFacts(log)
      for (let turn = 0; turn < 100; turn++) {
        tell('loop.failed', { loop: 'claim', error: new Error('away') })
        tell('loop.failed', { loop: 'heartbeat', error: new Error('away') })
      }
    })
    expect(lines.map(line => line.loop)).toEqual(['claim', 'heartbeat'])
  })
})
