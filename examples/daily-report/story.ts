import { Webhook } from 'standardwebhooks'
import { answerOf, type List, type Run } from '../run-object.ts'
import type { Stage } from '../stage.ts'

/** A report that comes by itself each morning, sent to an address of yours. Here the morning is brought about by hand. */
export default async function story({ api }: Stage): Promise<void> {
  const mailbox = Promise.withResolvers<Run>()
  let secret = ''
  const receiver = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async request => {
      const body = await request.text()
      try {
        new Webhook(secret).verify(body, Object.fromEntries(request.headers))
      } catch {
        return new Response('This is not signed by whom I know.', { status: 401 })
      }
      mailbox.resolve(JSON.parse(body).data)
      return new Response(null, { status: 204 })
    },
  })
  const made = await api<{ secret: string }>('POST', '/v1/webhooks', {
    url: `http://127.0.0.1:${receiver.port}/reports`,
    events: ['run.completed', 'run.failed'],
    agents: ['daily-report'],
  })
  secret = made.secret

  const { data: schedules } = await api<List<{ id: string; name: string; cron: string; timezone: string }>>(
    'GET',
    '/v1/schedules?agent=daily-report',
  )
  const [morning] = schedules
  if (!morning) throw new Error("The agent's schedule is not there.")
  console.log(`schedule: ${morning.cron}, ${morning.timezone}`)
  const { data: next } = await api<List<unknown>>('GET', `/v1/schedules/${morning.id}/preview?count=3`)
  console.log(`          its next ${next.length} times are known`)
  await api('POST', `/v1/schedules/${morning.id}/trigger`, {})
  console.log('          triggered by hand')
  console.log(`webhook:  ${answerOf(await mailbox.promise)}`)
  await receiver.stop(true)
}
