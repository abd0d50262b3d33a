import { model } from '../model.ts'
import { answerOf, type List, type Run } from '../run-object.ts'
import type { Stage } from '../stage.ts'
import { openShop } from './shop.ts'

interface Event {
  type: string
  data: { name?: string; input?: unknown; output?: unknown }
}

/** An agent made over the API, whose tool is a request to the shop; two questions on one thread. */
export default async function story({ api }: Stage): Promise<void> {
  const token = crypto.randomUUID()
  await using shop = openShop(token)
  await api('PUT', '/v1/secrets/SHOP_TOKEN', { value: token })
  await api('POST', '/v1/agents', {
    name: 'support',
    model,
    instructions: 'You help customers of a shop with their orders. Look an order up before you say anything about it.',
    tools: [
      {
        name: 'order_status',
        description: 'Looks an order up: what it is, where it is and when it arrives.',
        input_schema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
        http: {
          url: `${shop.url}/orders/{id}`,
          headers: { authorization: 'Bearer {{SHOP_TOKEN}}' },
          select: '/order',
        },
      },
    ],
  })
  const { id: thread_id } = await api<{ id: string }>('POST', '/v1/threads', {})
  for (const question of ['Where is my order 1001?', 'Who brings it?']) {
    console.log(`customer: ${question}`)
    const run = await api<Run>('POST', '/v1/runs/wait', { agent: 'support', thread_id, input: question })
    const { data: events } = await api<List<Event>>('GET', `/v1/runs/${run.id}/events`)
    for (const { type, data } of events) {
      if (type === 'tool.call') console.log(`   calls ${data.name} ${JSON.stringify(data.input)}`)
      if (type === 'tool.result') console.log(`   gets ${JSON.stringify(data.output)}`)
    }
    console.log(`support:  ${answerOf(run)}`)
  }
}
