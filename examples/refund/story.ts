import { join } from 'node:path'
import { answerOf, type List, type Run } from '../run-object.ts'
import type { Stage } from '../stage.ts'

interface Approval {
  id: string
  message: string
  input: unknown
}

/** A small refund is paid at once; a large one waits for a person, who pays less than was asked for. */
export default async function story(stage: Stage): Promise<void> {
  const { api } = stage
  const ask = (input: string) => {
    console.log(`clerk:    ${input}`)
    return api<Run>('POST', '/v1/runs', { agent: 'refund', input })
  }
  const settled = ({ id }: Run) => api<Run>('GET', `/v1/runs/${id}/wait`)

  console.log(`agent:    ${answerOf(await settled(await ask('Order 7 broke on its way: give back its 12 euros.')))}`)

  const large = await ask('Order 8 came late: give back all of its 90 euros.')
  const waiting = await pending(stage, large)
  console.log(`waits:    ${waiting.message}`)
  console.log('person:   yes, but 45')
  await api('POST', `/v1/approvals/${waiting.id}/resolve`, { action: 'approve', input: { order: '8', euros: 45 } })
  console.log(`agent:    ${answerOf(await settled(large))}`)

  const till = await Bun.file(join(stage.folder, 'till.txt')).text()
  for (const line of till.trim().split('\n')) console.log(`till:     order ${line}`)
}

/** Follows the run until it waits. A person would be told by a webhook, or look at the list. */
async function pending({ url, key, api }: Stage, { id }: Run): Promise<Approval> {
  const stream = await fetch(`${url}/v1/runs/${id}/stream`, { headers: { authorization: `Bearer ${key}` } })
  let read = ''
  for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    read += chunk
    if (read.includes('event: run.waiting\n')) break
  }
  const { data } = await api<List<Approval>>('GET', `/v1/approvals?state=pending&run_id=${id}`)
  const [first] = data
  if (!first) throw new Error('The run waits for nobody.')
  return first
}
