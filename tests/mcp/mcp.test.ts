import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { must, type ProblemView, type RunView, type Stage, startStage } from '../api/stage.ts'
import type { ApprovalView, PageOf } from '../approvals/views.ts'
import { type Engine, engines } from '../support/database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { everything, filesystem, servedFolder, startEverything, startRecorder } from './servers.ts'

setDefaultTimeout(60_000)

const agentFile = (folder: string) => `import { defineAgent } from 'bunkhouse'
const command = ${JSON.stringify(process.execPath)}
export default [
  defineAgent({
    name: 'tryer',
    model: 'fake/tryer',
    mcp: [{
      name: 'all', command, args: [${JSON.stringify(everything)}], env: { TOLD: 'to the server alone' },
      tools: ['echo', 'get-sum', 'get-env', 'trigger-long-running-operation'],
    }],
  }),
  defineAgent({
    name: 'writer',
    model: 'fake/writer',
    mcp: [{ name: 'files', command, args: [${JSON.stringify(filesystem)}, ${JSON.stringify(folder)}], approval: ['write_file'] }],
  }),
  defineAgent({
    name: 'broken',
    model: 'fake/broken',
    mcp: [{ name: 'gone', command: '/nowhere/there-is-no-such-program' }],
  }),
]
`

async function open(engine: Engine) {
  const folder = await servedFolder()
  const files = temporaryFiles({ 'agents/all.ts': agentFile(folder.path) })
  const stage = await startStage(engine, {
    AGENTS_DIR: join(files.path, 'agents'),
    EGRESS_ALLOW: '127.0.0.1',
    SECRET_OF_THE_SERVICE: 'not for servers',
  })
  return {
    stage,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]()
      files[Symbol.dispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const results = async (stage: Stage, { id }: RunView) =>
  (await stage.events(id)).flatMap(({ type, data }) =>
    // Safe: that event has them, and a test fails where it does not.
    type === 'tool.result' ? [data as { name: string; output: unknown; is_error: boolean }] : [],
  )

/** The tools that a model was offered with its first request. */
const offered = (stage: Stage, model: string): string[] =>
  stage.provider
    .requests(model)
    .slice(0, 1)
    .flatMap(({ record }) => (record.body as { tools: { function: { name: string } }[] }).tools)
    .map(tool => tool.function.name)

describe.each(engines)('MCP servers that are programs, on %s', engine => {
  test('give an agent the tools that it names, with their progress, and get no secrets of the service', async () => {
    await using opened = await open(engine)
    const { stage } = opened
    // Long enough that what it tells does not come with its answer, where the machine is busy.
    const long = { name: 'all_trigger-long-running-operation', input: { duration: 2, steps: 2 } }
    stage.provider.script('tryer', [
      {
        toolCalls: [
          { name: 'all_echo', input: { message: 'hi' } },
          { name: 'all_get-sum', input: { a: 2, b: 3 } },
        ],
      },
      { toolCalls: [long, { name: 'all_get-env', input: {} }, { name: 'all_echo', input: { message: 7 } }] },
      { text: 'done' },
    ])
    const { body: run } = await must(200, stage.call<RunView>('POST', '/v1/runs/wait', { agent: 'tryer', input: 'go' }))
    expect(run).toMatchObject({ status: 'completed', output: 'done' })
    expect(offered(stage, 'tryer').sort()).toEqual([
      'all_echo',
      'all_get-env',
      'all_get-sum',
      'all_trigger-long-running-operation',
    ])
    const told = await results(stage, run)
    const of = (name: string) => told.filter(result => result.name === name)
    expect(of('all_echo')[0]).toMatchObject({ output: 'Echo: hi', is_error: false })
    expect(of('all_get-sum')[0]?.output).toContain('5')
    expect(of('all_echo')[1]).toMatchObject({ is_error: true, output: expect.stringContaining('was refused') })
    const environment = String(of('all_get-env')[0]?.output)
    expect(environment).toContain('to the server alone')
    expect(environment).not.toContain('not for servers')
    const events = await stage.events(run.id)
    const progress = events.flatMap(({ type, data }) => (type === 'tool.progress' ? [data] : []))
    expect(progress).toContainEqual(expect.objectContaining({ progress: { progress: 1, total: 2 } }))
  })

  test('have a person agree first where their agent says so', async () => {
    await using opened = await open(engine)
    const { stage, folder } = opened
    const path = join(folder, 'note.txt')
    stage.provider.script('writer', [
      { toolCalls: [{ name: 'files_write_file', input: { path, content: 'a note' } }] },
      { toolCalls: [{ name: 'files_read_text_file', input: { path } }] },
      { text: 'written' },
    ])
    const run = await stage.run({ agent: 'writer' })
    const stream = await stage.service.request('GET', `/v1/runs/${run.id}/stream`)
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (let text = ''; !text.includes('event: run.waiting'); ) text += (await reader?.read())?.value ?? ''
    await reader?.cancel()
    expect(await Bun.file(path).exists()).toBe(false)
    const { data } = (await must(200, stage.call<PageOf<ApprovalView>>('GET', '/v1/approvals?state=pending'))).body
    expect(data).toMatchObject([{ tool: 'files_write_file', input: { path, content: 'a note' } }])
    await must(200, stage.call('POST', `/v1/approvals/${data[0]?.id}/resolve`, { action: 'approve' }))
    expect(await stage.finished(run.id)).toMatchObject({ status: 'completed', output: 'written' })
    expect(await Bun.file(path).text()).toBe('a note')
    const read = (await results(stage, run)).find(({ name }) => name === 'files_read_text_file')
    expect(JSON.stringify(read?.output)).toContain('a note')
  })

  test('that cannot be started fail the runs of their agent alone, in the end', async () => {
    await using opened = await open(engine)
    const { stage } = opened
    const run = await stage.finished((await stage.run({ agent: 'broken', max_attempts: 1 })).id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'tools_unavailable' } })
    expect(run.error?.message).toContain('The MCP server gone cannot be reached')
    expect(await stage.finished((await stage.run()).id)).toMatchObject({ status: 'completed' })
  })
})

