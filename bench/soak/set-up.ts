import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Service } from '../service.ts'

/** What the agent, its model and the job are called. */
export const setUpName = 'soak'

const agentFile = `import { defineAgent, defineTool } from 'bunkhouse'
const look = defineTool({ name: 'look', description: 'Looks.', input: { type: 'object' }, run: () => ({ found: 1 }) })
export default defineAgent({ name: '${setUpName}', model: 'openai/${setUpName}', tools: [look], maxSteps: 500 })
`

const jobFile = `import { defineJob } from 'bunkhouse'
export default defineJob({ name: '${setUpName}', input: { type: 'object' }, run: () => ({ done: true }) })
`

/** Turns of its model, one after the other for ever: runs that come at once may get more of the one, many in a row by chance. */
const modelScript = { [setUpName]: [{ toolCalls: [{ name: 'look', input: {} }] }, { text: 'Found it.' }] }

interface Files {
  /** Settings of the service that name them. */
  env: Record<string, string>
  modelScript: string
}

/** Writes what the service and its model are to be. The service itself knows where its agents are. */
export async function writeFiles(folder: string): Promise<Files> {
  const agents = join(folder, 'agents')
  const jobs = join(folder, 'jobs')
  await Promise.all([mkdir(agents), mkdir(jobs)])
  await Promise.all([
    Bun.write(join(agents, `${setUpName}.ts`), agentFile),
    Bun.write(join(jobs, `${setUpName}.ts`), jobFile),
    Bun.write(join(folder, 'model.json'), JSON.stringify(modelScript)),
  ])
  return { env: { JOBS_DIR: jobs }, modelScript: join(folder, 'model.json') }
}

/** What goes on by itself: a schedule that fires each second. */
export async function startSchedule(service: Service): Promise<void> {
  const body = { agent: 'echo', input: 'tick', cron: '* * * * * *' }
  const response = await service.request('POST', '/v1/schedules', body)
  if (!response.ok) throw new Error(await response.text())
}
