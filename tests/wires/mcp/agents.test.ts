import { describe, expect, test } from 'bun:test'
import { must, type RunView, type ThreadView, useStage } from '../../api/stage.ts'
import { engines } from '../../support/database.ts'
import { type CallResult, clients, failureOf } from './client.ts'

describe.each(engines)('MCP on %s', engine => {
  const stage = useStage(engine)

  describe.each(clients)('a client %s', (_name, connect) => {
    const client = () => connect(stage().service)
    const runOf = async ({ meta }: CallResult) =>
      (await must(200, stage().call<RunView>('GET', `/v1/runs/${meta['bunkhouse/run_id']}`))).body

    test('finds agents as tools with what they take', async () => {
      const output_schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }
      const agent = await stage().agent([], { description: 'Counts.', output_schema })
      await using mcp = await client()
      const tools = await mcp.tools()
      expect(tools.find(({ name }) => name === agent)).toMatchObject({
        description: 'Counts.',
        inputSchema: { type: 'object', required: ['input'], additionalProperties: false },
        outputSchema: output_schema,
      })
      expect(tools.map(({ name }) => name)).toContain('echo')
    })

    test('calls one, hears of its progress, and the run is there afterwards', async () => {
      const agent = await stage().agent([{ text: ['Hel', 'lo'], usage: { input: 7, output: 2 } }])
      await using mcp = await client()
      const told: { progress: number; message?: string | undefined }[] = []
      const result = await mcp.call(agent, { input: 'go' }, { onprogress: progress => void told.push(progress) })
      expect(result.text).toBe('Hello')
      expect(result.isError).toBe(false)
      expect(result.meta).toMatchObject({ 'bunkhouse/usage': { input_tokens: 7, output_tokens: 2 } })
      expect(await runOf(result)).toMatchObject({ status: 'completed', output: 'Hello', agent })
      expect(told.map(({ message }) => message)).toEqual([
        'The run is stored.',
        'The run has begun.',
        'Step 1: the model is asked.',
      ])
      expect(told.map(({ progress }) => progress)).toEqual([1, 2, 3])
    })

    test('gets what fits a schema as an object', async () => {
      const output_schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }
      const agent = await stage().agent([{ text: '{"n":4}' }], { output_schema })
      await using mcp = await client()
      await mcp.tools()
      const result = await mcp.call(agent, { input: 'go' })
      expect(result.structuredContent).toEqual({ n: 4 })
      expect(JSON.parse(result.text)).toEqual({ n: 4 })
    })

    test('goes on with a thread', async () => {
      const thread = await stage().thread()
      const agent = await stage().agent([{ text: 'one' }, { text: 'two' }])
      await using mcp = await client()
      for (const said of ['one', 'two']) {
        const result = await mcp.call(agent, { input: 'go', thread_id: thread })
        expect(result.text).toBe(said)
        expect(result.meta['bunkhouse/thread_id']).toBe(thread)
      }
      const messages = (await mcp.read(`bunkhouse://threads/${thread}/messages?after=1`)) as {
        role: string
        content: string
      }[] // as the API has them
      expect(messages.map(({ role }) => role)).toEqual(['assistant', 'user', 'assistant'])
    })

    test('is told what went wrong in a way that its model can read', async () => {
      const agent = await stage().agent([{ error: { status: 400, message: 'no such model' } }])
      await using mcp = await client()
      const failed = await mcp.call(agent, { input: 'go' })
      expect(failed.isError).toBe(true)
      expect(failed.text).toContain('provider_error: ')
      const wrong = await mcp.call(agent, { inputs: 'go' })
      expect(wrong.isError).toBe(true)
      expect(wrong.text).toContain('input')
      const codes = []
      for (const call of [
        () => mcp.call('nobody', { input: 'x' }),
        () => mcp.call(agent, { input: 'x', thread_id: 'thr_x' }),
        () => mcp.read('bunkhouse://runs/run_x'),
        () => mcp.read('file:///etc/passwd'),
        () => mcp.prompt('nobody', {}),
      ])
        codes.push(await call().then(() => 'none', failureOf))
      expect(codes).toEqual(Array(5).fill({ code: -32_602, name: 'not_found' }))
    })

    test('reads runs and threads as resources, page by page', async () => {
      const run = await stage().run({ agent: 'echo', input: 'seen' })
      await stage().finished(run.id)
      const thread = await stage().thread()
      for (let made = 0; made < 101; made++) await stage().run()
      await using mcp = await client()
      const seen = new Set<string>()
      for (let cursor: string | undefined; ; ) {
        const page = await mcp.resources(cursor)
        for (const uri of page.uris) seen.add(uri)
        cursor = page.nextCursor
        if (cursor === undefined) break
      }
      expect(seen).toContain(`bunkhouse://runs/${run.id}`)
      expect(seen).toContain(`bunkhouse://threads/${thread}`)
      expect(await mcp.templates()).toContain('bunkhouse://runs/{run_id}')
      const native = await must(200, stage().call<RunView>('GET', `/v1/runs/${run.id}`))
      expect(await mcp.read(`bunkhouse://runs/${run.id}`)).toEqual(native.body)
      expect(await mcp.read(`bunkhouse://runs/${run.id}/events`)).toEqual(await stage().events(run.id))
      const stored = await must(200, stage().call<ThreadView>('GET', `/v1/threads/${thread}`))
      expect(await mcp.read(`bunkhouse://threads/${thread}`)).toEqual(stored.body)
    })

    test('takes what agents are told as prompts', async () => {
      const agent = await stage().agent([], { instructions: 'Be brief.' })
      await using mcp = await client()
      const prompts = await mcp.prompts()
      expect(prompts).toContain(agent)
      expect(prompts).not.toContain('echo')
      expect(await mcp.prompt(agent, { input: 'Why?' })).toEqual([
        { type: 'text', text: 'Be brief.' },
        { type: 'text', text: 'Why?' },
      ])
    })

    test('stops a call that it no longer wants', async () => {
      const agent = await stage().agent([{ text: ['a', 'b'], hold: true }])
      await using mcp = await client()
      const stop = new AbortController()
      const call = mcp.call(agent, { input: 'go' }, { signal: stop.signal })
      const gone = call.then(
        () => 'answered',
        () => 'gone',
      )
      await stage().provider.request(agent, 1)
      stop.abort()
      expect(await gone).toBe('gone')
      const list = await must(200, stage().call<{ data: RunView[] }>('GET', `/v1/runs?agent=${agent}`))
      const [run] = list.body.data
      if (!run) throw new Error('There is no run.')
      expect(await stage().finished(run.id)).toMatchObject({ status: 'cancelled' })
    })

    test('repeats a call by its key, and gets the same run', async () => {
      const agent = await stage().agent([{ text: 'once' }])
      await using mcp = await client()
      const options = { meta: { 'bunkhouse/idempotency_key': `k-${agent}` } }
      const first = await mcp.call(agent, { input: 'go' }, options)
      const second = await mcp.call(agent, { input: 'go' }, options)
      expect(first.text).toBe('once')
      expect(second.meta['bunkhouse/run_id']).toBe(first.meta['bunkhouse/run_id'])
      expect(stage().provider.requests(agent)).toHaveLength(1)
    })
  })
})
