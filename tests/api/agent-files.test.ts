import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { engines } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { type AgentView, callOf, must, type PageView, type RunView, runBody, useStage } from './stage.ts'

const agentFile = (instructions: string) => `import { defineAgent, defineTool } from 'bunkhouse'
const double = defineTool({
  name: 'double',
  description: 'Doubles a number.',
  input: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false },
  effect: 'none',
  run: ({ n }) => ({ doubled: 2 * n }),
})
export default defineAgent({ name: 'doubler', model: 'fake/doubler', instructions: '${instructions}', tools: [double] })
`

describe.each(engines)('agents from files on %s', engine => {
  const files = temporaryFiles({
    'doubler.ts': agentFile('Double it.'),
    'broken.ts': `export default { name: 'broken' `,
    'notes.md': 'not an agent',
  })
  afterAll(() => files[Symbol.dispose]())
  const stage = useStage(engine, { AGENTS_DIR: files.path })

  test('are listed and read with their tools', async () => {
    const { body } = await must(200, stage().call<AgentView>('GET', '/v1/agents/doubler'))
    expect(body).toMatchObject({
      name: 'doubler',
      source: 'file',
      version: 1,
      model: 'fake/doubler',
      instructions: 'Double it.',
      tools: [{ name: 'double', description: 'Doubles a number.', effect: 'none' }],
    })
    const list = await must(200, stage().call<PageView<AgentView>>('GET', '/v1/agents'))
    expect(list.body.data).toContainEqual(body)
    const versions = await must(200, stage().call<PageView<{ version: number }>>('GET', '/v1/agents/doubler/versions'))
    expect(versions.body.data.map(({ version }) => version)).toEqual([1])
  })

  test('run with their tools', async () => {
    stage().provider.script('doubler', [{ toolCalls: [{ name: 'double', input: { n: 21 } }] }, { text: 'It is 42.' }])
    const run = await must(200, stage().call<RunView>('POST', '/v1/runs/wait', runBody({ agent: 'doubler' })))
    expect(run.body).toMatchObject({ status: 'completed', output: 'It is 42.', agent_version: 1 })
    const result = (await stage().events(run.body.id)).find(event => event.type === 'tool.result')
    expect(result?.data).toMatchObject({ name: 'double', output: { doubled: 42 }, is_error: false })
  })

  test('409 for changing them over the API', async () => {
    for (const [method, path, sent] of [
      ['PATCH', '/v1/agents/doubler', { instructions: 'x' }],
      ['DELETE', '/v1/agents/doubler', undefined],
      ['POST', '/v1/agents/doubler/rollback', { version: 1 }],
      ['POST', '/v1/agents', { name: 'doubler', model: 'a/b' }],
      ['PATCH', '/v1/agents/echo', { instructions: 'x' }],
      ['DELETE', '/v1/agents/echo', undefined],
    ] as const) {
      const { status, body } = await stage().call(method, path, sent)
      expect({ method, path, status }).toEqual({ method, path, status: 409 })
      expect(body.code).toBe('conflict')
    }
  })

  test('a broken file does not stop the others, and the log names its line', async () => {
    expect((await stage().call('GET', '/v1/agents/broken')).status).toBe(404)
    await stage().service.said('agent file is broken')
    const line = stage()
      .service.output()
      .split('\n')
      .find(text => text.includes('agent file is broken'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'error',
      file: expect.stringContaining('broken.ts'),
      line: 1,
    })
  })

  test('a changed file is a new version after a restart, and an unchanged one is not', async () => {
    const start = () =>
      startService({
        env: {
          DATABASE_URL: stage().database.url,
          AGENTS_DIR: files.path,
          FAKE_BASE_URL: stage().provider.baseUrl,
        },
      })
    const versionIn = async (instructions: string) => {
      await Bun.write(join(files.path, 'doubler.ts'), agentFile(instructions))
      await using service = await start()
      return (await must(200, callOf(service)<AgentView>('GET', '/v1/agents/doubler'))).body
    }
    await stage().service.stop()
    expect(await versionIn('Double it.')).toMatchObject({ version: 1 })
    expect(await versionIn('Double it twice.')).toMatchObject({ version: 2, instructions: 'Double it twice.' })
    expect(await versionIn('Double it twice.')).toMatchObject({ version: 2 })
  })
})
