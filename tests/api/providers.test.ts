import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import type { Turn } from '../support/provider/turn.ts'
import { EventStream } from './event-stream.ts'
import { must, type RunView, runBody, useStage } from './stage.ts'

const secret = 'sk-test-0123456789abcdef'
const now = { headers: { 'retry-after': '0' } }

describe.each(engines)('a model provider that fails, on %s', engine => {
  const stage = useStage(engine, {
    MODEL_IDLE_SECONDS: '1',
    FAKE_API_KEY: secret,
    GONE_BASE_URL: 'http://127.0.0.1:9/v1',
  })
  const wait = async (agent: string, body: object = {}) =>
    (await must(200, stage().call<RunView>('POST', '/v1/runs/wait', runBody({ agent, ...body })))).body
  const events = async (run: RunView, ...types: string[]) =>
    (await stage().events(run.id)).filter(event => types.includes(event.type))

  test.concurrent.each([400, 401, 403, 404, 413, 422])(
    'with %i ends the run at once with its message',
    async status => {
      const agent = await stage().agent([{ error: { status, message: `no, because ${status}` } }])
      const run = await wait(agent)
      const error = { code: 'provider_error', message: `no, because ${status}` }
      expect(run).toMatchObject({ status: 'failed', attempt: 1, output: null, error })
      expect((await stage().events(run.id)).at(-1)).toMatchObject({ type: 'run.failed', data: { error } })
      expect(stage().provider.requests(agent)).toHaveLength(1)
    },
  )

  test.concurrent.each([408, 429, 500, 502, 503, 529])('with %i is asked again', async status => {
    const agent = await stage().agent([{ error: { status, message: `later ${status}`, ...now } }, { text: 'here' }])
    const run = await wait(agent)
    expect(run).toMatchObject({ status: 'completed', attempt: 2, output: 'here', error: null })
    expect(await events(run, 'run.retrying')).toMatchObject([
      { data: { attempt: 1, reason: `later ${status}`, delay_seconds: 0 } },
    ])
    expect((await events(run, 'run.started')).map(event => event.data)).toEqual([{ attempt: 1 }, { attempt: 2 }])
  })

  test.concurrent.each([
    ['retry-after', '1'],
    ['retry-after-ms', '1000'],
  ])('and says %s is asked again after that time', async (name, value) => {
    const agent = await stage().agent([{ error: { status: 429, message: 'slow down', headers: { [name]: value } } }])
    const run = await wait(agent)
    expect(run).toMatchObject({ status: 'completed', attempt: 2 })
    const [retrying, second] = await events(run, 'run.retrying', 'run.started').then(found => found.slice(1))
    expect(retrying?.data).toEqual({ attempt: 1, reason: 'slow down', delay_seconds: 1 })
    const waitedMs = Date.parse(second?.created_at ?? '') - Date.parse(retrying?.created_at ?? '')
    expect(waitedMs).toBeGreaterThanOrEqual(990)
    expect(waitedMs).toBeLessThan(20_000)
  })

  test.concurrent('and says nothing of a time is asked again after a moment', async () => {
    const agent = await stage().agent([{ error: { status: 500, message: 'oops' } }])
    const run = await wait(agent)
    expect(run).toMatchObject({ status: 'completed', attempt: 2 })
    const [retrying] = await events(run, 'run.retrying')
    const delay = Number(/"delay_seconds":([\d.]+)/.exec(JSON.stringify(retrying?.data))?.[1])
    expect(delay).toBeGreaterThan(0.1)
    expect(delay).toBeLessThan(5)
  })

  test.concurrent('with 429 as the account is empty ends the run at once: waiting would not help', async () => {
    const agent = await stage().agent([
      { error: { status: 429, message: 'You exceeded your current quota.', code: 'insufficient_quota' } },
    ])
    expect(await wait(agent)).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { message: 'You exceeded your current quota.' },
    })
  })

  test.concurrent.each<[string, Turn, string]>([
    ['before its headers', { hang: 'headers' }, 'The provider sent nothing for 1 s.'],
    ['in mid-stream', { text: ['half ', 'rest'], hang: 1 }, 'The provider sent nothing for 1 s.'],
  ])('by hanging %s is cut off and asked again', async (_where, turn, reason) => {
    const agent = await stage().agent([turn, { text: 'whole' }])
    const run = await wait(agent)
    expect(run).toMatchObject({ status: 'completed', attempt: 2, output: 'whole' })
    expect(await events(run, 'run.retrying')).toMatchObject([{ data: { attempt: 1, reason } }])
    const exchange = await stage().provider.request(agent, 1)
    expect(await exchange.ended()).toBe('gone')
  })

  test.concurrent('one that is slow, but never silent for long, is waited for', async () => {
    const agent = await stage().agent([{ text: ['a', 'b', 'c', 'd', 'e'], delayMs: 400 }])
    expect(await wait(agent)).toMatchObject({ status: 'completed', attempt: 1, output: 'abcde' })
  })

  test.concurrent.each<[string, Turn]>([
    ['closing midway', { text: ['half ', 'rest'], cut: 1 }],
    ['closing before the first word', { text: ['half ', 'rest'], cut: 0 }],
    [
      'an error within the stream',
      { text: ['half '], error: { after: 1, message: 'overloaded', type: 'server_error' } },
    ],
    ['rubbish within the stream', { text: ['half ', 'rest'], rubbish: { after: 1, text: 'data: {not json\n\n' } }],
    ['ending without saying that it ends', { text: ['half ', 'rest'], rubbish: { after: 1, text: '' } }],
    ['a page of HTML', { rubbish: { after: 'body', text: '<html><body>502 Bad Gateway</body></html>' } }],
    ['no body', { rubbish: { after: 'body', text: '' } }],
    ['JSON of another kind', { rubbish: { after: 'body', text: '{"hello":"world"}' } }],
    ['bytes', { rubbish: { after: 'body', text: '\u0000\u0001\ufffd\u0000' } }],
  ])('by %s is asked again as a new attempt', async (_how, turn) => {
    const agent = await stage().agent([turn, { text: 'whole' }])
    const run = await wait(agent)
    expect(run).toMatchObject({ status: 'completed', attempt: 2, output: 'whole', error: null })
    const log = await stage().events(run.id)
    expect(log.map(event => event.seq)).toEqual(log.map((_, index) => index + 1))
    const retrying = log.findIndex(event => event.type === 'run.retrying')
    expect(log[retrying]?.data).toMatchObject({
      attempt: 1,
      reason: expect.stringMatching(/^(The provider|overloaded)/),
    })
    expect(log.slice(retrying + 1).map(event => event.type)).toEqual([
      'run.started',
      'step.started',
      'text.delta',
      'step.completed',
      'run.completed',
    ])
    const said = log.filter(event => event.type === 'text.delta').map(event => event.data)
    expect(said.at(-1)).toEqual({ step: 1, text: 'whole' })
    for (const data of said.slice(0, -1)) expect(data).toEqual({ step: 1, text: 'half ' })
  })

  test.concurrent('the stream of a client goes on over attempts, in one connection', async () => {
    const agent = await stage().agent([
      { text: ['first ', 'try'], cut: 1 },
      { error: { status: 503, message: 'busy', ...now } },
      { text: ['third ', 'try'] },
    ])
    const stream = new EventStream(await stage().service.request('POST', '/v1/runs/stream', runBody({ agent })))
    const frames = await stream.all()
    expect(frames.map(frame => frame.id)).toEqual(frames.map((_, index) => index + 1))
    expect(stream.types().filter(type => type.startsWith('run.'))).toEqual([
      'run.created',
      'run.started',
      'run.retrying',
      'run.started',
      'run.retrying',
      'run.started',
      'run.completed',
    ])
    expect(frames.at(-1)?.data).toMatchObject({ output: 'third try' })
  })

  test.concurrent('one that goes on failing fails the run after its attempts, with the last reason', async () => {
    const agent = await stage().agent(Array(5).fill({ error: { status: 500, message: 'still down', ...now } }))
    const run = await wait(agent, { max_attempts: 2 })
    expect(run).toMatchObject({
      status: 'failed',
      attempt: 2,
      error: { code: 'provider_error', message: 'still down' },
    })
    expect(await events(run, 'run.retrying', 'run.failed')).toHaveLength(2)
  })

  test.concurrent('one that cannot be reached is told so', async () => {
    const name = `gone-${engine}`
    await must(201, stage().call('POST', '/v1/agents', { name, model: 'gone/model' }))
    const run = await wait(name, { max_attempts: 1 })
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'provider_error', message: 'The provider refused the connection.' },
    })
  })

  test.concurrent('keys that it repeats in its message are shown to nobody', async () => {
    const agent = await stage().agent([{ error: { status: 401, message: `Incorrect API key provided: ${secret}.` } }])
    const run = await wait(agent)
    expect(run.error?.message).toStartWith('Incorrect API key provided')
    const answers = [JSON.stringify(run), JSON.stringify(await stage().events(run.id)), stage().service.output()]
    for (const text of answers) expect(text).not.toContain('0123456789abcdef')
    const { record } = await stage().provider.request(agent, 1)
    expect(record.headers.authorization).toBe(`Bearer ${secret}`)
  })

  test.concurrent('a message of any length and with any characters is kept, shortened', async () => {
    const message = `a\u0000b\ud800 🎉 ${'long '.repeat(2_000)}`
    const agent = await stage().agent([{ error: { status: 400, message } }])
    const run = await wait(agent)
    expect(run.status).toBe('failed')
    expect(run.error?.message).toStartWith('a')
    expect(run.error?.message.length).toBeLessThanOrEqual(2_001)
    expect((await must(200, stage().call<RunView>('GET', `/v1/runs/${run.id}`))).body.error).toEqual(run.error)
  })

  test.concurrent('one that answers with nothing has answered', async () => {
    const agent = await stage().agent([{ text: [] }])
    expect(await wait(agent)).toMatchObject({ status: 'completed', output: '', attempt: 1 })
  })

  test.concurrent('calls of tools that do not exist, or with broken arguments, are told to the model', async () => {
    const agent = await stage().agent([
      {
        toolCalls: [
          { name: 'missing', input: { a: 1 } },
          { name: 'missing', input: '{"a":' },
        ],
      },
      { text: 'I see.' },
    ])
    const run = await wait(agent)
    expect(run).toMatchObject({ status: 'completed', output: 'I see.', attempt: 1 })
    expect((await events(run, 'tool.result')).map(event => event.data)).toMatchObject([
      { name: 'missing', is_error: true, output: 'There is no tool "missing".' },
      { name: 'missing', is_error: true },
    ])
  })

  test.concurrent('what it thinks is in the log and not in the answer', async () => {
    const agent = await stage().agent([{ reasoning: ['hm, ', 'so'], text: 'yes' }])
    const run = await wait(agent)
    expect(run.output).toBe('yes')
    const thought = (await events(run, 'reasoning.delta')).map(event => (event.data as { text: string }).text) // its field
    expect(thought.join('')).toBe('hm, so')
  })
})
