// A job file: what many brief jobs do. Nothing is kept of one that has completed but its line in the ledger.
import { appendFileSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob } from 'bunkhouse'
import type { LedgerLine } from '../ledger.ts'

const ledger = openSync(process.env.CHAOS_LEDGER ?? '', 'a')

/** Not Date.now: that one is set off. */
const trueNow = (): number => Math.round(performance.timeOrigin + performance.now())

export default defineJob({
  name: 'sign',
  maxAttempts: 100,
  retry: { baseSeconds: 0.2, capSeconds: 2 },
  keepCompleted: false,
  input: {
    type: 'object',
    properties: { ms: { type: 'number' }, failures: { type: 'number' } },
    required: ['ms', 'failures'],
  },
  async run({ ms, failures }, { jobId, attempt, signal }) {
    if (Number(ms) > 0) await sleep(Number(ms), undefined, { signal })
    if (attempt <= Number(failures)) throw new Error('The plan says so.')
    const line: LedgerLine = { by: jobId, call: String(attempt), pid: process.pid, at: trueNow(), brief: true }
    appendFileSync(ledger, `${JSON.stringify(line)}\n`)
  },
})
