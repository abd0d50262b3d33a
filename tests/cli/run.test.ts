import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Cli, openCli } from '../support/cli.ts'
import { type FakeProvider, startFakeProvider } from '../support/provider/server.ts'

const agent = (name: string, more = '') => `import { defineAgent, defineTool } from 'bunkhouse'
export default defineAgent({ name: '${name}', model: 'lab/${name}', ${more} })
`
const lookUp = `tools: [defineTool({ name: 'look_up', description: 'Finds', input: { type: 'object' }, run: () => 'found' })]`

let cli: Cli
let provider: FakeProvider
let env: Record<string, string>

beforeAll(async () => {
  provider = await startFakeProvider()
  env = { LAB_BASE_URL: provider.baseUrl }
  cli = await openCli({
    'agents/talker.ts': agent('talker'),
    'agents/searcher.ts': agent('searcher', lookUp),
    'agents/refused.ts': agent('refused'),
    'agents/busy.ts': agent('busy'),
    'agents/loud.ts': `console.log('loading loud')\n${agent('loud')}`,
    'agents/broken.ts': `import { defineAgent } from 'bunkhouse'\nexport default defineAgent({ name: 'broken', model: 3 })\n`,
  })
})
afterAll(async () => {
  await cli[Symbol.asyncDispose]()
  await provider.stop()
})

describe('run', () => {
  test('prints the answer, and nothing else on standard output', async () => {
    const { code, stdout } = await cli.run(['run', 'echo', 'hello world'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello world\n' })
  })

  test('reads the input from standard input for -', async () => {
    const { code, stdout } = await cli.run(['run', 'echo', '-'], { input: 'two\nlines, ünïcödé' })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'two\nlines, ünïcödé\n' })
  })

  test.each([
    ['no UTF-8', new Uint8Array([0x61, 0xff]), 'The input is not UTF-8 text.'],
    ['nothing', '', 'The input is empty.'],
    ['too long', 'x'.repeat(1_025), 'The input is longer than 1024 bytes.'],
  ])('refuses standard input that is %s', async (_what, input, says) => {
    const { code, stdout, stderr } = await cli.run(['run', 'echo', '-'], { input, env: { BODY_LIMIT_BYTES: '1024' } })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(says)
  })

  test('takes an input that begins with a dash after --', async () => {
    const { code, stdout } = await cli.run(['run', 'echo', '--', '-5 degrees'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '-5 degrees\n' })
  })

  test('prints the run as JSON', async () => {
    const { code, stdout } = await cli.run(['run', 'echo', 'hello', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      id: expect.stringMatching(/^run_[0-9a-f]{32}$/),
      object: 'run',
      agent: 'echo',
      status: 'completed',
      input: 'hello',
      output: 'hello',
      attempt: 1,
      error: null,
    })
  })

  test('knows the agents of files, and says which file is broken', async () => {
    provider.script('talker', [{ text: 'I am a talker.' }])
    const { code, stdout, stderr } = await cli.run(['run', 'talker', 'who are you?'], { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'I am a talker.\n' })
    expect(stderr).toContain('broken.ts')
  })

  test('leaves standard output to the answer when an agent file prints', async () => {
    provider.script('loud', [{ text: 'the answer' }])
    const { code, stdout, stderr } = await cli.run(['run', 'loud', 'x'], { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'the answer\n' })
    expect(stderr).toContain('loading loud')
  })

  test('ends with 1 where there is no such agent', async () => {
    const { code, stdout, stderr } = await cli.run(['run', 'nobody', 'x'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('No agent has the id nobody.')
  })

  test('ends with 1 where there is no such thread', async () => {
    const { code, stderr } = await cli.run(['run', 'echo', 'x', '--thread', 'thr_nowhere'])
    expect(code).toBe(1)
    expect(stderr).toContain('No thread has the id thr_nowhere.')
  })

  test('ends with 1 and the reason where the run fails', async () => {
    provider.script('refused', [{ error: { status: 400, message: 'that is not allowed' } }])
    const { code, stdout, stderr } = await cli.run(['run', 'refused', 'x'], { env })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/run_[0-9a-f]{32} failed: .*that is not allowed.* \(provider_error\)/)
  })

  test('prints a failed run as JSON too', async () => {
    provider.script('refused', [{ error: { status: 400, message: 'never' } }])
    const { code, stdout } = await cli.run(['run', 'refused', 'x', '--json'], { env })
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', output: null, error: { code: 'provider_error' } })
  })

  test('says what to set where the provider of its model is not configured', async () => {
    const { code, stderr } = await cli.run(['run', 'talker', 'x'])
    expect(code).toBe(1)
    expect(stderr).toContain('LAB_BASE_URL')
  })

  test('makes another attempt itself when the provider asks for it', async () => {
    provider.script('busy', [
      { error: { status: 429, message: 'slow down', headers: { 'retry-after': '0' } } },
      { text: 'done' },
    ])
    const { code, stdout } = await cli.run(['run', 'busy', 'x', '--json'], { env })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', output: 'done', attempt: 2 })
  })

  test('writes its log to LOG_FILE where one is set', async () => {
    const { stderr } = await cli.run(['run', 'echo', 'x'], { env: { LOG_FILE: 'logs/run.log' } })
    expect(stderr).not.toContain('broken.ts')
    expect(await Bun.file(`${cli.folder}/logs/run.log`).text()).toContain('"file":"broken.ts"')
  })
})

describe('streaming', () => {
  test('shows text before the answer is whole', async () => {
    provider.script('talker', [{ text: ['one ', 'two ', 'three'], hold: true }])
    const started = provider.requests('talker').length
    const run = cli.start(['run', 'talker', 'count', '--stream'], { env })
    const exchange = await provider.request('talker', started + 1)
    exchange.release(1)
    await run.said('one ')
    expect(exchange.state).toBe('open')
    exchange.release()
    const { code, stdout } = await run.result
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'one two three\n' })
  })

  test('puts each step on lines of its own', async () => {
    provider.script('searcher', [
      { text: ['Let me ', 'look.'], toolCalls: [{ name: 'look_up', input: {} }] },
      { text: ['It is ', 'there.\n'] },
    ])
    const { code, stdout } = await cli.run(['run', 'searcher', 'where?', '--stream'], { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Let me look.\nIt is there.\n' })
  })

  test('begins anew after an attempt that ended midway, and says so on standard error', async () => {
    provider.script('talker', [{ text: ['half an ', 'answer'], cut: 1 }, { text: 'a whole answer' }])
    const { code, stdout, stderr } = await cli.run(['run', 'talker', 'x', '--stream'], { env })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^(half an \n)?a whole answer\n$/)
    expect(stderr).toContain('what follows is another one')
  })

  test('is how a terminal is answered', async () => {
    provider.script('talker', [{ text: ['for ', 'people'] }])
    const { code, output } = await cli.terminal(['run', 'talker', 'x'], { env: { ...env, LOG_LEVEL: 'silent' } })
    expect(code).toBe(0)
    expect(output.replaceAll('\r', '')).toEndWith('\nfor people\n')
  })
})
