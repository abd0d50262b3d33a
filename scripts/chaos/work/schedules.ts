import { type Client, textAt } from './client.ts'
import type { Play } from './play.ts'

/** A schedule, and what can be said of its times without asking anybody. */
export interface Planned {
  id: string
  name: string
  overlap: 'allow' | 'skip' | 'queue' | 'cancel_previous'
  /** Its first time, milliseconds since 1970. */
  first: number
  /** Milliseconds from one to the next; null: there is only one. */
  stepMs: number | null
}

interface Wish {
  cron: string
  seconds: number
  overlap: Planned['overlap']
  ms?: number
  jitter?: number
}

const wishes: Wish[] = [
  { cron: '* * * * * *', seconds: 1, overlap: 'allow' },
  { cron: '*/2 * * * * *', seconds: 2, overlap: 'allow' },
  { cron: '*/5 * * * * *', seconds: 5, overlap: 'allow', jitter: 3 },
  { cron: '@every 1s', seconds: 1, overlap: 'skip', ms: 1_500 },
  { cron: '@every 2s', seconds: 2, overlap: 'queue' },
  { cron: '@every 3s', seconds: 3, overlap: 'cancel_previous', ms: 3_500 },
  ...Array.from({ length: 12 }, (_, index) => ({
    cron: `@every ${3 + (index % 4)}s`,
    seconds: 3 + (index % 4),
    overlap: 'allow' as const,
  })),
]

/** @param onceAt for the schedule that fires once, milliseconds since 1970 */
export async function createSchedules(client: Client, onceAt: number): Promise<Planned[]> {
  const at = new Date(onceAt - (onceAt % 1_000))
  const once = create(
    client,
    'once',
    { at: at.toISOString() },
    { overlap: 'allow', ms: 10, first: at.getTime(), stepMs: null },
  )
  const repeated = wishes.map(({ cron, seconds, overlap, ms = 10, jitter = 0 }, index) =>
    create(
      client,
      `${index}: ${cron}, ${overlap}`,
      { cron, jitter_seconds: jitter },
      { overlap, ms, first: null, stepMs: seconds * 1_000 },
    ),
  )
  return Promise.all([once, ...repeated])
}

async function create(
  client: Client,
  name: string,
  rule: object,
  { overlap, ms, first, stepMs }: Pick<Planned, 'overlap' | 'stepMs'> & { ms: number; first: number | null },
): Promise<Planned> {
  const play: Play = { key: '', turns: [[{ ms }]], failures: 0, fatal: false, wordMs: 0 }
  const { status, body } = await client.call('POST', '/v1/schedules', {
    ...rule,
    name,
    agent: 'chaos',
    input: JSON.stringify(play),
    overlap,
    catch_up: 'all',
    catch_up_limit: 1_000,
    max_attempts: 100,
  })
  if (status !== 201) throw new Error(`The schedule ${name} was refused: ${JSON.stringify(body)}`)
  return { id: textAt(body, 'id'), name, overlap, first: first ?? Date.parse(textAt(body, 'next_fire_at')), stepMs }
}

/** From then on none of them fires. */
export async function pauseSchedules(client: Client, schedules: Planned[]): Promise<void> {
  await Promise.all(schedules.map(({ id }) => client.call('POST', `/v1/schedules/${id}/pause`)))
}
