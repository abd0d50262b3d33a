// A job file: does what its payload says, and keeps a ledger of it.
import { appendFileSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, NonRetryable } from 'bunkhouse'
import type { LedgerLine } from '../ledger.ts'

const ledger = openSync(process.env.CHAOS_LEDGER ?? '', 'a')

/** Not Date.now: that one is set off. */
const trueNow = (): number => Math.round(performance.timeOrigin + performance.now())

export default defineJob({
  name: 'act',
  maxAttempts: 100,
  retry: { baseSeconds: 0.2, capSeconds: 2 },
  input: {
    type: 'object',
    properties: {
      key: { type: 'string' },
      ms: { type: 'number' },
      failures: { type: 'number' },
      fatal: { type: 'boolean' },
    },
    required: ['key', 'ms', 'failures', 'fatal'],
  },
  async run({ ms, failures, fatal }, { jobId, attempt, signal }) {
    await sleep(Number(ms), undefined, { signal })
    if (fatal === true) throw new NonRetryable('The plan says so.')
    if (attempt <= Number(failures)) throw new Error('The plan says so.')
    const line: LedgerLine = { by: jobId, call: String(attempt), pid: process.pid, at: trueNow() }
    appendFileSync(ledger, `${JSON.stringify(line)}\n`)
    return { attempt }
  },
})
