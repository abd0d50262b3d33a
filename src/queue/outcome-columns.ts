import type { Json } from '../json.ts'
import type { Outcome } from './job.ts'
import type { JobState } from './job-state.ts'
import { storableText } from './storable-text.ts'

/** What is written of an outcome. */
export interface OutcomeColumns {
  state: JobState
  finished: boolean
  delayMs: number
  giveBack: 0 | 1
  error: string | null
  /** JSON; null: nothing was returned. */
  result: string | null
  pausesKey: boolean
}

/** Of a result as JSON. A longer one is left out, and an entry of the job's errors says so. */
const maxResultBytes = 65_536

export function outcomeColumns(outcome: Outcome): OutcomeColumns {
  const base = { finished: true, delayMs: 0, giveBack: 0, error: null, result: null, pausesKey: false } as const
  switch (outcome.kind) {
    case 'completed':
      return { ...base, state: 'completed', ...resultColumns(outcome.result) }
    case 'cancel':
      return { ...base, state: 'cancelled' }
    case 'discard':
      return { ...base, state: 'discarded', error: storableText(outcome.message) }
    case 'retry': {
      const { pausesKey = false, message, delayMs } = outcome
      return { ...base, ...later(delayMs), error: storableText(message), pausesKey }
    }
    case 'snooze':
      return { ...base, ...later(outcome.delayMs), giveBack: 1 }
    case 'interrupted':
      return { ...base, ...later(0), giveBack: 1 }
  }
}

/** What handlers say may be anything, and must be storable. */
const longestMs = 10 * 365 * 86_400_000

function later(given: number) {
  const delayMs = Math.min(Math.max(Math.ceil(given) || 0, 0), longestMs)
  return { state: delayMs > 0 ? 'scheduled' : 'available', finished: false, delayMs } as const
}

/** The work is done whatever it returned: a result that cannot be kept must not have it done again. */
function resultColumns(value: Json | undefined): Pick<OutcomeColumns, 'result' | 'error'> {
  if (value === undefined) return { result: null, error: null }
  try {
    const result: string | undefined = JSON.stringify(value)
    const bytes = Buffer.byteLength(result ?? '')
    if (bytes <= maxResultBytes) return { result: result ?? null, error: null }
    return { result: null, error: `Its result of ${bytes} bytes was left out: at most ${maxResultBytes} are kept.` }
  } catch (error) {
    return { result: null, error: storableText(`Its result is no JSON and was left out: ${error}`) }
  }
}
