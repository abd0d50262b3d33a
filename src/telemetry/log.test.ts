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