describe.each(engines)('MCP servers over HTTP, on %s', engine => {
  const agent = async (stage: Stage, name: string, server: object) =>
    must(201, stage.call('POST', '/v1/agents', { name, model: `fake/${name}`, mcp: [server] }))

  test('get headers with secrets, which nobody else is shown', async () => {
    await using opened = await open(engine)
    const { stage } = opened
    await using server = await startEverything()
    using recorder = startRecorder(server.port)
    await must(200, stage.call('PUT', '/v1/secrets/MCP_TOKEN', { value: 'a-token-of-the-server' }))
    const headers = { authorization: 'Bearer {{MCP_TOKEN}}' }
    const { body: made } = await agent(stage, 'remote', { name: 'all', url: recorder.url, headers, tools: ['echo'] })
    expect(JSON.stringify(made)).not.toContain('a-token-of-the-server')
    stage.provider.script('remote', [
      { toolCalls: [{ name: 'all_echo', input: { message: 'over HTTP' } }] },
      { text: 'done' },
    ])
    const run = await stage.finished((await stage.run({ agent: 'remote' })).id)
    expect(run).toMatchObject({ status: 'completed', output: 'done' })
    expect(await results(stage, run)).toMatchObject([{ output: 'Echo: over HTTP', is_error: false }])
    expect(offered(stage, 'remote')).toEqual(['all_echo'])
    expect(new Set(recorder.keys)).toEqual(new Set(['Bearer a-token-of-the-server']))
    expect(JSON.stringify(await stage.events(run.id))).not.toContain('a-token-of-the-server')
  })

  test('that die in the middle of a call fail it, and are found again when they are back', async () => {
    await using opened = await open(engine)
    const { stage } = opened
    const port = freePort()
    const first = await startEverything(port)
    const name = 'all_trigger-long-running-operation'
    await agent(stage, 'steady', { name: 'all', url: `http://127.0.0.1:${port}/mcp`, effect: 'none' })
    const again = { toolCalls: [{ name: 'all_echo', input: { message: 'back' } }] }
    stage.provider.script('steady', [
      { toolCalls: [{ name, input: { duration: 60, steps: 600 } }] },
      { text: 'it is away' },
      again,
      { text: 'it is back' },
    ])
    const run = await stage.run({ agent: 'steady' })
    const stream = await stage.service.request('GET', `/v1/runs/${run.id}/stream`)
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (let text = ''; !text.includes('event: tool.progress'); ) text += (await reader?.read())?.value ?? ''
    await first.kill()
    await reader?.cancel()
    expect(await stage.finished(run.id)).toMatchObject({ status: 'completed', output: 'it is away' })
    expect(await results(stage, run)).toMatchObject([{ is_error: true, output: expect.stringContaining('ended') }])

    await using _second = await startEverything(port)
    const next = await stage.finished((await stage.run({ agent: 'steady' })).id)
    expect(next).toMatchObject({ status: 'completed', output: 'it is back' })
    expect(await results(stage, next)).toMatchObject([{ output: 'Echo: back', is_error: false }])
  })

  test('that die in the middle of a call that must not be repeated leave it in doubt', async () => {
    await using opened = await open(engine)
    const { stage } = opened
    const server = await startEverything()
    const name = 'all_trigger-long-running-operation'
    await agent(stage, 'careful', { name: 'all', url: `http://127.0.0.1:${server.port}/mcp`, effect: 'once' })
    stage.provider.script('careful', [{ toolCalls: [{ name, input: { duration: 60, steps: 600 } }] }, { text: 'sure' }])
    const run = await stage.run({ agent: 'careful' })
    const stream = await stage.service.request('GET', `/v1/runs/${run.id}/stream`)
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('event: tool.progress')) text += (await reader?.read())?.value ?? ''
    await server.kill()
    while (!text.includes('event: run.waiting')) text += (await reader?.read())?.value ?? ''
    await reader?.cancel()
    const { data } = (await must(200, stage.call<PageOf<ApprovalView>>('GET', '/v1/approvals?state=pending'))).body
    expect(data).toMatchObject([{ kind: 'in_doubt', tool: name }])
    const decision = { action: 'done', output: 'it had been done' }
    await must(200, stage.call('POST', `/v1/approvals/${data[0]?.id}/resolve`, decision))
    expect(await stage.finished(run.id)).toMatchObject({ status: 'completed', output: 'sure' })
  })
})

test('over the API a server is asked only where the operator allows its address, and none is a program', async () => {
  await using stage = await startStage('sqlite')
  const body = (server: object) => ({ name: 'x', model: 'builtin/echo', mcp: [{ name: 's', ...server }] })
  const at = async (server: object) =>
    (await must(422, stage.call<ProblemView>('POST', '/v1/agents', body(server)))).body.errors?.map(({ path }) => path)
  expect(await at({ url: 'http://127.0.0.1:9/mcp' })).toEqual(['/mcp/0/url'])
  expect(await at({ url: 'http://169.254.169.254/mcp' })).toEqual(['/mcp/0/url'])
  expect(await at({ command: 'sh', url: 'https://mcp.example.com' })).toContain('/mcp/0/command')
})
