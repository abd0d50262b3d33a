import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { must, startStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

const agentFile = `
import { defineAgent, defineTool } from 'bunkhouse'

export default defineAgent({
  name: 'teller',
  model: 'fake/teller',
  tools: [
    defineTool({
      name: 'look', description: 'Looks.', input: { type: 'object' },
      run: (_, { log }) => { log('looked under the bed'); return 'nothing' },
    }),
  ],
})
`

describe.each(engines)('what a tool logs on %s', engine => {
  test('is read in the log of its run’s job, with the attempt', async () => {
    using files = temporaryFiles({ 'agents/teller.ts': agentFile })
    await using stage = await startStage(engine, { AGENTS_DIR: join(files.path, 'agents') })
    stage.provider.script('teller', [{ toolCalls: [{ name: 'look', input: {} }] }, { text: 'done' }])
    const { id } = await stage.run({ agent: 'teller' })
    expect(await stage.finished(id)).toMatchObject({ status: 'completed' })
    const jobs = await must(200, stage.call<{ data: { id: string }[] }>('GET', '/v1/jobs?kind=run'))
    const [job] = jobs.body.data
    const logs = await must(200, stage.call<{ data: object[] }>('GET', `/v1/jobs/${job?.id}/logs`))
    expect(logs.body.data).toMatchObject([{ attempt: 1, message: 'looked under the bed' }])
  })
})
