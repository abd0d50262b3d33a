import { toolSchema } from '../agents/tools/schema.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import type { AppContext } from '../context.ts'
import { invalidField } from '../errors.ts'
import type { FollowingRun } from '../runs/follow-up.ts'

export interface ScheduleRunContext extends Pick<AppContext, 'clock'> {
  /** Starts a run later in the name of the one that asks for it, once for each key. */
  startLater(following: FollowingRun): Promise<{ id: string }>
}

const yearSeconds = 366 * 86_400
/** A run that begins at once by itself would have no end. */
const soonestSeconds = 60

const input = {
  type: 'object',
  properties: {
    input: { type: 'string', minLength: 1, maxLength: 20_000, description: 'What that run is told to do.' },
    delay_seconds: { type: 'integer', minimum: soonestSeconds, maximum: yearSeconds, description: 'In how long.' },
    at: { type: 'string', description: 'Or when: a time in ISO 8601 with its offset, such as 2026-03-01T09:00:00Z.' },
    same_conversation: { type: 'boolean', description: 'Whether it belongs to this conversation. Default true.' },
  },
  required: ['input'],
  additionalProperties: false,
}

interface Given {
  input: string
  delay_seconds?: number
  at?: string
  same_conversation?: boolean
}

/** The agent itself runs again later, once. */
export async function scheduleRun(app: ScheduleRunContext): Promise<LoadedTool> {
  return {
    name: 'schedule_run',
    description: 'Lets you do something later: you are run again then, with the input that you give.',
    schema: await toolSchema(input),
    effect: 'idempotent',
    timeoutSeconds: 15,
    doneBy: 'service',
    isBuiltin: true,
    approval: null,
    async run(given, { runId, idempotencyKey }) {
      const { input: text, delay_seconds, at, same_conversation = true } = given as Given // it has passed the schema above
      const now = app.clock.now()
      const delaySeconds = delay_seconds ?? secondsUntil(at, now)
      const run = await app.startLater({
        runId,
        key: idempotencyKey,
        input: text,
        delaySeconds,
        onThread: same_conversation,
      })
      return { run_id: run.id, at: new Date(now + delaySeconds * 1_000).toISOString() }
    },
  }
}

function secondsUntil(at: string | undefined, now: number): number {
  if (at === undefined) throw invalidField('/at', 'Say when, by delay_seconds or at.')
  const time = /(Z|[+-]\d\d:\d\d)$/.test(at) ? Date.parse(at) : Number.NaN
  if (Number.isNaN(time)) throw invalidField('/at', `${at} is no time in ISO 8601 with its offset.`)
  const seconds = Math.ceil((time - now) / 1_000)
  if (seconds > yearSeconds) throw invalidField('/at', 'It is more than a year away.')
  if (seconds < soonestSeconds) throw invalidField('/at', `It must be ${soonestSeconds} seconds away at least.`)
  return seconds
}
