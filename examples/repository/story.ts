import { resolve } from 'node:path'
import { answerOf, type List, type Run } from '../run-object.ts'
import type { Stage } from '../stage.ts'

interface Event {
  type: string
  data: { name?: string; input?: unknown; is_error?: boolean }
}

const root = resolve(import.meta.dir, '../..')

/** An agent that looks around in this repository, by a server of files. */
export default async function story({ api }: Stage): Promise<void> {
  const question = 'Which licence does this project have?'
  console.log(`developer: ${question}`)
  const run = await api<Run>('POST', '/v1/runs/wait', { agent: 'repository', input: question })
  const { data: events } = await api<List<Event>>('GET', `/v1/runs/${run.id}/events`)
  for (const { type, data } of events) {
    if (type === 'tool.call') console.log(`   calls ${data.name} ${JSON.stringify(data.input).replaceAll(root, '…')}`)
    if (type === 'tool.result') console.log(data.is_error ? '   gets an error' : '   gets what it asked for')
  }
  console.log(`agent:     ${answerOf(run)}`)
}
